import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyDatabase, execute } from '../store/databases.ts';

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
    [...(await jobLeases.hold(names, holder, durationMs))].toSorted();
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
