import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DueEvent } from '../../src/webhooks/webhook-queue.ts';
import { execute } from '../store/databases.ts';
import { webhookStore } from './webhook-store.ts';

const URL = 'https://hooks.example/';
const ISSUED = { certificates: new Map([['1', { certificateStatus: 'Issued', serialNumber: '0A' }]]) };

/** Pause as long as a process may take. */
const SOON_MS = 3_600_000;

const shown = (events: readonly DueEvent[]) =>
  events.map(({ type, orderNumber }) => `${orderNumber} ${type}`).toSorted();

test('events are queued for the endpoints of their account that want them, from when they were added', async (t) => {
  const { admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  await putOrders([1]);
  assert.equal(await store.webhookQueue.feed(), undefined);
  const all = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  const some = (await admin.add('acme-hosting', { url: URL, eventTypes: ['certificate.issued'] }, 'customer'))
    .endpoint;
  const others = (await admin.add('other', { url: URL }, 'customer')).endpoint;
  await putOrders([2]);
  await putOrders([3], { isSilent: true });
  await patch(1, ISSUED);
  assert.equal(await readFeed(), 4);
  assert.equal(await readFeed(), 0);
  const due = async (endpointID: string) =>
    store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 10);
  assert.deepEqual(shown(await due(all.endpointID)), ['1 order.updated', '2 order.created']);
  assert.deepEqual(shown(await due(some.endpointID)), ['1 certificate.issued']);
  assert.deepEqual(await due(others.endpointID), []);
  const endpoints = await store.webhookQueue.dueEndpoints(Date.now() + SOON_MS);
  assert.deepEqual(
    endpoints.map(({ endpointID }) => endpointID).toSorted(),
    [all.endpointID, some.endpointID].toSorted(),
  );
  // Of a disabled account nothing is sent.
  await store.accounts.setDisabled('acme-hosting', true);
  assert.deepEqual(await store.webhookQueue.dueEndpoints(Date.now() + SOON_MS), []);
});

test("an order's next event is due once the one before was delivered or given up, and not while it is retried", async (t) => {
  const { admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1, 2]);
  await patch(1, ISSUED);
  await readFeed();
  const { webhookQueue: queue } = store;
  const nowMs = Date.now();
  const due = (atMs = nowMs) => queue.dueEvents(endpointID, atMs, 10);
  const [one, two] = (await due(nowMs + SOON_MS)).toSorted(
    (a, b) => Number(a.orderNumber) - Number(b.orderNumber),
  );
  assert.ok(one && two);
  const attempt = {
    atMs: nowMs,
    status: 500,
    error: 'x',
    errorForCustomers: 'y',
    durationMs: 12,
    response: 'no',
  };
  await queue.record([{ event: one, attempt, next: { attemptAtMs: nowMs + 2 * SOON_MS } }], [], nowMs);
  assert.deepEqual(shown(await due(nowMs + SOON_MS)), ['2 order.created']);
  const [again] = (await due(nowMs + 2 * SOON_MS)).filter(({ orderNumber }) => orderNumber === '1');
  assert.deepEqual([again?.eventID, again?.step], [one.eventID, 1]);
  await queue.record([{ event: one, attempt, next: 'given-up' }], [], nowMs);
  assert.deepEqual(shown(await due(nowMs)), ['1 order.updated', '2 order.created']);
  const [updated] = (await due()).filter(({ orderNumber }) => orderNumber === '1');
  assert.ok(updated);
  await queue.record(
    [{ event: updated, attempt: { atMs: nowMs, status: 204, durationMs: 1 }, next: 'delivered' }],
    [],
    nowMs,
  );
  assert.deepEqual(shown(await due(nowMs)), ['1 certificate.issued', '2 order.created']);

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
  const first = async () =>
    (await queue.dueEvents(endpointID, Date.now() + SOON_MS, 10)).map(({ eventID }) => eventID);
  const deliver = async () => {
    const [event] = await queue.dueEvents(endpointID, Date.now() + SOON_MS, 1);
    assert.ok(event);
    await queue.record([{ event, next: 'delivered' }], [], Date.now());
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
  assert.equal(await admin.replay(endpointID, Date.now() - SOON_MS), 3);
  assert.equal(await admin.replay(endpointID, Date.now() - SOON_MS), 0);
  assert.deepEqual(await first(), created);
  await assert.rejects(admin.resend(endpointID, 'msg_x'), /has no event 'msg_x'/);
  await assert.rejects(admin.replay(endpointID, Date.now() - 31 * 24 * SOON_MS), /of the past 30 days/);
});

test('what was missed while an endpoint was disabled, or before it was added, is replayed', async (t) => {
  const { admin, store, putOrders, readFeed } = await webhookStore(t);
  await putOrders([1]);
  const { endpointID } = (
    await admin.add('acme-hosting', { url: URL, eventTypes: ['order.created'] }, 'operator')
  ).endpoint;
  await store.webhookEndpoints.setState(endpointID, { state: 'disabled', reason: 'it responded 410' });
  await putOrders([2]);
  await putOrders([3], { isSilent: true });
  await readFeed();
  assert.deepEqual(await store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 10), []);
  assert.equal((await admin.resume(endpointID)).state, 'active');
  assert.equal(await admin.replay(endpointID, Date.now() - SOON_MS), 2);
  const due = await store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 10);
  assert.deepEqual(shown(due), ['1 order.created', '2 order.created']);
});

test('a renewed epoch, as after a restore, gives no event of before another ID, and no later one the ID of one before', async (t) => {
  const { database, admin, store, putOrders, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  const ids = async () => {
    const due = await store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 100);
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
  const enqueue = () => store.webhookQueue.enqueue({ from: position, to: latest }, [event], Date.now());
  const queued = await Promise.all([enqueue(), enqueue(), enqueue()]);
  assert.deepEqual(queued.toSorted(), [1, undefined, undefined]);
  assert.equal((await store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 10)).length, 1);
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
  const nowMs = Date.now();
  const [event] = await queue.dueEvents(endpointID, nowMs, 1);
  assert.ok(event);
  await queue.record(
    [{ event, attempt: { atMs: nowMs, durationMs: 1 }, next: { attemptAtMs: nowMs } }],
    [],
    nowMs,
  );
  assert.equal(await queue.prune(1000, 900), 2);
  assert.deepEqual(shown(await queue.dueEvents(endpointID, nowMs, 9)), ['1 order.updated']);
  assert.equal(await queue.prune(1000, nowMs), 0);
  assert.deepEqual(await execute(database, 'SELECT * FROM "webhookAttempt"'), []);
  const { backlog, lagSeconds } = await queue.figures(nowMs + 61_000);
  assert.deepEqual([backlog, lagSeconds], [[0, 2, 0, 0], 0]);
  await putOrders([7]);
  assert.ok((await queue.figures(nowMs + 61_000)).lagSeconds > 1);
});

test('prune leaves changes that are not delivered yet', async (t) => {
  const { admin, store, putOrders, patch, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1, 2]);
  await patch(1, ISSUED);
  const prune = async () => (await store.pruning.prune(Date.now() + SOON_MS, new Set(['changes']))).changes;
  assert.equal(await prune(), 0);
  await readFeed();
  assert.equal(await prune(), 0);
  for (const event of await store.webhookQueue.dueEvents(endpointID, Date.now() + SOON_MS, 10)) {
    await store.webhookQueue.record([{ event, next: 'delivered' }], [], Date.now());
  }
  assert.equal(await prune(), 2);
});
