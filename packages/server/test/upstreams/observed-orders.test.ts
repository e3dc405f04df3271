/** Followed orders: what is observed changes them, and nothing else does. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import { patchOrder, putOrder } from '../../src/orders/change-request.ts';
import { describeRefusal } from '../../src/orders/describe-refusal.ts';
import type { ChangeOutcome, OrderStore } from '../../src/orders/order-store.ts';
import type { Exemption } from '../../src/orders/rules.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { execute, isPostgres } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { ACME_CA, upstreamDatabase } from './upstream-database.ts';

const OBSERVED = { exemption: { kind: 'observed' } } as const;
const CA = { kind: 'upstream', name: 'ca' } as const;

/** What a response may say of an order: no IDs of certificates, a word of no known meaning, fields that are missing. */
function observedOrder(orderNumber: string, changes: Partial<OrderRecord> = {}): OrderRecord {
  const {
    certificateID: _,
    csrStatus: __,
    ...certificate
  } = acmeCertificate({
    certificateStatus: 'Being Looked At',
  });
  const { orderDateTime: ___, ...order } = acmeOrder({
    orderNumber,
    certificates: [certificate],
    ...changes,
  });
  const read = readOrderRecord(order, 'observed');
  assert.ok(read.ok, JSON.stringify(read));
  return read.record;
}

async function observe(orders: OrderStore, record: OrderRecord, by: typeof CA = CA): Promise<string> {
  const [outcome] = await orders.change([putOrder(record)], by, OBSERVED);
  return toldOf(outcome);
}

function toldOf(outcome: ChangeOutcome | undefined): string {
  assert.ok(outcome);
  return outcome.kind === 'refused'
    ? describeRefusal(outcome.refusal)
    : `${outcome.kind} ${outcome.order.version}`;
}

const REFUSED =
  "order 1 is followed at upstream 'ca': only what is observed there changes it; unfollow it first (cert-order-status upstream unfollow ca 1) (followed-order)";

test('what is observed of a followed order is recorded word for word, with its upstream as author', async (t) => {
  const { store, follow, database } = await upstreamDatabase(t);
  const record = observedOrder('1');
  assert.equal(
    await observe(store.orders, record),
    "order 1 is not followed at upstream 'ca' for account 'acme-hosting' (followed-order)",
  );
  await follow(['1']);
  assert.equal(await observe(store.orders, record), 'created 1');
  assert.equal(await observe(store.orders, record), 'unchanged 1');
  // A step that no rule of change allows, to a state that breaks a rule of state.
  const odd = observedOrder('1', { orderStatus: 'Completed' });
  assert.equal(await observe(store.orders, odd), 'changed 2');
  assert.deepEqual((await store.orders.get('1'))?.record, odd);
  const { changes } = await store.history.ofOrder('1', { limit: 10 });
  assert.deepEqual(
    changes.map(({ by, waivedRules }) => [by, waivedRules]),
    [
      [CA, undefined],
      [CA, ['completed-with-issued-certificate']],
    ],
  );
  const rows = await execute(database, 'SELECT "isObserved" FROM "order"');
  assert.deepEqual(
    rows.map(({ isObserved }) => Boolean(isObserved)),
    [true],
  );
});

test('nothing else changes a followed order, whatever it says and however it is exempt', async (t) => {
  const { store, follow } = await upstreamDatabase(t);
  const { orders } = store;
  await follow(['1', '2']);
  // Also one that is not known yet.
  const created = await orders.change([putOrder(acmeOrder({ orderNumber: '1' }))], TESTER);
  assert.equal(toldOf(created[0]), REFUSED);
  await observe(orders, observedOrder('1'));
  const exemptions: (Exemption | undefined)[] = [
    undefined,
    { kind: 'forced', reason: 'it must be so' },
    { kind: 'as-is' },
  ];
  for (const exemption of exemptions) {
    const outcomes = await orders.change(
      [
        putOrder(observedOrder('1')),
        patchOrder('1', { order: { orderStatus: 'Cancelled' } }),
        patchOrder('1', { certificatesByNumber: new Map([[1, { FQDN: 'other.example.com' }]]) }),
        putOrder(acmeOrder({ orderNumber: '3' })),
      ],
      TESTER,
      { exemption },
    );
    const [others, last] = [outcomes.slice(0, 3), outcomes.at(-1)];
    assert.deepEqual(others.map(toldOf), [REFUSED, REFUSED, REFUSED]);
    assert.notEqual(last?.kind, 'refused');
  }
  assert.equal((await orders.get('1'))?.version, 1);
  const survey = await orders.survey({ loginNames: [], orderNumbers: ['1', '2', '3'], certificateIDs: [] });
  const place = { upstream: 'ca', account: 'acme-hosting' };
  assert.deepEqual(
    new Map([...survey.followed].map(([number, { ...followed }]) => [number, followed])),
    new Map([
      ['1', place],
      ['2', place],
    ]),
  );
});

test('an import and the command line name the upstream where an order is followed, and change nothing', async (t) => {
  const { store, database, follow } = await upstreamDatabase(t);
  await follow(['1', '2']);
  await observe(store.orders, observedOrder('1'));
  const file = join(temporaryFolder(t), 'orders.ndjson');
  const orders = ['1', '2', '3'].map((orderNumber) =>
    acmeOrder({ orderNumber, certificates: [acmeCertificate({ certificateID: orderNumber })] }),
  );
  writeFileSync(file, orders.map((order) => `${JSON.stringify(order)}\n`).join(''));
  for (const options of [[], ['--as-is']]) {
    const { code, stderr, stdout } = await runCommand(['import', file, ...options, '--database', database]);
    assert.equal(code, 1, stdout);
    for (const number of [1, 2]) {
      assert.ok((stdout + stderr).includes(`order ${number} is followed at upstream 'ca'`), stdout + stderr);
    }
  }
  const set = ['order', 'set', '1', 'orderStatus=Cancelled', '--force', 'x', '--database', database];
  const { code, stderr } = await runCommand(set);
  assert.equal(code, 1);
  assert.ok(stderr.includes(REFUSED), stderr);
  assert.deepEqual((await store.orders.get('1'))?.record, observedOrder('1'));
});

test('what is observed at another upstream, for another account, or of an order fed here, is refused', async (t) => {
  const { store, follow, followedOrders, upstreams } = await upstreamDatabase(t);
  await upstreams.add({ ...ACME_CA, upstreamID: 'u2', name: 'second' });
  await follow(['1', '2']);
  await follow(['3'], 'u2');
  await fillDatabase(store.orders, [acmeOrder({ orderNumber: '4' })]);
  const refused = (number: number, account: string) =>
    `order ${number} is not followed at upstream 'ca' for account '${account}' (followed-order)`;
  assert.equal(await observe(store.orders, observedOrder('1', { account: 'other' })), refused(1, 'other'));
  assert.equal(await observe(store.orders, observedOrder('3')), refused(3, 'acme-hosting'));
  assert.equal(await observe(store.orders, observedOrder('4')), refused(4, 'acme-hosting'));
  // The rules of placement hold for it.
  const link = { replacesOrderNumber: '99' };
  assert.match(await observe(store.orders, observedOrder('1', link)), /\(replaced-order-exists\)$/);
  await followedOrders.unfollow('u1', '2');
  assert.equal(await observe(store.orders, observedOrder('2')), refused(2, 'acme-hosting'));
});

test('an order that is followed no longer is fed like any, and followed again only until then', async (t) => {
  const { store, follow, followedOrders } = await upstreamDatabase(t);
  await follow(['1', '2']);
  await observe(store.orders, observedOrder('1'));
  await observe(store.orders, observedOrder('2'));
  await followedOrders.unfollow('u1', '1');
  await followedOrders.unfollow('u1', '2');
  assert.equal((await store.orders.get('1'))?.version, 1);
  const other = await followedOrders.follow('u1', [{ orderNumber: '1', account: 'other' }]);
  assert.deepEqual(
    other.refused.map(({ message }) => message),
    ['order 1 is in the order database, of another account'],
  );
  assert.equal((await follow(['1'])).followed, 1);
  await followedOrders.unfollow('u1', '1');
  const patch = { certificatesByNumber: new Map([[1, { FQDN: 'other.example.com' }]]) };
  const [outcome] = await store.orders.change([patchOrder('1', patch)], TESTER);
  assert.equal(toldOf(outcome), 'changed 2');
  assert.deepEqual(
    (await follow(['1', '2'])).refused.map(({ reason }) => reason),
    ['order-number-taken'],
  );
});

test('certificates of a followed order do not expire by themselves, but do once it is followed no longer', async (t) => {
  const { store, follow, followedOrders } = await upstreamDatabase(t);
  await follow(['1']);
  const certificates = [
    acmeCertificate({
      certificateID: undefined,
      certificateStatus: 'Issued',
      dcvStatus: 'completed',
      notAfter: '2025-01-01T00:00:00Z',
    }),
  ];
  await observe(store.orders, observedOrder('1', { certificates }));
  assert.deepEqual((await store.expiringCertificates.expired(10)).certificates, []);
  await followedOrders.unfollow('u1', '1');
  assert.equal((await store.expiringCertificates.expired(10)).certificates.length, 1);
});

test('a program of the version before cannot write to a followed order, and to others as ever', async (t) => {
  const { store, database, follow } = await upstreamDatabase(t);
  await fillDatabase(store.orders, [acmeOrder()]);
  await follow(['1']);
  await observe(store.orders, observedOrder('1'));
  /** How it writes an order: without the column that it does not know. */
  const write = (orderNumber: number) =>
    execute(
      database,
      `INSERT INTO "order" ("orderNumber", "orderDateTime", "orderStatus", "orderStatusMeaning", "accountID", version,
         changed, "packedCertificates")
       VALUES (${orderNumber}, 1, 'Cancelled', 'cancelled', 1, 2, 1, '[]')
       ON CONFLICT ("orderNumber") DO UPDATE SET "orderStatus" = excluded."orderStatus", version = excluded.version`,
    );
  const before = await store.orders.get('1');
  await assert.rejects(
    write(1),
    /the order is followed at an upstream: only what is observed there changes it; upgrade cert-order-status/,
  );
  assert.deepEqual(await store.orders.get('1'), before);
  await write(7250060);
  assert.equal((await store.orders.get('7250060'))?.record.orderStatus, 'Cancelled');
  await write(8);
});

test('a program that was opened before the upgrade is refused likewise, and goes on reading', {
  skip: isPostgres,
}, async (t) => {
  const path = join(temporaryFolder(t), 'orders.db');
  const stored = new URL('../maintenance/databases/schema-13.db.gz', import.meta.url);
  writeFileSync(path, gunzipSync(readFileSync(stored)));
  const old = new DatabaseSync(path);
  t.after(() => old.close());
  const read = old.prepare(
    'SELECT orderNumber, orderStatus, packedCertificates FROM "order" ORDER BY orderNumber',
  );
  const write = old.prepare(`
    INSERT INTO "order" (orderNumber, orderStatus, orderStatusMeaning, accountID, version, changed, packedCertificates)
    VALUES (?, 'Completed', 'completed', 1, 2, 1, '[]')
    ON CONFLICT (orderNumber) DO UPDATE SET orderStatus = excluded.orderStatus`);
  write.run(7250061);
  const before = read.all();

  const store = await openStore(`sqlite:${path}`, 'write');
  t.after(() => store.close());
  assert.deepEqual(read.all(), before);
  await store.upstreams.add({ ...ACME_CA, upstreamID: 'u1', name: 'ca' });
  await store.followedOrders.follow('u1', [{ orderNumber: '1', account: 'acme-hosting' }]);
  assert.throws(() => write.run(1), /the order is followed at an upstream/);
  await observe(store.orders, observedOrder('1'));
  assert.throws(() => write.run(1), /the order is followed at an upstream/);
  write.run(7250061);
  assert.equal(read.all().length, 3);
});
