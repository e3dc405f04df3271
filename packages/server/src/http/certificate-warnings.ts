/** What an operator should know of a certificate before its clients do. */

import { X509Certificate } from 'node:crypto';
import { count } from '@cert-order-status/protocol';
import type { TlsPair } from './tls-pair.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

/** How long before its end a certificate is warned of, in days. */
const ENDS_SOON_DAYS = 14;

const PEM_END = '-----END CERTIFICATE-----';

/** The end of a certificate's validity, in seconds since 1970. */
export function notAfterSeconds({ cert }: TlsPair): number {
  return new X509Certificate(cert).validToDate.getTime() / 1000;
}

/** A sentence for each thing that makes clients refuse the certificate, or soon will. */
export function certificateWarnings({ cert }: TlsPair, nowMs: number): readonly string[] {
  const [own, ...others] = certificatesOf(cert);
  if (own === undefined) return [];
  const warnings: string[] = [];
  const endMs = own.validToDate.getTime();
  const startMs = own.validFromDate.getTime();
  const end = own.validToDate.toISOString();
  if (endMs < nowMs) {
    warnings.push(`the certificate has expired at ${end}, and clients refuse it: replace it`);
  } else if (endMs < nowMs + ENDS_SOON_DAYS * DAY_MS) {
    const days = Math.floor((endMs - nowMs) / DAY_MS);
    warnings.push(`the certificate expires at ${end}, in ${count(days, 'day')}: replace it`);
  }
  if (startMs > nowMs) {
    const start = own.validFromDate.toISOString();
    warnings.push(`the certificate is not valid before ${start}, and clients refuse it until then`);
  }
  if (!isIssuedBy(own, own) && !others.some((other) => isIssuedBy(own, other))) {
    const issuer = own.issuer.replaceAll('\n', ', ');
    warnings.push(
      `the certificate file lacks the certificate of the issuer, ${issuer}: clients that do not have it refuse the connection; append the intermediate certificates`,
    );
  }
  return warnings;
}

function isIssuedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

function certificatesOf(pem: string): X509Certificate[] {
  return pem
    .split(PEM_END)
    .slice(0, -1)
    .map((text) => new X509Certificate(text + PEM_END));
}
