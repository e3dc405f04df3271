/** Certificates in PEM form. */

import { X509Certificate } from 'node:crypto';
import { errorMessage } from '../operator-error.ts';

const BEGIN = '-----BEGIN CERTIFICATE-----';
const END = '-----END CERTIFICATE-----';

/** The certificates of a text, whatever stands between them. */
export function certificatesIn(pem: string): readonly string[] {
  const [, ...begun] = pem.split(BEGIN);
  return begun.flatMap((text) => {
    const end = text.indexOf(END);
    return end === -1 ? [] : [BEGIN + text.slice(0, end) + END];
  });
}

/** The first certificate that cannot be read, by its number from 1, and why; undefined when each can. */
export function unreadableCertificate(
  certificates: readonly string[],
): { readonly number: number; readonly reason: string } | undefined {
  for (const [index, certificate] of certificates.entries()) {
    try {
      new X509Certificate(certificate);
    } catch (error) {
      return { number: index + 1, reason: errorMessage(error) };
    }
  }
  return undefined;
}
