/** Certificates in files, as an operator has them, and which one a port shows. */

import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { connect } from 'node:tls';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import type { TlsFiles, TlsPair } from '../../src/http/tls-pair.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A pair in files of the test's own. */
export async function certificateFiles(t: TestContext): Promise<{ pair: TlsPair; files: TlsFiles }> {
  const folder = temporaryFolder(t);
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const pair = await selfSignedPair();
  write(files, pair);
  return { pair, files };
}

/** Replaces what is given of the pair, each file at once. */
export function write(files: TlsFiles, pair: Partial<TlsPair>): void {
  for (const part of ['cert', 'key'] as const) {
    const text = pair[part];
    if (text === undefined) continue;
    writeFileSync(`${files[part]}.new`, text);
    renameSync(`${files[part]}.new`, files[part]);
  }
}

/** What tells a certificate from others. */
export function fingerprint({ cert }: TlsPair): string {
  return new X509Certificate(cert).fingerprint256;
}

/** The fingerprint of the certificate that a port shows to a new connection. */
export async function shownFingerprint(port: number): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port, rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const shown = socket.getPeerCertificate().fingerprint256;
  socket.destroy();
  return shown;
}
