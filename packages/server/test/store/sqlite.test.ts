import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { COMMAND } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testStore } from './contract.ts';

testStore('sqlite', async (t) => {
  const store = await openStore(`sqlite:${join(temporaryFolder(t), 'orders.db')}`, 'write');
  t.after(() => store.close());
  return store;
});

test('a new book is for its owner only, and whoever opens it is told that it is new', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  let told = 0;
  const store = await openStore(`sqlite:${path}`, 'write', () => told++);
  await store.accounts.add('acme', 'hash');
  assert.equal(told, 1);
  for (const file of [path, `${path}-wal`, `${path}-shm`]) {
    assert.equal(statSync(file).mode & 0o777, 0o600, file);
  }
  await store.close();
  await (await openStore(`sqlite:${path}`, 'write', () => told++)).close();
  assert.equal(told, 1);
});

test('several processes that open a new book at once all get it', async (t) => {
  const folder = temporaryFolder(t);
  const database = `sqlite:${join(folder, 'orders.db')}`;
  const codes = await Promise.all(
    ['a', 'b', 'c', 'd'].map(
      (loginName) =>
        new Promise((resolve) => {
          const args = [COMMAND, 'account', 'add', loginName, '--generate', '--database', database];
          spawn(process.execPath, args, { stdio: 'ignore' }).once('close', resolve);
        }),
    ),
  );
  assert.deepEqual(codes, [0, 0, 0, 0]);
  const store = await openStore(database, 'read');
  assert.deepEqual(
    (await store.accounts.list()).map(({ loginName }) => loginName),
    ['a', 'b', 'c', 'd'],
  );
  await store.close();
});

test('a book opened to read must exist and cannot be written', async (t) => {
  const database = `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
  await assert.rejects(openStore(database, 'read'), /there is no order book at .*orders\.db/);
  await (await openStore(database, 'write')).close();
  const store = await openStore(database, 'read');
  t.after(() => store.close());
  await store.ping();
  await assert.rejects(store.accounts.add('acme', 'hash'), /readonly/);
});

test('a book that is newer than the program is refused and left alone', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  await (await openStore(`sqlite:${path}`, 'write')).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const before = readFileSync(path);
  for (const mode of ['read', 'write'] as const) {
    await assert.rejects(openStore(`sqlite:${path}`, mode), {
      name: 'OperatorError',
      message: `${path} has schema 99, newer than this program knows (1); upgrade cert-order-status`,
    });
  }
  assert.deepEqual(readFileSync(path), before);
});

test('what is no order book is refused and left alone', async (t) => {
  const folder = temporaryFolder(t);
  const foreign = join(folder, 'foreign.db');
  const database = new DatabaseSync(foreign);
  database.exec('CREATE TABLE t (x)');
  database.close();
  const text = join(folder, 'text.db');
  writeFileSync(text, 'this is some text, and no database at all'.repeat(100));
  const cases: [string, RegExp][] = [
    [foreign, /is a database of another program; name another file$/],
    [text, /^cannot open the order book .*: file is not a database$/],
    [folder, /^cannot open the order book .*: it is not a file$/],
  ];
  for (const [path, message] of cases) {
    await assert.rejects(openStore(`sqlite:${path}`, 'write'), { name: 'OperatorError', message });
  }
  assert.equal(readFileSync(text, 'utf8').length, 4100);
});

test('a database value of another kind is refused', async () => {
  for (const database of ['orders.db', 'sqlite:', 'sqlite::memory:', 'mysql:x']) {
    await assert.rejects(openStore(database, 'write'), /database must be sqlite:PATH/);
  }
});
