import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { Client } from 'pg';
import { type Lease, LeaseLost } from '../../src/lease.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute, isPostgres } from '../store/databases.ts';

const HOUR_MS = 3_600_000;

/** Two nodes on one database. */
async function nodesOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const open = async () => {
    const store = await openStore(database, 'write');
    t.after(() => store.close());
    return store;
  };
  const hold = async ({ jobLeases }: Store, holder: string, durationMs = HOUR_MS, names = ['one', 'two']) =>
    [...(await jobLeases.hold(names, holder, durationMs)).keys()].toSorted();
  return { database, one: await open(), other: await open(), hold };
}

test('a lease is held by one process, which renews it, and by another once it is freed', async (t) => {
  const { one, other, hold } = await nodesOn(t);
  assert.deepEqual(await hold(one, 'a', HOUR_MS, ['one']), ['one']);
  assert.deepEqual(await hold(other, 'b'), ['two']);
  assert.deepEqual(await hold(one, 'a'), ['one']);
  assert.deepEqual(await hold(other, 'b', HOUR_MS, []), []);
  await one.jobLeases.release('a');
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
  assert.deepEqual(await hold(one, 'a'), []);
});

test('of many that ask for a lease at once, one gets it', async (t) => {
  const { one, other, hold } = await nodesOn(t);
  const holders = Array.from({ length: 20 }, (_, index) => `holder ${index}`);
  const asked = holders.map((holder, index) => hold(index % 2 === 0 ? one : other, holder));
  assert.deepEqual((await Promise.all(asked)).flat(), ['one', 'two']);
});

test('a lease that has expired goes to another, and its holder of before learns that', async (t) => {
  const { database, one, other, hold } = await nodesOn(t);
  await hold(one, 'a');
  await execute(database, 'UPDATE "jobLease" SET expires = expires - 3600001');
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
  assert.deepEqual(await hold(one, 'a'), []);
  await one.jobLeases.release('a');
  assert.deepEqual(await hold(one, 'a'), []);
});

test("a lease that is longer than any, as the database's clock was set back, counts as expired", async (t) => {
  const { database, one, other, hold } = await nodesOn(t);
  await hold(one, 'a');
  await execute(database, 'UPDATE "jobLease" SET expires = expires + 7200001');
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
});

test('the generation goes up each time that a lease is taken, and not when it is renewed', async (t) => {
  const { database, one, other } = await nodesOn(t);
  const generation = async ({ jobLeases }: Store, holder: string) =>
    (await jobLeases.hold(['one'], holder, HOUR_MS)).get('one')?.generation;
  assert.equal(await generation(one, 'a'), 1);
  assert.equal(await generation(one, 'a'), 1);
  assert.equal(await generation(other, 'b'), undefined);
  await one.jobLeases.release('a');
  assert.equal(await generation(other, 'b'), 2);
  await execute(database, 'UPDATE "jobLease" SET expires = 0');
  assert.equal(await generation(other, 'b'), 3);
});

test("under a lease orders change while it holds, and not once it is another's, has expired or is free", async (t) => {
  const { database, one, other } = await nodesOn(t);
  await one.accounts.add('acme-hosting', 'hash');
  await fillDatabase(one.orders, [acmeOrder({ orderNumber: '1', orderStatus: 'Created' })]);
  let changes = 0;
  const change = (lease: Lease | undefined) =>
    one.orders.change([patchOrder('1', { order: { orderStatusReason: `change ${++changes}` } })], TESTER, {
      lease,
    });
  const lease = async ({ jobLeases }: Store, holder: string) =>
    (await jobLeases.hold(['one'], holder, HOUR_MS)).get('one') ?? assert.fail();
  const first = await lease(one, 'a');
  assert.equal((await change(first))[0]?.kind, 'changed');
  await execute(database, 'UPDATE "jobLease" SET expires = 1');
  await assert.rejects(change(first), LeaseLost);
  const second = await lease(other, 'b');
  await assert.rejects(change(first), LeaseLost);
  await assert.rejects(change({ ...second, holder: 'a' }), LeaseLost);
  await assert.rejects(change({ ...second, job: 'two' }), LeaseLost);
  assert.equal((await change(second))[0]?.kind, 'changed');
  await other.jobLeases.release('b');
  await assert.rejects(change(second), LeaseLost);
  assert.equal((await change(undefined))[0]?.kind, 'changed');
  assert.equal((await one.orders.get('1'))?.version, 4);
});

test('a lease that has expired is renewed, but not taken over, while a transaction under it is open', {
  skip: !isPostgres,
}, async (t) => {
  const { database, one, other, hold } = await nodesOn(t);
  await hold(one, 'a');
  const client = new Client({ connectionString: database });
  await client.connect();
  await client.query(`BEGIN; SELECT 1 FROM "jobLease" WHERE name = 'one' FOR KEY SHARE`);
  await one.jobLeases.release('a');
  assert.deepEqual(await hold(other, 'b'), ['two']);
  await client.query('COMMIT');
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
  await client.query(`BEGIN; SELECT 1 FROM "jobLease" WHERE name = 'one' FOR KEY SHARE`);
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
  await client.end();
});

test('a program of before there were generations takes leases and frees them beside this one', async (t) => {
  const { database, one, other, hold } = await nodesOn(t);
  const earlierTakes = (name: string) =>
    execute(
      database,
      `INSERT INTO "jobLease" AS held (name, holder, expires) VALUES ('${name}', 'earlier', ${Date.now() + HOUR_MS})
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires = excluded.expires`,
    );
  await earlierTakes('one');
  assert.deepEqual(await hold(one, 'a'), ['two']);
  const lease = (await one.jobLeases.hold(['two'], 'a', HOUR_MS)).get('two');
  await earlierTakes('two');
  assert.deepEqual(await hold(one, 'a'), []);
  await assert.rejects(one.orders.change([], TESTER, { lease }), LeaseLost);
  await execute(database, `DELETE FROM "jobLease" WHERE holder = 'earlier'`);
  assert.deepEqual(await hold(other, 'b'), ['one', 'two']);
});
