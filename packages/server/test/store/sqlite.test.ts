import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { TABLES } from '../../src/store/sqlite/tables.ts';
import { COMMAND } from '../command.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { sqliteSchema6, sqliteSchema8 } from '../maintenance/recorded-database.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testAccounts } from './accounts-contract.ts';
import { type OpenEmpty, testStore } from './contract.ts';
import { testDataModel } from './data-model-contract.ts';
import { emptySqlite } from './databases.ts';
import { testReports } from './reports-contract.ts';
import { testSearch } from './search-contract.ts';
import { testViews } from './views-contract.ts';

const open: OpenEmpty = async (t) => {
  const store = await openStore(await emptySqlite(t), 'write');
  t.after(() => store.close());
  return store;
};
testStore('sqlite', open);
testSearch('sqlite', open);
testViews('sqlite', open);
testAccounts('sqlite', open);
testReports('sqlite', open);
testDataModel('sqlite', open);

test('a new database is for its owner only, and whoever opens it is told that it is new', async (t) => {
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

test('opening looks for every table of the schema', async (t) => {
  const [, path = ''] = (await emptySqlite(t)).split('sqlite:');
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  const tables = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'sqlite_sequence'")
    .all();
  assert.deepEqual([...TABLES].sort(), tables.map(({ name }) => name).sort());
});

test('several processes that open a new database at once all get it', async (t) => {
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

test('a database opened to read must exist and cannot be written', async (t) => {
  const database = `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
  await assert.rejects(openStore(database, 'read'), /there is no order database at .*orders\.db/);
  await (await openStore(database, 'write')).close();
  const store = await openStore(database, 'read');
  t.after(() => store.close());
  await store.ping();
  await assert.rejects(store.accounts.add('acme', 'hash'), /readonly/);
});

test('a database that is newer than the program is refused and left alone', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  await (await openStore(`sqlite:${path}`, 'write')).close();
  const database = new DatabaseSync(path);
  database.exec('PRAGMA user_version = 99');
  database.close();
  const before = readFileSync(path);
  for (const mode of ['read', 'write'] as const) {
    await assert.rejects(openStore(`sqlite:${path}`, mode), {
      name: 'OperatorError',
      message: `${path} has schema 99, newer than this program knows (14); upgrade cert-order-status`,
    });
  }
  assert.deepEqual(readFileSync(path), before);
});

test('a database of schema 1 is brought up to date with its orders', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  const old = new DatabaseSync(path);
  old.exec(readFileSync(new URL('schema-1.sql', import.meta.url), 'utf8'));
  old.close();
  const store = await openStore(`sqlite:${path}`, 'read');
  t.after(() => store.close());
  const order = await store.orders.get('7250060');
  assert.deepEqual(order?.record, acmeOrder());
  assert.equal(order?.version, 1);
  assert.ok(Date.now() - Date.parse(order?.changed ?? '') < 60_000);
  assert.deepEqual((await store.history.ofOrder('7250060', { limit: 1 })).changes, []);
  const writer = await openStore(`sqlite:${path}`, 'write');
  t.after(() => writer.close());
  const [outcome] = await writer.orders.change([putOrder(acmeOrder({ orderStatus: 'Cancelled' }))], TESTER);
  assert.equal(outcome?.kind, 'changed');
  assert.equal((await store.history.ofOrder('7250060', { limit: 1 })).changes[0]?.version, 2);
});

test('a database of schema 2 is brought up to date with when its orders were first issued', async (t) => {
  const current = await openStore(sqliteSchema6(t), 'write');
  t.after(() => current.close());
  const issued = await current.reports.issueTimes(0);
  assert.equal(issued[0]?.orders, 1);
  const database = sqliteSchema6(t);
  const old = new DatabaseSync(database.slice('sqlite:'.length));
  old.exec(`DROP TABLE epoch; DROP TABLE operatorLogin; ALTER TABLE account DROP COLUMN allowedAddresses; DROP TABLE guessKey; DROP TABLE guessCounter; DROP TABLE loginFailure; DROP TABLE firstIssue; DROP TABLE shareLink; DROP TABLE session;
    ALTER TABLE account DROP COLUMN secondPasswordHash; PRAGMA user_version = 2`);
  old.close();
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  assert.deepEqual(await store.reports.issueTimes(0), issued);
});

for (const { schema, make, columns, values } of [
  { schema: 6, make: sqliteSchema6, columns: '', values: '' },
  { schema: 8, make: sqliteSchema8, columns: ', orderStatusMeaning', values: ", 'cancelled'" },
]) {
  test(`a process of schema ${schema} goes on reading beside this one, and is told why it cannot write`, async (t) => {
    const database = make(t);
    const old = new DatabaseSync(database.slice('sqlite:'.length));
    t.after(() => old.close());
    const read = old.prepare(`
    SELECT o.orderDateTime, o.orderStatus, c.serialNumber, c.certificateStatus, c.csrStatus
    FROM "order" o LEFT JOIN certificate c ON c.orderNumber = o.orderNumber WHERE o.orderNumber = 4 ORDER BY c.position`);
    const writes = [
      `INSERT INTO "order" (orderNumber, orderDateTime, orderStatus, accountID, version, changed${columns})
     VALUES (4, 1, 'Cancelled', 2, 8, 1${values}) ON CONFLICT (orderNumber) DO UPDATE SET orderStatus = excluded.orderStatus`,
      'DELETE FROM certificate WHERE certificateID = 45',
    ].map((sql) => old.prepare(sql));
    const write = () => {
      old.exec('BEGIN IMMEDIATE');
      try {
        for (const statement of writes) statement.run();
      } finally {
        old.exec('ROLLBACK');
      }
    };
    const before = read.all();
    assert.equal(before.length, 3);
    write();
    await (await openStore(database, 'write')).close();
    assert.deepEqual(read.all(), before);
    assert.throws(write, /is newer than this program, which can only read orders; upgrade/);
    assert.deepEqual(read.all(), before);
  });
}

test('the history cannot be changed', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  const store = await openStore(`sqlite:${path}`, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(store.orders, [acmeOrder()]);
  const database = new DatabaseSync(path);
  t.after(() => database.close());
  assert.throws(() => database.exec("UPDATE change SET authorName = 'other'"), /append-only/);
});

test('a transaction waits for that of another process without holding up this one', async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  const store = await openStore(`sqlite:${path}`, 'write');
  t.after(() => store.close());
  const other = new DatabaseSync(path);
  t.after(() => other.close());
  other.exec('BEGIN IMMEDIATE');
  let isDone = false;
  const adding = store.accounts.add('acme', 'hash').then(() => {
    isDone = true;
  });
  // Timers run on: this would never end if the writer waited in SQLite.
  await pause(50);
  assert.equal(isDone, false);
  assert.equal(await store.accounts.find('acme'), undefined);
  other.exec('COMMIT');
  await adding;
  assert.ok(await store.accounts.find('acme'));
});

test('what is no order database is refused and left alone', async (t) => {
  const folder = temporaryFolder(t);
  const foreign = join(folder, 'foreign.db');
  const database = new DatabaseSync(foreign);
  database.exec('CREATE TABLE t (x)');
  database.close();
  const text = join(folder, 'text.db');
  writeFileSync(text, 'this is some text, and no database at all'.repeat(100));
  const cases: [string, RegExp][] = [
    [foreign, /is a database of another program; name another file$/],
    [text, /^cannot open the order database .*: file is not a database: it is no order database/],
    [folder, /^cannot open the order database .*: it is not a file$/],
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
