import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { type ManagedService, runManagedService } from '../management-api/managed-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { emptyDatabase, execute } from '../store/databases.ts';
import { verified } from './verified.ts';

const DONE = { csrStatus: 'completed', dcvStatus: 'completed', caaStatus: 'completed' } as const;

/** Order N, done or not. */
const order = (number: number, isDone: boolean, replacesOrderNumber?: string) =>
  acmeOrder({
    orderNumber: String(number),
    orderStatus: isDone ? 'Completed' : 'Pending',
    ...(replacesOrderNumber !== undefined && { replacesOrderNumber }),
    certificates: [
      acmeCertificate({
        certificateID: String(number),
        ...(isDone && { ...DONE, certificateStatus: 'Issued', serialNumber: '0A' }),
      }),
    ],
  });

async function put(service: ManagedService, record: ReturnType<typeof order>): Promise<void> {
  const { status, json } = await service.manage(`PUT /v1/orders/${record.orderNumber}`, { body: record });
  assert.ok(status < 300, JSON.stringify(json));
}

async function touch(service: ManagedService, number: number): Promise<void> {
  const body = { FQDN: 'new.example.com' };
  const { status } = await service.manage(`PATCH /v1/orders/${number}/certificates/${number}?force=x`, {
    body,
  });
  assert.equal(status, 200);
}

async function prune(service: ManagedService, moment: number, ...options: string[]): Promise<string> {
  const when = new Date(moment).toISOString().replace(/\.[0-9]+Z$/, 'Z');
  const args = ['prune', '--older-than', when, ...options, '--database', service.database];
  const { code, stdout, stderr } = await runCommand(args);
  assert.equal(code, 0, stderr);
  return stdout;
}

/** A moment on a whole second, with what was before it well before it. */
async function nextSecond(): Promise<number> {
  const next = Math.ceil((Date.now() + 50) / 1000) * 1000;
  await pause(next - Date.now() + 50);
  return next;
}

async function problemsOf({ database }: ManagedService): Promise<readonly string[]> {
  const store = await openStore(database, 'read');
  try {
    return (await verified(store)).problems;
  } finally {
    await store.close();
  }
}

test('history before a moment goes, orders stay, and who follows the feed is told when something is missing', async (t) => {
  const service = await runManagedService(t);
  for (const number of [1, 2, 3]) await put(service, order(number, false));
  const old = (await service.manage('GET /v1/changes')).json.changes;
  const moment = await nextSecond();
  await put(service, order(4, false));
  await touch(service, 1);

  assert.match(await prune(service, moment, '--dry-run'), /^2 changes of the history would be taken away\n/);
  assert.match(await prune(service, moment), /^2 changes of the history were taken away\n/);
  assert.match(await prune(service, moment), /^0 changes/);
  for (const number of [1, 2, 3, 4]) {
    assert.equal((await service.manage(`GET /v1/orders/${number}`)).status, 200);
  }
  assert.equal((await service.manage(`GET /v1/changes?after=${old[1].cursor}`)).status, 410);
  const { status, json } = await service.manage(`GET /v1/changes?after=${old[2].cursor}`);
  assert.equal(status, 200);
  assert.deepEqual(
    json.changes.map(({ orderNumber }: { orderNumber: string }) => orderNumber),
    ['4', '1'],
  );
  assert.deepEqual(await problemsOf(service), []);
});

test('settled orders go on request only, with all that is theirs, unless an order that stays replaces them', async (t) => {
  const service = await runManagedService(t);
  await put(service, order(1, true));
  await put(service, order(2, true, '1'));
  await put(service, order(3, true));
  await put(service, order(4, false, '3'));
  await put(service, order(5, false));
  await put(service, order(6, true));
  const moment = await nextSecond();
  await touch(service, 6);

  assert.doesNotMatch(await prune(service, moment, '--dry-run'), /settled/);
  const wouldBe = await prune(service, moment, '--settled-orders', '--dry-run');
  assert.match(wouldBe, /^5 changes of the history would[\s\S]*^2 settled orders would be taken away$/m);
  const pruned = await prune(service, moment, '--settled-orders');
  assert.match(pruned, /^5 changes of the history were[\s\S]*^2 settled orders were taken away$/m);
  const { json } = await service.manage('GET /v1/orders');
  assert.deepEqual(
    json.orders.map((each: { order: { orderNumber: string } }) => each.order.orderNumber),
    ['3', '4', '5', '6'],
  );
  assert.deepEqual(await problemsOf(service), []);
  // Its number may be used again, and so may that of its certificate.
  await put(service, order(1, false));
});

test('more than goes at a time goes all the same, chains of replacements included', async (t) => {
  const service = await runManagedService(t);
  const store = await openStore(service.database, 'write');
  // Chains of fifty; what the lowest of the first replaces has a number beyond all of them.
  const many = Array.from({ length: 1500 }, (_, index) =>
    order(index + 1, true, index === 0 ? '8000' : index % 50 === 0 ? undefined : String(index)),
  );
  await fillDatabase(store.orders, [order(8000, true), ...many]);
  await store.close();
  const moment = await nextSecond();
  await put(service, order(9999, false));
  const pruned = await prune(service, moment, '--settled-orders');
  // The chain that holds the change that followers may have seen last stays.
  assert.match(pruned, /^1451 settled orders were taken away$/m);
  const { json } = await service.manage('GET /v1/orders');
  assert.deepEqual(
    json.orders.map((each: { order: { orderNumber: string } }) => Number(each.order.orderNumber)),
    [...Array.from({ length: 50 }, (_, index) => 1451 + index), 9999],
  );
  assert.deepEqual(await problemsOf(service), []);
});

test('a chain of replacements goes in statements in proportion to its length, whichever way its numbers run', async (t) => {
  const statements = statementsOf(t);
  for (const replaced of ['i + 1', 'i - 1'] as const) {
    const counts: number[] = [];
    for (const length of [3000, 6000]) {
      const { database, store } = await databaseWithChain(t, length, replaced);
      const wanted = await store.pruning.prune(Date.now(), new Set(['settledOrders']), { isDryRun: true });
      assert.equal(wanted.settledOrders, length);
      statements.length = 0;
      const pruned = await store.pruning.prune(Date.now(), new Set(['settledOrders']));
      assert.equal(pruned.settledOrders, length);
      counts.push(statements.length);
      assert.deepEqual(await execute(database, 'SELECT "orderNumber" FROM "order"'), []);
    }
    assert.ok((counts[1] ?? 0) <= 2.2 * (counts[0] ?? 0), `${counts.join(', then ')} statements`);
  }
});

test('what several orders replace goes when the last of them has gone, and stays with one that stays', async (t) => {
  const { database, store } = await databaseWithChain(t, 5, 'i - 1');
  // 6 to 8 replace 5, as does 9, which is not settled; and 10 to 12 replace 2.
  const add = (number: number, status: string, replaced: number) =>
    execute(
      database,
      `INSERT INTO "order" ("orderNumber", "accountID", "orderDateTime", "orderStatus", "orderStatusMeaning", "replacesOrderNumber", version, changed, "packedCertificates")
       SELECT ${number}, "accountID", 0, '${status}', '${status.toLowerCase()}', ${replaced}, 1, 0, '[]' FROM account`,
    );
  for (const number of [6, 7, 8]) await add(number, 'Cancelled', 5);
  await add(9, 'Pending', 4);
  for (const number of [10, 11, 12]) await add(number, 'Completed', 2);
  const prune = () => store.pruning.prune(Date.now(), new Set(['settledOrders']));
  const left = async () =>
    (await execute(database, 'SELECT "orderNumber" AS n FROM "order" ORDER BY 1')).map(({ n }) => Number(n));
  // 5 with those that replace it, and the three that replace 2.
  assert.equal((await prune()).settledOrders, 7);
  assert.deepEqual(await left(), [1, 2, 3, 4, 9]);
  await execute(database, `UPDATE "order" SET "orderStatusMeaning" = 'cancelled' WHERE "orderNumber" = 9`);
  assert.equal((await prune()).settledOrders, 5);
  assert.deepEqual(await left(), []);
});

/**
 * A database of settled orders from 1 on, each of which replaces another, but for the one that would replace none of
 * them.
 */
async function databaseWithChain(t: TestContext, length: number, replaced: 'i + 1' | 'i - 1') {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  await execute(
    database,
    `INSERT INTO "order" ("orderNumber", "accountID", "orderDateTime", "orderStatus", "orderStatusMeaning", "replacesOrderNumber", version, changed, "packedCertificates")
     WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${length})
     SELECT i, "accountID", 0, 'Completed', 'completed', CASE WHEN ${replaced} BETWEEN 1 AND ${length} THEN ${replaced} END, 1, 0, '[]'
     FROM n, account`,
  );
  return { database, store };
}

test('what an order with the largest of numbers has left behind on the connection is not in the way', async (t) => {
  const store = await openStore(await emptyDatabase(t), 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  const largest = { orderNumber: '9223372036854775807' };
  const author = { kind: 'command line', name: 'test' } as const;
  for (const isDone of [false, true]) {
    const [outcome] = await store.orders.change([putOrder({ ...order(1, isDone), ...largest })], author);
    assert.equal(outcome?.kind, isDone ? 'changed' : 'created');
  }
  const pruned = await store.pruning.prune(Date.now() + 1000, new Set(['sessions', 'settledOrders']));
  assert.deepEqual(pruned, { sessions: 0, settledOrders: 0 });
});

test('records of logins, sessions and share links go when they are old', async (t) => {
  const service = await runManagedService(t);
  const store = await openStore(service.database, 'write');
  const hour = 3_600_000;
  const login = { surface: 'api', tokenName: 'x', address: '192.0.2.1', succeeded: true, times: 1 } as const;
  const at = (ago: number) => new Date(Date.now() - ago).toISOString();
  await store.operatorLogins.add([
    { ...login, at: at(3 * hour) },
    { ...login, at: at(0) },
  ]);
  await put(service, order(1, false));
  await store.shareLinks.add('ended', '1', Date.now() - 3 * hour);
  await store.shareLinks.add('valid', '1', Date.now() + hour);
  await store.sessions.add('ended', { kind: 'token', name: 'writer', scope: 'write' }, Date.now() - 3 * hour);
  const pruned = await prune(service, Date.now() - 2 * hour);
  assert.match(pruned, /^1 entries of operators' logins were taken away$/m);
  assert.match(pruned, /^1 sessions that had ended were taken away$/m);
  assert.match(pruned, /^1 share links that had ended were taken away$/m);
  assert.equal((await store.operatorLogins.list(10)).filter(({ tokenName }) => tokenName === 'x').length, 1);
  assert.equal((await store.shareLinks.ofOrder('1')).length, 1);
  await store.close();
});
