/** The operator's settings of outbound requests, and the files that they name. */

import { errorMessage, OperatorError } from '../operator-error.ts';
import { readTextFile } from '../text-file.ts';
import type { OutboundOptions } from './outbound-client.ts';
import { certificatesIn, unreadableCertificate } from './pem-certificates.ts';

/** What `serve` is told. It can be sent to another process as it is. */
export interface OutboundSettings {
  /** A file with certificates of further roots, in PEM. */
  readonly caFile?: string | undefined;
  readonly proxyUrl?: string | undefined;
  /** A file that holds `login:password` for the proxy, in one line. */
  readonly proxyCredentialsFile?: string | undefined;
  readonly allowNetworks?: readonly string[];
  readonly ownPorts?: readonly number[];
  readonly publicUrl?: string | undefined;
}

/** The most characters of a proxy's login and password. */
const CREDENTIALS_LIMIT = 1024;

/**
 * Reads the files that the settings name.
 *
 * @throws {OperatorError} that names the file, never what it holds.
 */
export function readOutboundSettings(settings: OutboundSettings): OutboundOptions {
  const { caFile, proxyUrl, proxyCredentialsFile, allowNetworks, ownPorts, publicUrl } = settings;
  const credentials = proxyCredentialsFile === undefined ? undefined : readCredentials(proxyCredentialsFile);
  return {
    roots: caFile === undefined ? undefined : readRoots(caFile),
    proxy: proxyUrl === undefined ? undefined : { url: proxyUrl, credentials },
    allowNetworks,
    ownPorts,
    publicUrl,
  };
}

function readRoots(file: string): readonly string[] {
  const roots = certificatesIn(read(file, 'the certificates of --outbound-ca'));
  if (roots.length === 0) throw new OperatorError(`${file} holds no certificate in PEM form (--outbound-ca)`);
  const wrong = unreadableCertificate(roots);
  if (wrong !== undefined) {
    throw new OperatorError(
      `certificate ${wrong.number} in ${file} cannot be read (--outbound-ca): ${wrong.reason}`,
    );
  }
  return roots;
}

function readCredentials(file: string): string {
  const credentials = read(file, 'the login of --outbound-proxy-credentials').replace(/\r?\n$/, '');
  if (credentials.length > CREDENTIALS_LIMIT || !/^[^:\p{Cc}]+:\P{Cc}*$/u.test(credentials)) {
    throw new OperatorError(
      `${file} must hold one line, login:password, of at most ${CREDENTIALS_LIMIT} characters (--outbound-proxy-credentials)`,
    );
  }
  return credentials;
}

function read(file: string, what: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new OperatorError(`cannot read ${what}: ${errorMessage(error)}`);
  }
}
