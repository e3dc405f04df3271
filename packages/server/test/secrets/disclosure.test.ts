/** Keys and secrets are nowhere but where they belong. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { newSecretKey } from '../../src/secrets/secret-key.ts';
import { logOf, printed, runCommand, type Started, startCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { childrenOf } from '../processes.ts';
import { ACME, ACME_HASH, runService, STATUS_PATH, sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { execute, isPostgres } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testPairOptions } from '../test-pair.ts';
import { type StoredSecrets, storedSecrets, webhook } from './stored-secrets.ts';

const REQUEST = { ...ACME, orderNumber: '7250060', queryType: '1' };
const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const UPSTREAM_PASSWORD = 'the password at the CA, 7ZqP';

/** A secret as it might be written somewhere. */
function formsOf(secret: string | Buffer): readonly string[] {
  const bytes = Buffer.from(secret);
  return [
    bytes.toString('latin1'),
    bytes.toString('base64').replace(/=+$/, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
}

function keysIn(file: string): readonly string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((key) => [...formsOf(Buffer.from(key, 'base64')), key.replace(/=+$/, '')]);
}

async function serve(t: TestContext, { database }: StoredSecrets, ...args: string[]): Promise<Started> {
  const options = ['--host', '127.0.0.1', '--port', '0', '--probe-port', '0', '--workers', '1', '--no-pages'];
  const started = startCommand([
    'serve',
    ...['--database', database],
    ...options,
    ...(await testPairOptions()),
    ...args,
  ]);
  t.after(async () => {
    started.process.kill('SIGTERM');
    await started.ended;
  });
  return started;
}

/** The ports and warnings of a service that has started, and what it responds to a status request. */
async function statusOf(started: Started) {
  const log = logOf(started);
  await printed(started, '"msg":"listening"');
  const { port, probePort } = log().find(({ msg }) => msg === 'listening');
  const answer = await sendRequest({
    scheme: 'https',
    port,
    method: 'POST',
    path: STATUS_PATH,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(REQUEST).toString(),
  });
  const metrics = await readMetrics(probePort);
  const reasons = log()
    .filter(({ level }) => level > 30)
    .map(({ reason }) => reason);
  return { body: answer.body, metrics, reasons };
}

/** As an operator gives it: SQLite's is found by itself. */
function keyOptionsOf({ keyFile }: StoredSecrets): readonly string[] {
  return isPostgres ? ['--secret-key-file', keyFile] : [];
}

async function withOrders(t: TestContext): Promise<StoredSecrets> {
  const stored = await storedSecrets(t);
  await stored.store.accounts.add(ACME.loginName, ACME_HASH);
  await fillDatabase(stored.store.orders, [acmeOrder()]);
  const { secrets } = stored.open();
  await secrets.put(webhook('1'), SECRET);
  await secrets.put({ purpose: 'upstream', owner: 'up_1' }, UPSTREAM_PASSWORD);
  return stored;
}

test('no output, log, metric, list of processes, backup or export holds a key or a secret', async (t) => {
  const stored = await withOrders(t);
  const keyOption = keyOptionsOf(stored);
  const started = await serve(t, stored, ...keyOption);
  const { body, metrics, reasons } = await statusOf(started);
  assert.match(body, /^errorCode=0&/);
  assert.deepEqual(reasons, []);
  const folder = temporaryFolder(t);
  const seen: string[] = [metrics];
  const commands = [
    ['secret-key', 'show', ...keyOption],
    ['secret-key', 'rotate', ...keyOption],
    ['secret-key', 'rotate', ...keyOption],
    ['secret-key', 'add', ...keyOption],
    ['verify', ...keyOption],
    ['export', join(folder, 'orders.ndjson')],
    ...(isPostgres ? [] : [['backup', join(folder, 'copy.db')]]),
  ];
  for (const args of commands) {
    const { code, stdout, stderr } = await runCommand([...args, '--database', stored.database]);
    assert.equal(code, 0, stderr);
    seen.push(stdout, stderr);
  }
  const keys = keysIn(stored.keyFile);
  const pid = started.process.pid ?? 0;
  seen.push(execFileSync('ps', ['-ww', '-o', 'args=', '-p', [pid, ...childrenOf(pid)].join()]).toString());
  // What an operator sees whose key file is wrong.
  const kept = readFileSync(stored.keyFile, 'utf8');
  for (const spoilt of [newSecretKey(), kept.replace(/.{4}\n/, 'x\n'), kept.replaceAll('\n', ' ')]) {
    writeFileSync(stored.keyFile, spoilt);
    for (const args of [['verify'], ['secret-key', 'rotate'], ['secret-key', 'show']]) {
      const { stdout, stderr } = await runCommand([...args, ...keyOption, '--database', stored.database]);
      seen.push(stdout, stderr);
    }
  }
  started.process.kill('SIGTERM');
  const { stdout, stderr } = await started.ended;
  seen.push(stdout, stderr);
  for (const name of readdirSync(folder)) seen.push(readFileSync(join(folder, name), 'latin1'));
  if (isPostgres) seen.push(JSON.stringify(await execute(stored.database, 'SELECT * FROM secret')));
  else for (const end of ['', '-wal']) seen.push(fileOf(stored, end));
  const all = seen.join('\n').toLowerCase();
  for (const form of [...keys, ...formsOf(SECRET), ...formsOf(UPSTREAM_PASSWORD)]) {
    assert.ok(!all.includes(form.toLowerCase()), `${form} is somewhere`);
  }
});

function fileOf({ database }: StoredSecrets, end: string): string {
  return readFileSync(`${database.slice('sqlite:'.length)}${end}`, 'latin1');
}

test('a wrong, unsafe or missing key is warned of, and keeps nothing else from working', async (t) => {
  const stored = await withOrders(t);
  const cases: readonly [() => void, RegExp][] = [
    [() => writeFileSync(stored.keyFile, newSecretKey()), /^the key [0-9a-f]{16} is not in /],
    [() => writeFileSync(stored.keyFile, 'no key'), /^line 1 of .* is not a key: /],
    [() => chmodSync(stored.keyFile, 0o666), /^others than its owner can write to the key file /],
    [() => rmSync(stored.keyFile), /^there is no key file at /],
  ];
  const settings = { secretKeys: { kind: 'file', path: stored.keyFile, isMade: !isPostgres } } as const;
  for (const [spoil, message] of cases) {
    spoil();
    const service = await runService(t, { database: stored.database, orders: [], settings });
    const { body } = await service.ask(REQUEST);
    const reasons = service.log.filter(({ level }) => Number(level) > 30).map(({ reason }) => reason);
    await service.stop();
    assertServes(body, reasons, message);
  }
  // The last of them once more, in the process that users start.
  const started = await serve(t, stored, ...keyOptionsOf(stored));
  const { body, reasons } = await statusOf(started);
  assertServes(body, reasons, cases.at(-1)?.[1]);
  assert.equal(started.process.exitCode, null);
  started.process.kill('SIGTERM');
  assert.equal((await started.ended).code, 0);
});

function assertServes(body: string, reasons: readonly unknown[], warning = /./): void {
  assert.match(body, /^errorCode=0&/);
  assert.equal(reasons.length, 1);
  assert.match(String(reasons[0]), warning);
}
