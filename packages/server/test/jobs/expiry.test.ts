import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { CertificateRecord } from '@cert-order-status/protocol';
import pino from 'pino';
import { expiryJob } from '../../src/jobs/expiry.ts';
import type { Lease } from '../../src/lease.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { emptyDatabase, execute, isPostgres } from '../store/databases.ts';

const DAY_MS = 86_400_000;
const PAST = '2020-01-31T23:59:59Z';
const FUTURE = new Date(Date.now() + DAY_MS).toISOString().replace(/\.\d+/, '');

function certificate(certificateID: string, changes: Partial<CertificateRecord>): CertificateRecord {
  const { serialNumber = '0A', ...others } = changes;
  return acmeCertificate({
    certificateID,
    certificateStatus: 'Issued',
    serialNumber,
    dcvStatus: 'completed',
    caaStatus: 'completed',
    ...others,
  });
}

/** A database, and one run of the job on it. */
async function databaseWith(t: TestContext, orders: readonly (readonly CertificateRecord[])[]) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  const records = orders.map((certificates, index) =>
    acmeOrder({ orderNumber: String(index + 1), certificates, orderStatus: 'Completed' }),
  );
  await fillDatabase(store.orders, records);
  const log: string[] = [];
  const job = expiryJob(store, pino({ base: null }, { write: (line: string) => log.push(line) }));
  const { signal } = new AbortController();
  const lease = await leaseIn(store);
  const run = (isHeld = () => true) => job.run({ signal, lease, isHeld });
  const states = async (orderNumber: string) => {
    const { record, version } = (await store.orders.get(orderNumber)) ?? assert.fail();
    return [version, ...record.certificates.map(({ certificateStatus }) => certificateStatus)];
  };
  return { database, store, run, states, log };
}

async function leaseIn({ jobLeases }: Store): Promise<Lease> {
  return (await jobLeases.hold(['expiry'], 'the test', DAY_MS)).get('expiry') ?? assert.fail();
}

test('certificates that are issued or replaced expire when their validity is over, once, and nothing else changes', async (t) => {
  const { store, run, states, log } = await databaseWith(t, [
    [
      certificate('1', { notAfter: PAST }),
      certificate('2', { notAfter: PAST, certificateStatus: 'Replaced' }),
      certificate('3', { notAfter: FUTURE }),
      certificate('4', {}),
      certificate('5', {
        notAfter: PAST,
        certificateStatus: 'Revoked',
        certificateStatusReason: 'key compromised',
      }),
      certificate('6', { notAfter: PAST, certificateStatus: 'Expired' }),
      certificate('7', { notAfter: '2021-01-31T23:59:59Z', certificateStatus: 'Valid' }),
    ],
    [certificate('8', { notAfter: FUTURE })],
    [certificate('9', { notAfter: PAST })],
  ]);
  const before = (await store.orders.get('1'))?.record;
  await run();
  await run();
  assert.deepEqual(log, []);
  assert.deepEqual(await states('1'), [
    2,
    'Expired',
    'Expired',
    'Issued',
    'Issued',
    'Revoked',
    'Expired',
    'Expired',
  ]);
  assert.deepEqual(await states('2'), [1, 'Issued']);
  assert.deepEqual(await states('3'), [2, 'Expired']);
  const after = (await store.orders.get('1'))?.record;
  assert.ok(before !== undefined && after !== undefined);
  const unchanged = ({ certificateStatus: _, ...others }: CertificateRecord) => others;
  assert.deepEqual(
    { ...after, certificates: after.certificates.map(unchanged) },
    { ...before, certificates: before.certificates.map(unchanged) },
  );
  const { changes } = await store.history.ofOrder('1', { limit: 10 });
  assert.deepEqual(
    changes.map(({ by }) => by),
    [
      { kind: 'command line', name: 'tester' },
      { kind: 'service', name: 'expiry' },
    ],
  );
});

test('a certificate is valid to the end of the last second of its validity', async (t) => {
  const { database, run, states } = await databaseWith(t, [[certificate('1', { notAfter: FUTURE })]]);
  const now = isPostgres ? 'floor(extract(epoch FROM now()))::bigint' : 'unixepoch()';
  const expireIn = (seconds: number) =>
    execute(database, `UPDATE certificate SET "notAfter" = ${now} + ${seconds}`);
  await expireIn(60);
  await run();
  assert.deepEqual(await states('1'), [1, 'Issued']);
  await expireIn(-1);
  await run();
  assert.deepEqual(await states('1'), [2, 'Expired']);
});

test("the database's clock counts, not the machine's", async (t) => {
  const { run, states } = await databaseWith(t, [
    [certificate('1', { notAfter: PAST })],
    [certificate('2', { notAfter: FUTURE })],
  ]);
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse('2100-01-01') });
  await run();
  assert.deepEqual(await states('2'), [1, 'Issued']);
  t.mock.timers.setTime(Date.parse('2000-01-01'));
  await run();
  assert.deepEqual(await states('1'), [2, 'Expired']);
});

test('two nodes that expire the same certificates at once make each change once', async (t) => {
  const { database, store, run } = await databaseWith(
    t,
    Array.from({ length: 30 }, (_, index) => [certificate(`${index + 1}`, { notAfter: PAST })]),
  );
  const other = await openStore(database, 'write');
  t.after(() => other.close());
  const signal = new AbortController().signal;
  const second = expiryJob(other, pino({ enabled: false }));
  await Promise.all([run(), second.run({ signal, lease: await leaseIn(store), isHeld: () => true })]);
  const changes = await store.history.after('0', 1000);
  assert.equal(changes.length, 60);
  assert.ok(changes.slice(30).every(({ version }) => version === 2));
});

test('at most ten orders change in a transaction, with a pause of at least a hundredth of a second for each', async (t) => {
  const { store, run } = await databaseWith(
    t,
    Array.from({ length: 25 }, (_, index) => [certificate(`${index + 1}`, { notAfter: PAST })]),
  );
  const begun = performance.now();
  let asked = 0;
  // Lost after the second batch; the next holder of the lease goes on.
  await run(() => ++asked < 5);
  assert.equal((await store.history.after('0', 1000)).length, 45);
  await run();
  assert.equal((await store.history.after('0', 1000)).length, 50);
  assert.ok(performance.now() - begun >= 240);
});

test('an order that is gone, or refused, does not keep others from expiring', async (t) => {
  const { store, run, states } = await databaseWith(
    t,
    Array.from({ length: 12 }, (_, index) => [certificate(`${index + 1}`, { notAfter: PAST })]),
  );
  const log: string[] = [];
  const refusing = expiryJob(
    {
      expiringCertificates: store.expiringCertificates,
      orders: {
        // The first ten are refused, as if each were gone by then.
        change: (requests, by, options) =>
          store.orders.change(
            requests.map((request) => (Number(request.orderNumber) <= 10 ? gone(request) : request)),
            by,
            options,
          ),
      },
    },
    pino({ base: null }, { write: (line: string) => log.push(line) }),
  );
  await refusing.run({
    signal: new AbortController().signal,
    lease: await leaseIn(store),
    isHeld: () => true,
  });
  assert.equal(log.length, 10);
  assert.match(
    log[0] ?? '',
    /"reason":"there is no order 1","msg":"certificates of an order could not expire"/,
  );
  assert.deepEqual(await states('12'), [2, 'Expired']);
  await run();
  assert.deepEqual(await states('1'), [2, 'Expired']);
});

function gone<Request extends { apply(current: undefined): unknown }>(request: Request) {
  return { ...request, apply: () => request.apply(undefined) as never };
}

test('certificates are found by the index of those that can expire', async (t) => {
  const { database, run } = await databaseWith(t, [[certificate('1', { notAfter: PAST })]]);
  const statements = statementsOf(t);
  await run();
  const statement = statements.find((text) => text.includes('"notAfterSeconds"')) ?? assert.fail();
  const explain = isPostgres ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
  const plan = await execute(database, `${explain} ${statement.replace(/[?$]\d/g, '0')}`);
  assert.match(
    JSON.stringify(plan),
    /USING INDEX certificateByExpiry \(notAfter>|Index Scan using \\"certificateByExpiry/,
  );
});

test('a look that takes long is not repeated at once, and meanwhile only those are looked at that end after it', async (t) => {
  const { database, store } = await databaseWith(t, [
    [certificate('1', { notAfter: FUTURE })],
    [certificate('2', { notAfter: FUTURE })],
  ]);
  const { expiringCertificates, orders } = store;
  let nowMs = 0;
  let lookMs = 1250;
  const from: (number | undefined)[] = [];
  const slow: typeof expiringCertificates = {
    expired(limit, after) {
      nowMs += lookMs;
      from.push(after?.notAfterSeconds);
      return expiringCertificates.expired(limit, after);
    },
  };
  const logger = pino({ enabled: false });
  const job = expiryJob({ orders, expiringCertificates: slow }, logger, () => nowMs);
  const turn = { signal: new AbortController().signal, lease: await leaseIn(store), isHeld: () => true };
  const expireAt = (order: number, notAfter: string) =>
    execute(database, `UPDATE certificate SET "notAfter" = ${notAfter} WHERE "orderNumber" = ${order}`);
  const now = isPostgres ? 'floor(extract(epoch FROM now()))::bigint' : 'unixepoch()';
  const stateOf = async (order: string) =>
    (await store.orders.get(order))?.record.certificates[0]?.certificateStatus;

  await job.run(turn);
  assert.deepEqual(from, [undefined]);
  lookMs = 1;
  // One ends now; the other has ended long ago, as if it were not followed any more.
  const [{ ended } = {}] = await execute(database, `SELECT ${now} AS ended`);
  await expireAt(2, '1000');
  nowMs += 50_000;
  await job.run(turn);
  assert.equal(await stateOf('2'), 'Issued');
  assert.ok(Number(from.at(-1)) <= Number(ended) && Number(from.at(-1)) > 1000);
  // A hundred times the second that the look took beyond what is free.
  nowMs += 50_000;
  await job.run(turn);
  assert.equal(await stateOf('2'), 'Expired');
  // A quick look is repeated in each run.
  await expireAt(1, '1000');
  await job.run(turn);
  assert.equal(await stateOf('1'), 'Expired');
});
