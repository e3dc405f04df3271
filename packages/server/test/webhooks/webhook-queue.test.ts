import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DueEvent, EventOutcome } from '../../src/webhooks/webhook-queue.ts';
import { execute } from '../store/databases.ts';
import { until } from './receiver.ts';
import { letTimePass } from './time.ts';
import { webhookStore } from './webhook-store.ts';

const URL = 'https://hooks.example/';
const ISSUED = { certificates: new Map([['1', { certificateStatus: 'Issued', serialNumber: '0A' }]]) };

const HOUR_MS = 3_600_000;

const shown = (events: readonly DueEvent[]) =>
  events.map(({ type, orderNumber }) => `${orderNumber} ${type}`).toSorted();

test('events are queued for the endpoints of their account that want them, from when they were added', async (t) => {
  const { database, admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  await putOrders([1]);
  assert.equal(await store.webhookQueue.feed(), undefined);
  const all = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  const some = (await admin.add('acme-hosting', { url: URL, eventTypes: ['certificate.issued'] }, 'customer'))
    .endpoint;
  const others = (await admin.add('other', { url: URL }, 'customer')).endpoint;
  await putOrders([2]);
  await putOrders([3], { isSilent: true });
  await patch(1, ISSUED);
  await readFeed();
  assert.equal((await execute(database, 'SELECT * FROM "webhookEvent"')).length, 4);
  const due = async (endpointID: string) => store.webhookQueue.dueEvents(endpointID, 10);
  assert.deepEqual(shown(await due(all.endpointID)), ['1 order.updated', '2 order.created']);
  assert.deepEqual(shown(await due(some.endpointID)), ['1 certificate.issued']);
  assert.deepEqual(await due(others.endpointID), []);
  const endpoints = await store.webhookQueue.dueEndpoints();
  assert.deepEqual(
    endpoints.map(({ endpointID }) => endpointID).toSorted(),
    [all.endpointID, some.endpointID].toSorted(),
  );
  // Of a disabled account nothing is sent.
  await store.accounts.setDisabled('acme-hosting', true);
  assert.deepEqual(await store.webhookQueue.dueEndpoints(), []);
});

test("an order's next event is due once the one before was delivered or given up, and not while it is retried", async (t) => {
  const { database, admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1, 2]);
  await patch(1, ISSUED);
  await readFeed();
  const { webhookQueue: queue } = store;
  const due = () => queue.dueEvents(endpointID, 10);
  const [one, two] = (await due()).toSorted((a, b) => Number(a.orderNumber) - Number(b.orderNumber));
  assert.ok(one && two);
  const attempt = {
    atMs: Date.now(),
    status: 500,
    error: 'x',
    errorForCustomers: 'y',
    durationMs: 12,
    response: 'no',
  };
  await queue.record([{ event: one, attempt, next: { waitMs: HOUR_MS } }], []);
  assert.deepEqual(shown(await due()), ['2 order.created']);
  await letTimePass(database, HOUR_MS);
  const [again] = (await due()).filter(({ orderNumber }) => orderNumber === '1');
  assert.deepEqual([again?.eventID, again?.step], [one.eventID, 1]);
  await queue.record([{ event: one, attempt, next: 'given-up' }], []);
  assert.deepEqual(shown(await due()), ['1 order.updated', '2 order.created']);
  const [updated] = (await due()).filter(({ orderNumber }) => orderNumber === '1');
  assert.ok(updated);
  await queue.record(
    [{ event: updated, attempt: { atMs: Date.now(), status: 204, durationMs: 1 }, next: 'delivered' }],
    [],
  );
  assert.deepEqual(shown(await due()), ['1 certificate.issued', '2 order.created']);

  // The log.
  const { items } = await admin.events(endpointID, { limit: 10 }, 'operator');
  assert.deepEqual(items.map(({ state }) => state).toSorted(), ['delivered', 'given-up', 'queued', 'queued']);
  const logged = items.find(({ eventID }) => eventID === one.eventID);
  assert.deepEqual([logged?.attempts, logged?.latestAttempts.length], [2, 2]);
  assert.equal(logged?.latestAttempts[0]?.response, 'no');
  const [, second, ...rest] = items;
  assert.deepEqual(
    (await admin.events(endpointID, { before: second?.eventID, limit: 10 }, 'operator')).items,
    rest,
  );
  const seen = (await admin.events(endpointID, { limit: 10 }, 'customer')).items.find(
    ({ eventID }) => eventID === one.eventID,
  );
  const { error, response } = seen?.latestAttempts[0] ?? {};
  assert.deepEqual([error, response], ['y', undefined]);
});

test('what is sent again comes at its place before the later events of its order, and has the same ID', async (t) => {
  const { admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1]);
  await readFeed();
  const { webhookQueue: queue } = store;
  const first = async () => (await queue.dueEvents(endpointID, 10)).map(({ eventID }) => eventID);
  const deliver = async () => {
    const [event] = await queue.dueEvents(endpointID, 1);
    assert.ok(event);
    await queue.record([{ event, next: 'delivered' }], []);
  };
  const created = await first();
  await deliver();
  await patch(1, ISSUED);
  await readFeed();
  const updated = await first();
  assert.equal(await admin.resend(endpointID, created[0] ?? ''), true);
  assert.equal(await admin.resend(endpointID, created[0] ?? ''), false);
  assert.deepEqual(await first(), created);
  await deliver();
  assert.deepEqual(await first(), updated);
  await deliver();
  await deliver();
  assert.deepEqual(await first(), []);
  assert.equal(await admin.replay(endpointID, Date.now() - HOUR_MS), 3);
  assert.equal(await admin.replay(endpointID, Date.now() - HOUR_MS), 0);
  assert.deepEqual(await first(), created);
  await assert.rejects(admin.resend(endpointID, 'msg_x'), /has no event 'msg_x'/);
  await assert.rejects(admin.replay(endpointID, Date.now() - 31 * 24 * HOUR_MS), /of the past 30 days/);
});

test('of what was changed while an endpoint was disabled, or before it was added, only a replay tells it', async (t) => {
  const { database, admin, store, putOrders, readFeed } = await webhookStore(t);
  await putOrders([1]);
  const { endpointID } = (
    await admin.add('acme-hosting', { url: URL, eventTypes: ['order.created'] }, 'operator')
  ).endpoint;
  await putOrders([2]);
  await readFeed();
  await store.webhookEndpoints.setState(endpointID, { state: 'disabled', reason: 'it responded 410' });
  await putOrders([3]);
  await putOrders([4], { isSilent: true });
  assert.equal((await admin.resume(endpointID)).state, 'active');
  await putOrders([5]);
  await readFeed();
  await admin.pause(endpointID);
  await putOrders([6]);
  await readFeed();
  await admin.resume(endpointID);
  const due = async () => shown(await store.webhookQueue.dueEvents(endpointID, 10));
  const told = ['2 order.created', '5 order.created', '6 order.created'];
  assert.deepEqual(await due(), told);
  // As after the end of a process that has read on, and not written down how far.
  await execute(database, 'UPDATE "webhookFeed" SET cursor = 0');
  await readFeed();
  assert.deepEqual(await due(), told);
  assert.equal(await admin.replay(endpointID, Date.now() - HOUR_MS), 2);
  assert.deepEqual(await due(), [
    '1 order.created',
    ...told.slice(0, 1),
    '3 order.created',
    ...told.slice(1),
  ]);
});

test('time in which nothing waits for an endpoint is none in which it fails', async (t) => {
  const { database, admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { webhookQueue: queue } = store;
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1]);
  await readFeed();
  const fail = async (next: EventOutcome['next']) => {
    const [event] = await queue.dueEvents(endpointID, 1);
    assert.ok(event);
    await queue.record([{ event, next }], [{ endpointID, isSuccess: false }]);
    return (await admin.get(endpointID)).failingSince;
  };
  const since = await fail({ waitMs: 0 });
  assert.ok(since);
  assert.equal(await fail({ waitMs: 0 }), since);
  await patch(1, ISSUED);
  await readFeed();
  // The order's next event waits.
  assert.equal(await fail('given-up'), since);
  await fail('given-up');
  assert.equal(await fail('given-up'), undefined);
  await letTimePass(database, 24 * HOUR_MS);
  await putOrders([2]);
  await readFeed();
  assert.ok(Date.parse((await fail({ waitMs: 0 })) ?? '') > Date.now() - HOUR_MS);
  const [endpoint] = await queue.dueEndpoints();
  assert.ok((endpoint?.failingForMs ?? HOUR_MS) < HOUR_MS);
});

test('a renewed epoch, as after a restore, gives no event of before another ID, and no later one the ID of one before', async (t) => {
  const { database, admin, store, putOrders, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  const ids = async () => {
    const due = await store.webhookQueue.dueEvents(endpointID, 100);
    return new Map(due.map(({ orderNumber, eventID }) => [orderNumber, eventID]));
  };
  await putOrders([1]);
  await readFeed();
  await putOrders([2]);
  const before = await ids();
  // As it would have been without the renewal.
  await readFeed();
  const unrenewed = await ids();
  await execute(database, 'DELETE FROM "webhookEvent"');
  await execute(database, 'UPDATE "webhookFeed" SET cursor = 0');
  await store.history.renewEpoch();
  await store.history.renewEpoch();
  await putOrders([3]);
  await readFeed();
  const after = await ids();
  assert.equal(after.get('1'), before.get('1'));
  assert.equal(after.get('2'), unrenewed.get('2'));
  await execute(database, 'DELETE FROM "webhookEvent"');
  await execute(database, 'DELETE FROM "pastEpoch"');
  await execute(database, 'UPDATE "webhookFeed" SET cursor = 0');
  await readFeed();
  assert.equal((await ids()).get('3'), after.get('3'));
  assert.notEqual((await ids()).get('1'), after.get('1'));
});

test('two that read the feed at once queue nothing twice, and only one moves the position', async (t) => {
  const { admin, store, putOrders } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1]);
  const { position, latest } = (await store.webhookQueue.feed()) ?? { position: 0, latest: 0 };
  const event = {
    type: 'order.created',
    place: 0,
    orderNumber: '1',
    cursor: latest,
    madeMs: Date.now(),
  } as const;
  const enqueue = () => store.webhookQueue.enqueue({ from: position, to: latest }, [event]);
  const queued = await Promise.all([enqueue(), enqueue(), enqueue()]);
  assert.deepEqual(queued.toSorted(), [1, undefined, undefined]);
  assert.equal((await store.webhookQueue.dueEvents(endpointID, 10)).length, 1);
});

test('what has waited for 30 days is given up, and what ended 30 days ago is deleted, with its attempts', async (t) => {
  const { database, admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1]);
  await readFeed();
  await execute(database, 'UPDATE "webhookEvent" SET made = 5');
  await patch(1, ISSUED);
  await readFeed();
  const { webhookQueue: queue } = store;
  const [event] = await queue.dueEvents(endpointID, 1);
  assert.ok(event);
  await queue.record([{ event, attempt: { atMs: Date.now(), durationMs: 1 }, next: { waitMs: 0 } }], []);
  assert.equal(await queue.prune(HOUR_MS), 1);
  assert.deepEqual(shown(await queue.dueEvents(endpointID, 9)), ['1 order.updated']);
  assert.equal(await queue.prune(HOUR_MS), 0);
  assert.deepEqual(await queue.figures(), { backlog: [2, 0, 0, 0], lagSeconds: 0 });
  await letTimePass(database, 61_000);
  assert.deepEqual((await queue.figures()).backlog, [0, 2, 0, 0]);
  await letTimePass(database, 2 * HOUR_MS);
  assert.equal(await queue.prune(3 * HOUR_MS), 0);
  // Two are given up, and what was given up before is deleted.
  assert.equal(await queue.prune(HOUR_MS), 3);
  assert.equal(await queue.prune(HOUR_MS), 0);
  assert.deepEqual(await execute(database, 'SELECT * FROM "webhookAttempt"'), []);
  await putOrders([7]);
  await until(async () => (await queue.figures()).lagSeconds > 0);
});

test('of an endpoint with more events than are kept, the oldest go that have ended', async (t) => {
  const { database, admin, store, putOrders, readFeed } = await webhookStore(t);
  const add = async (account: string) =>
    (await admin.add(account, { url: URL }, 'operator')).endpoint.endpointID;
  const endpointID = await add('acme-hosting');
  const other = await add('other');
  await putOrders([1, 2, 3, 4, 5, 6, 7, 8]);
  await putOrders([9], { account: 'other' });
  await readFeed();
  await execute(database, 'UPDATE "webhookEvent" SET made = 1000 * "orderNumber"');
  const { webhookQueue: queue } = store;
  const attempt = { atMs: Date.now(), status: 204, durationMs: 1 };
  for (const event of [...(await queue.dueEvents(endpointID, 10)), ...(await queue.dueEvents(other, 1))]) {
    if (event.orderNumber !== '2') await queue.record([{ event, attempt, next: 'delivered' }], []);
  }
  const left = async () =>
    (await execute(database, 'SELECT "orderNumber" FROM "webhookEvent" ORDER BY "orderNumber"')).map(
      ({ orderNumber }) => Number(orderNumber),
    );
  await queue.trim(endpointID, 8);
  assert.equal((await left()).length, 9);
  await queue.trim(endpointID, 5);
  assert.deepEqual(await left(), [2, 4, 5, 6, 7, 8, 9]);
  // The attempts go with their events.
  assert.equal((await execute(database, 'SELECT 1 FROM "webhookAttempt"')).length, 6);
  await queue.trim(endpointID, 0);
  assert.deepEqual(await left(), [2, 9]);
});

test('prune leaves changes that are not delivered yet', async (t) => {
  const { database, admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1, 2]);
  await patch(1, ISSUED);
  const prune = async () => (await store.pruning.prune(Date.now() + HOUR_MS, new Set(['changes']))).changes;
  assert.equal(await prune(), 0);
  await readFeed();
  assert.equal(await prune(), 0);
  // What has waited for 30 days is given up, and holds back none.
  await letTimePass(database, 31 * 24 * HOUR_MS);
  assert.equal(await store.webhookQueue.prune(30 * 24 * HOUR_MS), 4);
  assert.equal(await prune(), 2);
  await putOrders([3, 4]);
  await readFeed();
  // The latest change of before.
  assert.equal(await prune(), 1);
  assert.equal(await prune(), 0);
  for (const event of await store.webhookQueue.dueEvents(endpointID, 10)) {
    await store.webhookQueue.record([{ event, next: 'delivered' }], []);
  }
  assert.equal(await prune(), 1);
});
