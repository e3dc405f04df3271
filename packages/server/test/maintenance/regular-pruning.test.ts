import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { RegularPruning } from '../../src/maintenance/regular-pruning.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute, holdWriteLock } from '../store/databases.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/**
 * A database with rows that are old, as old as they may be, and new; and the pruning of as many nodes as are wanted.
 */
async function oldRowsOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'a hash');
  await store.tokens.add({ name: 'ops', scope: 'admin', digest: 'd' });
  await fillDatabase(store.orders, [
    acmeOrder({ orderNumber: '1', certificates: [acmeCertificate({ certificateID: '1' })] }),
  ]);
  const insert = (table: string, rows: readonly string[]) =>
    execute(database, `INSERT INTO ${table} VALUES ${rows.join(', ')}`);
  const [old, recent] = [Date.now() - 91 * DAY, Date.now() - 89 * DAY];
  const hourOf = (time: number) => Math.floor(time / HOUR) * HOUR;
  const failures = (time: number, count: number) =>
    Array.from(
      { length: count },
      (_, index) => `(${hourOf(time)}, '', '10.0.${index >> 8}.${index & 255}', 1)`,
    );
  await insert('"loginFailure"', [
    ...failures(old, 1000),
    ...failures(old - HOUR, 1000),
    ...failures(recent, 1000),
  ]);
  const login = {
    surface: 'api',
    tokenName: 'ops',
    address: '192.0.2.1',
    succeeded: true,
    times: 1,
  } as const;
  await store.operatorLogins.add(
    [old, recent].map((time) => ({ ...login, at: new Date(time).toISOString() })),
  );
  await store.sessions.add('going on', { kind: 'token', name: 'ops', scope: 'admin' }, Date.now() + HOUR);
  await insert('session', [`('over', NULL, NULL, 'ops', 0, ${Date.now() - 1})`]);
  await insert('"shareLink" (digest, "orderNumber", created, expires, revoked)', [
    `('ended long ago', 1, 0, ${old}, NULL)`,
    `('revoked long ago', 1, 0, ${Date.now() + HOUR}, ${old})`,
    `('ended lately', 1, 0, ${recent}, NULL)`,
  ]);
  await insert('"guessCounter"', [
    `(1, 1, ${Date.now() - 8 * DAY}, 0)`,
    `(2, 1, ${Date.now() - 6 * DAY}, 0)`,
  ]);
  const pruned: Record<string, number> = {};
  const errors: string[] = [];
  const node = (over = store) =>
    new RegularPruning(over.pruning, pino({ base: null }, { write: (line: string) => errors.push(line) }), {
      onPruned(kind, count) {
        pruned[kind] = (pruned[kind] ?? 0) + count;
      },
    });
  const count = async (table: string) =>
    Number((await execute(database, `SELECT count(*) AS n FROM ${table}`))[0]?.['n']);
  return { database, store, node, pruned, errors, count };
}

test('the service takes away what is over or older than 90 days, a few at a time, on two nodes at once as well', async (t) => {
  const { database, node, pruned, errors, count, store } = await oldRowsOn(t);
  const other = await openStore(database, 'write');
  t.after(() => other.close());
  await Promise.all([node().prune(), node(other).prune()]);
  assert.deepEqual(errors, []);
  assert.deepEqual(pruned, {
    sessions: 1,
    loginCounters: 1,
    failedLogins: 2000,
    operatorLogins: 1,
    shareLinks: 2,
  });
  assert.equal(await count('"loginFailure"'), 1000);
  assert.equal(await count('"operatorLogin"'), 1);
  assert.equal(await count('session'), 1);
  assert.equal((await store.shareLinks.ofOrder('1')).length, 1);
  // History and orders are the operator's to take away.
  assert.equal(await count('change'), 1);
});

test('while another process writes, it waits, and does not fail', async (t) => {
  const { database, node, pruned, errors, count } = await oldRowsOn(t);
  const letGo = await holdWriteLock(database);
  const pruning = node().prune();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(pruned, {});
  await letGo();
  await pruning;
  assert.deepEqual(errors, []);
  assert.equal(pruned['failedLogins'], 2000);
  assert.equal(await count('"loginFailure"'), 1000);
});
