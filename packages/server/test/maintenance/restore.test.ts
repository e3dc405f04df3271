/** `restore`, wherever it is told to put a backup, and whatever is there. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chownSync,
  copyFileSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const order = (number: number) =>
  acmeOrder({
    orderNumber: String(number),
    certificates: [acmeCertificate({ certificateID: String(number) })],
  });

interface Files {
  readonly folder: string;
  /** A backup of two orders. */
  readonly backup: string;
  /** A database of 22 orders as `kill -9` leaves it: twenty of them are in its write-ahead log alone. */
  readonly killed: string;
}

async function files(t: TestContext): Promise<Files> {
  const folder = temporaryFolder(t);
  const path = join(folder, 'orders.db');
  const backup = join(folder, 'backup.db');
  const killed = join(folder, 'killed.db');
  let store = await openStore(`sqlite:${path}`, 'write');
  await store.accounts.add('acme-hosting', 'a hash');
  await fillDatabase(store.orders, [order(1), order(2)]);
  await store.close();
  assert.equal((await runCommand(['backup', backup, '--database', `sqlite:${path}`])).code, 0);
  store = await openStore(`sqlite:${path}`, 'write');
  await fillDatabase(
    store.orders,
    Array.from({ length: 20 }, (_, index) => order(index + 3)),
  );
  for (const end of ['', '-wal', '-shm']) copyFileSync(path + end, killed + end);
  await store.close();
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
  return { folder, backup, killed };
}

async function restored(backup: string, path: string, ...options: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCommand([
    'restore',
    backup,
    ...options,
    '--database',
    `sqlite:${path}`,
  ]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(
    readdirSync(join(path, '..')).filter((name) => name.includes('partial')),
    [],
  );
  return stdout;
}

async function assertHolds(path: string, orders: number): Promise<void> {
  const { stdout, stderr } = await runCommand(['verify', '--database', `sqlite:${path}`]);
  assert.equal(stdout, `${orders} orders and ${orders} changes: all is well\n`, stderr);
}

test('the log that kill -9 has left beside a missing file is moved aside, not applied to the backup', async (t) => {
  const { backup, killed } = await files(t);
  rmSync(killed);
  const before = readFileSync(`${killed}-wal`);
  const stdout = await restored(backup, killed);
  const [, aside = ''] = /^the database that was there is now (.*-wal)\n/.exec(stdout) ?? [];
  assert.ok(readFileSync(aside).equals(before));
  assert.match(stdout, /killed\.db holds 2 orders, 2 certificates, 2 changes, 1 account\n/);
  await assertHolds(killed, 2);
});

test('a new database is not made beside the log of another', async (t) => {
  const { killed } = await files(t);
  rmSync(killed);
  await assert.rejects(openStore(`sqlite:${killed}`, 'write'), /but what is left of one, .*killed\.db-wal/);
  assert.equal(existsSync(killed), false);
});

test('a backup is not made beside what is left of another', async (t) => {
  const { folder, backup } = await files(t);
  writeFileSync(join(folder, 'copy.db-wal'), 'left');
  const { code, stderr } = await runCommand([
    'backup',
    join(folder, 'copy.db'),
    '--database',
    `sqlite:${backup}`,
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /copy\.db-wal is left from an earlier file of that name/);
});

test('what is in the log beside the file to restore from is restored, too, and that file stays as it is', async (t) => {
  const { folder, killed } = await files(t);
  const ends = ['', '-wal', '-shm'];
  const before = ends.map((end) => readFileSync(killed + end));
  const target = join(folder, 'new.db');
  const stdout = await restored(killed, target);
  assert.match(stdout, /what was in the write-ahead log beside .*killed\.db is in it, too\n/);
  assert.match(stdout, /new\.db holds 22 orders, /);
  await assertHolds(target, 22);
  for (const [index, end] of ends.entries())
    assert.ok(before[index]?.equals(readFileSync(killed + end)), end);
});

test('a damaged database is replaced, and goes aside with its log as it is; not while a process has it open', async (t) => {
  const { folder, backup, killed } = await files(t);
  const live = join(folder, 'live.db');
  copyFileSync(backup, live);
  const store = await openStore(`sqlite:${live}`, 'write');
  // By another process: one that closes a file lets go of all the locks that it has on it.
  const damage = (...paths: string[]) => {
    const script =
      'for (const path of process.argv.slice(1)) fs.writeSync(fs.openSync(path, "r+"), Buffer.alloc(4096, 0xff))';
    execFileSync(process.execPath, ['-e', script, ...paths]);
  };
  damage(live);
  const inUse = await runCommand(['restore', backup, '--replace', '--database', `sqlite:${live}`]);
  assert.equal(inUse.code, 1);
  assert.match(inUse.stderr, /live\.db is in use; stop the service first\n$/);
  await store.close().catch(() => {});

  // With a log that is whole, SQLite would repair it.
  damage(killed, `${killed}-wal`);
  const damaged = readFileSync(killed);
  const log = readFileSync(`${killed}-wal`);
  const stdout = await restored(backup, killed, '--replace');
  const [, aside = ''] = /^the database that was there is now (.*)\n/.exec(stdout) ?? [];
  assert.ok(readFileSync(aside).equals(damaged));
  assert.ok(readFileSync(`${aside}-wal`).equals(log));
  await assertHolds(killed, 2);
});

test('a symbolic link stays one, and the file that it leads to is replaced; so where it leads to nothing yet', async (t) => {
  const { folder, backup, killed } = await files(t);
  const volume = join(folder, 'volume');
  mkdirSync(volume);
  for (const end of ['', '-wal', '-shm']) copyFileSync(killed + end, join(volume, `orders.db${end}`));
  const link = join(folder, 'link.db');
  symlinkSync('volume/orders.db', link);
  const stdout = await restored(backup, link, '--replace');
  assert.match(stdout, /the file is .*volume\/orders\.db, where the link leads\n/);
  assert.ok(lstatSync(link).isSymbolicLink());
  await assertHolds(join(volume, 'orders.db'), 2);
  // What had been in the log of the database that was there is in it.
  const [, aside = ''] = /^the database that was there is now (.*)\n/.exec(stdout) ?? [];
  assert.match(aside, /volume\/orders\.db\.before-/);
  await assertHolds(aside, 22);

  const dangling = join(folder, 'dangling.db');
  symlinkSync('volume/new.db', dangling);
  await restored(backup, dangling);
  assert.ok(lstatSync(dangling).isSymbolicLink());
  await assertHolds(join(volume, 'new.db'), 2);
});

test('by root the new file is given to whom the old one belonged, or its folder, with its permissions', {
  skip: process.getuid?.() !== 0,
}, async (t) => {
  const { folder, backup, killed } = await files(t);
  chownSync(killed, 12_345, 12_346);
  const stdout = await restored(backup, killed, '--replace');
  assert.match(stdout, /it belongs to user 12345, group 12346\n/);
  const { uid, gid, mode } = statSync(killed);
  assert.deepEqual([uid, gid, mode & 0o777], [12_345, 12_346, 0o600]);
  const owned = join(folder, 'owned');
  mkdirSync(owned);
  chownSync(owned, 12_345, 12_346);
  await restored(backup, join(owned, 'orders.db'));
  assert.equal(statSync(join(owned, 'orders.db')).uid, 12_345);
});

test('each restore begins an epoch of its own, so that no cursor of before is taken for one of it', async (t) => {
  const { folder, backup } = await files(t);
  const path = join(folder, 'new.db');
  const seen = new Set<string>();
  const cursors = ['1', '2'];
  for (const options of [[], ['--replace'], ['--replace']]) {
    await restored(backup, path, ...options);
    const { history, close } = await openStore(`sqlite:${path}`, 'read');
    for (const cursor of cursors) assert.equal(await history.isKnown(cursor), false, cursor);
    cursors.push(await history.latest());
    seen.add((await history.epoch()).epoch);
    await close();
  }
  assert.equal(seen.size, 3);
});

test('a database is not restored from itself, nor to where no file can be', async (t) => {
  const { folder, backup } = await files(t);
  symlinkSync(backup, join(folder, 'same.db'));
  mkdirSync(join(folder, 'folder.db'));
  for (const [file, path, message] of [
    [backup, backup, /is the database itself/],
    [join(folder, 'same.db'), backup, /is the database itself/],
    [backup, join(folder, 'none/orders.db'), /the folder .*none does not exist/],
    [backup, join(folder, 'folder.db'), /folder\.db is not a file/],
    [folder, join(folder, 'new.db'), /is not a file/],
  ] as const) {
    const { code, stderr } = await runCommand(['restore', file, '--replace', '--database', `sqlite:${path}`]);
    assert.equal(code, 1);
    assert.match(stderr, message);
  }
});
