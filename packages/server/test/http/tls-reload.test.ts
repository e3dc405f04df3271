import assert from 'node:assert/strict';
import { mkdirSync, renameSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import type { TlsFiles } from '../../src/http/tls-pair.ts';
import { openConnection, statusRequest } from '../connection.ts';
import { runService } from '../running-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';
import { certificateFiles, fingerprint, shownFingerprint, write } from './certificate-files.ts';

const OFTEN = 20;
/** Only a reload that is asked for counts. */
const NEVER = 2 ** 31 - 1;

/** Waits; the files are touched meanwhile, in case they were changed before they were first looked at. */
async function until(files: TlsFiles, isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) {
    await pause(OFTEN);
    utimesSync(files.cert, new Date(), new Date());
  }
}

test('a pair whose files change is used from then on', async (t) => {
  const { pair: old, files } = await certificateFiles(t);
  const service = await runService(t, { settings: { tls: files, tlsCheckIntervalMs: OFTEN } });
  assert.equal(await shownFingerprint(service.port), fingerprint(old));
  const open = await openConnection(t, service.port);

  const pair = await selfSignedPair();
  write(files, pair);
  await until(files, async () => (await shownFingerprint(service.port)) === fingerprint(pair));
  const reloaded = service.log.find(({ msg }) => msg === 'the certificate was reloaded');
  assert.equal(reloaded?.['subject'], 'CN=cert-order-status (self-signed)');

  open.write(statusRequest(QUESTION));
  assert.equal((await open.answer()).body, STATUS_ANSWER);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});

/** Making a link is a privilege there. */
const skip = process.platform === 'win32';

test('a pair is reloaded when the link to its folder is turned', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const pairs = [await selfSignedPair(), await selfSignedPair()] as const;
  for (const [version, { cert, key }] of pairs.entries()) {
    mkdirSync(join(folder, `version${version}`));
    writeFileSync(join(folder, `version${version}`, 'tls.crt'), cert);
    writeFileSync(join(folder, `version${version}`, 'tls.key'), key);
  }
  const link = join(folder, 'current');
  symlinkSync(join(folder, 'version0'), link);
  const files = { cert: join(link, 'tls.crt'), key: join(link, 'tls.key') };
  const { port } = await runService(t, { settings: { tls: files, tlsCheckIntervalMs: OFTEN } });
  assert.equal(await shownFingerprint(port), fingerprint(pairs[0]));

  symlinkSync(join(folder, 'version1'), `${link}.new`);
  renameSync(`${link}.new`, link);
  await until(files, async () => (await shownFingerprint(port)) === fingerprint(pairs[1]));
});

test('a pair is reloaded when that is asked for', async (t) => {
  const { files } = await certificateFiles(t);
  const service = await runService(t, { settings: { tls: files, tlsCheckIntervalMs: NEVER } });
  const pair = await selfSignedPair();
  write(files, pair);
  await service.reload();
  assert.equal(await shownFingerprint(service.port), fingerprint(pair));
});

test('a changed pair that does not match is warned of, and the old one stays until both are there', async (t) => {
  const { pair: old, files } = await certificateFiles(t);
  const service = await runService(t, { settings: { tls: files, tlsCheckIntervalMs: OFTEN } });
  const pair = await selfSignedPair();
  const warnings = () => service.log.filter(({ level }) => level === 40);

  write(files, { cert: pair.cert });
  await until(files, () => warnings().length > 0);
  assert.equal(warnings()[0]?.['msg'], 'the changed certificate cannot be used (yet); the old one stays');
  const reason = String(warnings()[0]?.['reason']);
  assert.ok(
    reason.startsWith(`certificate ${files.cert} and key ${files.key} do not work together: `),
    reason,
  );
  assert.equal(await shownFingerprint(service.port), fingerprint(old));
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);

  write(files, { key: pair.key });
  await until(files, async () => (await shownFingerprint(service.port)) === fingerprint(pair));
  assert.ok(!service.logText().includes('PRIVATE KEY'));
});

test('a changed file that is no certificate leaves the old pair in use', async (t) => {
  const { pair: old, files } = await certificateFiles(t);
  const service = await runService(t, { settings: { tls: files, tlsCheckIntervalMs: NEVER } });
  const nonsense = '-----BEGIN CERTIFICATE-----\nbm9uc2Vuc2U=\n-----END CERTIFICATE-----\n';
  for (const cert of ['', 'nonsense', nonsense]) {
    write(files, { cert });
    await service.reload();
    assert.equal(service.log.at(-1)?.['level'], 40);
    assert.equal(await shownFingerprint(service.port), fingerprint(old));
  }
});
