/** The certificate of the services in tests: one for the whole run, because to make one loads two hundred modules. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TlsFiles, TlsPair } from '../src/http/tls-pair.ts';

/** Names, for the processes of a test run, the folder with the pair that it has made for all of them. */
export const SHARED_PAIR = 'TEST_PAIR';

/** Makes a pair, and writes it into a folder. */
export async function makeTestPair(folder: string): Promise<void> {
  const { selfSignedPair } = await import('../src/http/self-signed.ts');
  const { cert, key } = await selfSignedPair();
  const files = filesIn(folder);
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key);
}

let ownFiles: Promise<TlsFiles> | undefined;

/** The run's pair in files, or one of this process's own. */
async function testPairFiles(): Promise<TlsFiles> {
  const shared = process.env[SHARED_PAIR];
  if (shared !== undefined) return filesIn(shared);
  ownFiles ??= makeOwn();
  return await ownFiles;
}

/** The same pair as texts. */
export async function testPair(): Promise<TlsPair> {
  const files = await testPairFiles();
  return { cert: readFileSync(files.cert, 'utf8'), key: readFileSync(files.key, 'utf8') };
}

/** The options with which `serve` shows it. */
export async function testPairOptions(): Promise<readonly string[]> {
  const { cert, key } = await testPairFiles();
  return ['--tls-cert', cert, '--tls-key', key];
}

async function makeOwn(): Promise<TlsFiles> {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await makeTestPair(folder);
  return filesIn(folder);
}

function filesIn(folder: string): TlsFiles {
  return { cert: join(folder, 'test-cert.pem'), key: join(folder, 'test-key.pem') };
}
