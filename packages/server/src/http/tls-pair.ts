/** The operator's certificate and key: read, checked, and read again when the files change. */

import { createPrivateKey, X509Certificate } from 'node:crypto';
import { type StatWatcher, unwatchFile, watchFile } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { OperatorError } from '../operator-error.ts';
import { readTextFile } from '../text-file.ts';

/** A certificate chain and its private key, in PEM. */
export interface TlsPair {
  readonly cert: string;
  readonly key: string;
}

/** Where a pair lies. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/**
 * @throws {OperatorError} when a file cannot be read, is not PEM, or the key is not that of the file's first
 * certificate.
 */
export function readTlsPair(files: TlsFiles): TlsPair {
  const pair = { cert: readPem(files.cert, 'certificate'), key: readPem(files.key, 'private key') };
  try {
    createSecureContext(pair);
    // OpenSSL takes a certificate and a key of different types for halves of two pairs, and then no handshake succeeds.
    if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key)))
      throw new Error("the key is not that of the file's first certificate");
  } catch (error) {
    const reason = (error as Error).message;
    throw new OperatorError(`certificate ${files.cert} and key ${files.key} do not work together: ${reason}`);
  }
  return pair;
}

/** What an operator wants to know of a certificate. */
export function describeCertificate({ cert }: TlsPair): { subject: string; validTo: string } {
  const { subject, validTo } = new X509Certificate(cert);
  return { subject: subject.replaceAll('\n', ', '), validTo };
}

function readPem(path: string, what: string): string {
  let text: string;
  try {
    text = readTextFile(path);
  } catch (error) {
    throw new OperatorError(`cannot read the ${what} ${path}: ${(error as Error).message}`);
  }
  if (!text.includes('-----BEGIN ')) throw new OperatorError(`${path} is not a ${what} in PEM form`);
  return text;
}

/**
 * Calls back when one of the files was changed, replaced, or its link turned. They are looked at every
 * `interval` milliseconds, because file system events miss what certificate managers do with links.
 *
 * @returns What ends the watching.
 */
export function watchTlsFiles(files: TlsFiles, intervalMs: number, changed: () => void): () => void {
  const paths = [files.cert, files.key];
  const watchers: StatWatcher[] = paths.map((path) => watchFile(path, { interval: intervalMs }, changed));
  for (const watcher of watchers) watcher.unref();
  return () => {
    for (const path of paths) unwatchFile(path, changed);
  };
}
