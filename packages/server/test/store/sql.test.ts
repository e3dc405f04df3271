/** The interface that shared SQL is written over, on both engines. */

import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { ConnectionPool } from '../../src/store/postgres/connection-pool.ts';
import { databaseOptions } from '../../src/store/postgres/database-url.ts';
import { postgresSql } from '../../src/store/postgres/sql.ts';
import { clockMs, get, lockTable, run, runEach, type Sql } from '../../src/store/queries/sql.ts';
import { sqliteSql } from '../../src/store/sqlite/sql.ts';
import { emptyDatabase, execute } from './databases.ts';

const TABLE = 'CREATE TABLE wide (id bigint PRIMARY KEY, count bigint, good boolean)';
/** On SQLite the number is the row's ID, which `run()` cannot report. */
const SQLITE_TABLE = 'CREATE TABLE wide (id INTEGER PRIMARY KEY, count INTEGER, good INTEGER)';

async function open(t: TestContext): Promise<Sql> {
  const database = await emptyDatabase(t);
  if (database.startsWith('sqlite:')) {
    const opened = new DatabaseSync(database.slice('sqlite:'.length));
    t.after(() => opened.close());
    opened.exec(SQLITE_TABLE);
    return sqliteSql(opened);
  }
  const connections = new ConnectionPool(databaseOptions(database), 'write');
  t.after(() => connections.close());
  await execute(database, TABLE);
  return postgresSql(connections.within(10_000));
}

test('values are given in order or by number, and whole numbers come as numbers', async (t) => {
  const sql = await open(t);
  const add = sql.change('INSERT INTO wide (id, count, good) VALUES (?, ?, ?)');
  assert.equal(await add.run(1, '9007199254740991', true), 1);
  const found = sql.query<{ count: number; good: boolean | number }>(
    'SELECT count, good FROM wide WHERE id = ?2 AND id < ?1 AND count > ?2',
  );
  const row = await found.get(5, 1);
  assert.equal(row?.count, Number.MAX_SAFE_INTEGER);
  assert.equal(Boolean(row?.good), true);
  assert.deepEqual(await found.all(1, 1), []);
});

test('a number above 53 bits is written and found exactly, and never rounded when it is read', async (t) => {
  const sql = await open(t);
  const add = sql.change('INSERT INTO wide (id, count) VALUES (?, 1)');
  assert.equal(await add.run('9223372036854775807'), 1);
  assert.equal(await add.run('9223372036854775806'), 1);
  const asText = sql.query<{ id: string }>('SELECT CAST(id AS text) AS id FROM wide WHERE id = ?');
  assert.equal((await asText.get('9223372036854775806'))?.id, '9223372036854775806');
  await assert.rejects(sql.query('SELECT id FROM wide').all(), /too large|does not fit/);
});

test('steps that fail change nothing, and those that run at once do not come between one another', async (t) => {
  const sql = await open(t);
  const add = sql.change('INSERT INTO wide (id, count) VALUES (?, ?)');
  const count = sql.query<{ count: number }>('SELECT count FROM wide WHERE id = ?');
  const set = sql.change('UPDATE wide SET count = ? WHERE id = ?');
  await assert.rejects(
    sql.transaction(function* () {
      yield* run(add, 1, 0);
      throw new Error('no');
    }),
    /^Error: no$/,
  );
  assert.equal(await count.get(1), undefined);

  const added = await sql.transaction(() =>
    runEach(add, [
      [1, 0],
      [2, 0],
    ]),
  );
  assert.equal(added, 2);
  const increment = () =>
    sql.transaction(function* () {
      yield* lockTable('wide');
      const row = yield* get(count, 1);
      yield* run(set, (row?.count ?? Number.NaN) + 1, 1);
    });
  await Promise.all(Array.from({ length: 20 }, increment));
  assert.equal((await count.get(1))?.count, 20);
});

test('the clock is the present, in milliseconds and in seconds', async (t) => {
  const sql = await open(t);
  const now = await sql.snapshot(() => clockMs());
  assert.ok(Math.abs(now - Date.now()) < 60_000);
  const times = sql.query<{ ms: number; seconds: number }>(
    `SELECT ${sql.dialect.nowMs} AS ms, ${sql.dialect.nowSeconds} AS seconds`,
  );
  const { ms, seconds } = (await times.get()) ?? assert.fail();
  assert.ok(Number.isInteger(ms) && Number.isInteger(seconds));
  assert.ok(Math.abs(ms - seconds * 1000) <= 1000);
});

test('numbers of a list are exact', async (t) => {
  const sql = await open(t);
  await sql.change('INSERT INTO wide (id) VALUES (?)').run('9223372036854775807');
  const listed = sql.query<{ id: string }>(
    `SELECT CAST(id AS text) AS id FROM wide WHERE id IN (${sql.dialect.listed})`,
  );
  const found = await listed.all(JSON.stringify(['9223372036854775807', '9223372036854775806']));
  assert.deepEqual(
    found.map(({ id }) => id),
    ['9223372036854775807'],
  );
});
