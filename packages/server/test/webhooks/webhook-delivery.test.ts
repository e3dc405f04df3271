import assert from 'node:assert/strict';
import { renameSync, rmSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import type { Store } from '../../src/store/store.ts';
import { type DeliveryParts, webhookJob } from '../../src/webhooks/delivery-job.ts';
import { testClient } from '../outbound/clients.ts';
import { execute } from '../store/databases.ts';
import { accept, respond, until, webhookReceiver } from './receiver.ts';
import { webhookStore } from './webhook-store.ts';

const ISSUED = { certificates: new Map([['1', { certificateStatus: 'Issued', serialNumber: '0A' }]]) };
const DAY_MS = 24 * 3_600_000;

/**
 * A database, a receiver, and the job that sends from the one to the other.
 *
 * @param counting what counts what the job asks of the store.
 */
async function delivery(
  t: TestContext,
  options: Partial<DeliveryParts> = {},
  counting: (store: Store) => DeliveryParts['store'] = (store) => store,
) {
  const stored = await webhookStore(t);
  const receiver = await webhookReceiver(t);
  const outbound = await testClient(t);
  const log: string[] = [];
  const logger = pino({ base: null }, { write: (line: string) => log.push(line) });
  const { store, admin } = stored;
  const job = () =>
    webhookJob({
      store: counting(store),
      secrets: stored.open().secrets,
      outbound,
      logger,
      stepsMs: [10, 10, 10],
      ...options,
    });
  const start = async () => {
    const runner = new JobRunner([job()], store.jobLeases, `test ${Math.random()}`, logger);
    runner.start();
    return runner;
  };
  const add = async (path = '/in', eventTypes?: readonly ['order.created']) => {
    const { endpoint, secret } = await admin.add(
      'acme-hosting',
      { url: receiver.url + path, eventTypes },
      'operator',
    );
    receiver.expect(path, secret);
    return endpoint.endpointID;
  };
  const runner = await start();
  t.after(() => runner.stop());
  const events = async (endpointID: string) =>
    (await admin.events(endpointID, { limit: 100 }, 'operator')).items;
  const states = async (endpointID: string) => (await events(endpointID)).map(({ state }) => state);
  return { ...stored, receiver, log, runner, start, add, events, states };
}

test('a change arrives, signed, in the order of its events, and is in the log', async (t) => {
  const { receiver, add, putOrders, patch, events, admin } = await delivery(t);
  receiver.behaviour = respond(200, {}, `<b>\u0000${'x'.repeat(5000)}`);
  const endpointID = await add();
  await putOrders([1]);
  await patch(1, ISSUED);
  await until(() => receiver.arrivals.length === 3);
  assert.deepEqual(
    receiver.arrivals.map(({ type, version }) => `${type} ${version}`),
    ['order.created 1', 'order.updated 2', 'certificate.issued 2'],
  );
  assert.equal(new Set(receiver.arrivals.map(({ eventID }) => eventID)).size, 3);
  await until(async () => (await events(endpointID)).every(({ state }) => state === 'delivered'));
  const [latest] = await events(endpointID);
  const [attempt] = latest?.latestAttempts ?? [];
  assert.deepEqual([attempt?.status, attempt?.response?.length], [200, 1024]);
  assert.ok(attempt?.response?.startsWith('<b>\ufffdx'));
  assert.ok((await admin.get(endpointID)).lastSuccess);
});

test('during the overlap of a rotation both secrets sign', async (t) => {
  const { receiver, add, putOrders, admin } = await delivery(t);
  const endpointID = await add();
  const next = await admin.rotate(endpointID);
  await putOrders([1]);
  await until(() => receiver.arrivals.length === 1);
  assert.match(receiver.arrivals[0]?.signature ?? '', /^v1,\S+ v1,\S+$/);
  receiver.expect('/in', next);
  await putOrders([2]);
  await until(() => receiver.arrivals.length === 2);
});

test('an order that the receiver refuses holds up no other, is retried with the same ID, and then given up', async (t) => {
  const { receiver, add, putOrders, patch, states } = await delivery(t, { stepsMs: [1, 1, 1] });
  receiver.behaviour = (arrival, response, request) =>
    (arrival.orderNumber === '1' && arrival.version === 1 ? respond(500) : accept)(
      arrival,
      response,
      request,
    );
  const endpointID = await add();
  await putOrders([1, 2, 3]);
  await patch(1, ISSUED);
  await until(async () => (await states(endpointID)).filter((state) => state !== 'queued').length === 5);
  const ofOne = receiver.arrivals.filter(({ orderNumber }) => orderNumber === '1');
  assert.deepEqual(
    ofOne.map(({ type }) => type),
    [...Array(4).fill('order.created'), 'order.updated', 'certificate.issued'],
  );
  assert.equal(new Set(ofOne.slice(0, 4).map(({ eventID }) => eventID)).size, 1);
  assert.deepEqual((await states(endpointID)).toSorted(), [...Array(4).fill('delivered'), 'given-up']);
});

test('an endpoint that fails as a whole is probed once a step, and gets all that waits once it is back', async (t) => {
  const { receiver, add, putOrders, states, admin } = await delivery(t, {
    stepsMs: [600, 600, 600, 600, 600, 600],
  });
  receiver.behaviour = respond(503);
  const endpointID = await add();
  const orders = Array.from({ length: 60 }, (_, index) => index + 1);
  await putOrders(orders);
  await until(() => receiver.arrivals.length >= 19);
  // At first as many as are sent at once, then one a step.
  assert.ok(receiver.arrivals.length < 25, `${receiver.arrivals.length} requests`);
  assert.ok((await admin.get(endpointID)).failingSince);
  receiver.behaviour = accept;
  await until(async () => (await states(endpointID)).every((state) => state === 'delivered'));
  assert.equal(receiver.taken().size, 60);
  assert.equal((await admin.get(endpointID)).failingSince, undefined);
});

test('410 disables at once; five days without a success do, too; and the reason is shown', async (t) => {
  const { database, receiver, add, putOrders, admin } = await delivery(t);
  receiver.behaviour = (arrival, response, request) =>
    respond(arrival.path === '/gone' ? 410 : 302, { Location: `${receiver.url}/elsewhere` })(
      arrival,
      response,
      request,
    );
  const [gone, failing] = [await add('/gone'), await add('/failing')];
  await execute(database, `UPDATE "webhookEndpoint" SET "failingSince" = ${Date.now() - 5 * DAY_MS}`);
  await putOrders([1]);
  const disabled = async (endpointID: string) => (await admin.get(endpointID)).state === 'disabled';
  await until(async () => (await disabled(gone)) && (await disabled(failing)));
  assert.equal((await admin.get(gone)).reason, 'the endpoint responded 410 Gone');
  assert.match(
    (await admin.get(failing)).reason ?? '',
    /^no request has succeeded since \S+Z; the latest failed: HTTP status 302, and redirects are not followed$/,
  );
  assert.ok(!receiver.arrivals.some(({ path }) => path === '/elsewhere'));
  const before = receiver.arrivals.length;
  receiver.behaviour = accept;
  await admin.resume(gone);
  await until(() => receiver.taken('/gone').size === 1);
  assert.equal(receiver.arrivals.length, before + 1);
});

test('a receiver that asks to wait is not asked before', async (t) => {
  const { receiver, add, putOrders, events } = await delivery(t);
  receiver.behaviour = respond(429, { 'Retry-After': '3600' });
  const endpointID = await add();
  await putOrders([1]);
  await until(async () => (await events(endpointID))[0]?.attempts === 1);
  const [first] = await events(endpointID);
  assert.ok(Date.parse(first?.nextAttempt ?? '') > Date.now() + 3_000_000);
  await putOrders([2]);
  await until(async () => (await events(endpointID)).length === 2);
  assert.equal(receiver.arrivals.length, 1);
});

test('an endpoint whose secret cannot be decrypted is paused with the reason, and goes on once it can', async (t) => {
  const { receiver, add, putOrders, admin, events, keyFile, log, store, start, runner } = await delivery(t);
  const endpointID = await add();
  renameSync(keyFile, `${keyFile}.gone`);
  await runner.stop();
  const second = await start();
  await putOrders([1]);
  await until(async () => (await admin.get(endpointID)).state === 'paused');
  // Customers see it, so it does not say where the keys are; the log does.
  const reason = 'the secret cannot be read now; those who run the service find the reason in its log';
  assert.equal((await admin.get(endpointID)).reason, reason);
  assert.deepEqual(await store.webhookQueue.pausedByService(), [endpointID]);
  await admin.test(endpointID);
  const ping = async () => (await events(endpointID)).find(({ type }) => type === 'ping');
  await until(async () => (await ping())?.state === 'given-up');
  const [attempt] = (await ping())?.latestAttempts ?? [];
  assert.equal(attempt?.errorForCustomers, reason);
  assert.ok(attempt.error?.includes(keyFile));
  const pauses = log.filter((line) => line.includes('a webhook endpoint is paused'));
  assert.equal(pauses.length, 1);
  assert.ok(pauses[0]?.includes(keyFile));
  await second.stop();
  rmSync(keyFile, { force: true });
  renameSync(`${keyFile}.gone`, keyFile);
  const third = await start();
  await until(() => receiver.arrivals.length === 1);
  await third.stop();
  assert.equal((await admin.get(endpointID)).state, 'active');
});

test('a ping is sent once, also to an endpoint that is paused, and nothing is sent after deletion', async (t) => {
  const { receiver, add, putOrders, admin, events } = await delivery(t);
  const endpointID = await add();
  await admin.pause(endpointID);
  await putOrders([1]);
  await admin.test(endpointID);
  await until(() => receiver.arrivals.length === 1);
  assert.deepEqual([receiver.arrivals[0]?.type, receiver.arrivals[0]?.data], ['ping', {}]);
  receiver.behaviour = respond(500);
  const failing = await admin.test(endpointID);
  await until(async () =>
    (await events(endpointID)).some((each) => each.eventID === failing && each.state === 'given-up'),
  );
  await admin.remove(endpointID);
  await admin.resume(await add('/other'));
  await putOrders([2]);
  await until(() => receiver.arrivals.some(({ path }) => path === '/other'));
  assert.equal(receiver.arrivals.filter(({ path }) => path === '/in').length, 2);
});

test('an endpoint gets no more requests a second than the rate', async (t) => {
  const { receiver, add, putOrders } = await delivery(t, { ratePerSecond: 5 });
  await add();
  const begunMs = performance.now();
  await putOrders(Array.from({ length: 12 }, (_, index) => index + 1));
  await until(() => receiver.arrivals.length === 12);
  // Five at once, and one each fifth of a second.
  assert.ok(performance.now() - begunMs >= 1300);
});

test('a wrong clock of the process that sends makes no event late, and none come more often', async (t) => {
  const { receiver, add, putOrders } = await delivery(t, { stepsMs: [10, 10, DAY_MS] });
  await add();
  const attemptsOf = (order: number) =>
    receiver.arrivals.filter(({ orderNumber }) => orderNumber === String(order)).length;
  const realMs = Date.now();
  t.mock.timers.enable({ apis: ['Date'], now: realMs });
  const refused = [1, 3, 5, 7];
  receiver.behaviour = (arrival, ...rest) =>
    (refused.includes(Number(arrival.orderNumber)) ? respond(500) : accept)(arrival, ...rest);
  for (const [index, jumpMs] of [0, 2 * DAY_MS, -2 * DAY_MS, 0].entries()) {
    t.mock.timers.setTime(realMs + jumpMs);
    const order = 2 * index + 1;
    await putOrders([order]);
    await until(() => attemptsOf(order) === 3);
    await putOrders([order + 1]);
    await until(() => attemptsOf(order + 1) === 1);
  }
  assert.deepEqual(refused.map(attemptsOf), [3, 3, 3, 3]);
});

test('what has waited for 30 days is given up, batch by batch, while what was changed later is sent', async (t) => {
  const { database, receiver, add, putOrders, patch, readFeed, states, runner, start } = await delivery(t);
  await runner.stop();
  const endpointID = await add();
  const orders = Array.from({ length: 620 }, (_, index) => index + 1);
  await putOrders(orders);
  await readFeed();
  await execute(database, `UPDATE "webhookEvent" SET made = made - ${31 * DAY_MS}`);
  const changed = orders.slice(0, 20);
  for (const number of changed)
    await patch(number, { certificates: new Map([[String(number), { FQDN: 'later.example' }]]) });
  const second = await start();
  await putOrders([1001, 1002]);
  await until(
    async () =>
      (await execute(database, `SELECT 1 FROM "webhookEvent" WHERE state = 'queued'`)).length === 0 &&
      receiver.arrivals.length >= 22,
  );
  await second.stop();
  assert.deepEqual(
    receiver.arrivals.map(({ orderNumber, type }) => `${orderNumber} ${type}`).toSorted(),
    [
      ...changed.map((number) => `${number} order.updated`),
      '1001 order.created',
      '1002 order.created',
    ].toSorted(),
  );
  assert.deepEqual(Map.groupBy(await states(endpointID), (state) => state).get('delivered')?.length, 22);
});

test('an import of many orders is held in the database, and only so much of it in memory', async (t) => {
  const most = { changes: 0, events: 0, due: 0, requests: 0 };
  const { store, receiver, add, putOrders } = await delivery(t, { ratePerSecond: 1000 }, (counted) => {
    const { history, webhookQueue } = counted;
    return {
      ...counted,
      history: {
        ...history,
        forWebhooks: async (...given) => {
          const changes = await history.forWebhooks(...given);
          most.changes = Math.max(most.changes, changes.length);
          return changes;
        },
      },
      webhookQueue: {
        ...webhookQueue,
        enqueue: (range, events, lease) => {
          most.events = Math.max(most.events, events.length);
          return webhookQueue.enqueue(range, events, lease);
        },
        dueEvents: async (...given) => {
          const due = await webhookQueue.dueEvents(...given);
          most.due = Math.max(most.due, due.length);
          return due;
        },
      },
    };
  });
  let open = 0;
  receiver.behaviour = (arrival, response, request) => {
    most.requests = Math.max(most.requests, ++open);
    response.once('close', () => open--);
    setTimeout(() => accept(arrival, response, request), 20);
    return 204;
  };
  for (let endpoint = 0; endpoint < 4; endpoint++) await add(`/${endpoint}`);
  await putOrders(Array.from({ length: 600 }, (_, index) => index + 1));
  await until(
    async () => receiver.arrivals.length > 150 && (await store.webhookQueue.figures()).lagSeconds === 0,
  );
  assert.deepEqual(most.changes, 200);
  assert.ok(most.events <= 500, `${most.events} events at once`);
  assert.ok(most.due <= 32, `${most.due} events for one endpoint`);
  // Sixteen to each endpoint.
  assert.ok(most.requests <= 64, `${most.requests} requests at once`);
});

test('an event whose order was deleted is given up, and says so', async (t) => {
  const { database, receiver, add, putOrders, states, events, runner, start } = await delivery(t);
  const endpointID = await add();
  await runner.stop();
  await putOrders([2]);
  await execute(
    database,
    `INSERT INTO "webhookEvent" ("eventID", "endpointID", type, "orderNumber", cursor, place, made, state, "nextAttempt")
     VALUES ('msg_x', '${endpointID}', 'order.updated', 1, 999, 0, ${Date.now()}, 'queued', 1)`,
  );
  const second = await start();
  await until(async () => (await states(endpointID)).filter((state) => state !== 'queued').length === 2);
  await second.stop();
  assert.equal(receiver.arrivals.length, 1);
  const gone = (await events(endpointID)).find(({ eventID }) => eventID === 'msg_x');
  assert.equal(gone?.latestAttempts[0]?.error, 'the change or its order was deleted');
});
