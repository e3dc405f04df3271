/**
 * Two services on one database, as processes of their own, send to a receiver that misbehaves in every way, and one
 * after the other is killed with -9. `FAULT_ROUNDS`, at night, makes it long.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type ServingProcess, serveIn } from '../faults/limited-process.ts';
import { authority } from '../outbound/targets.ts';
import { childrenOf } from '../processes.ts';
import { execute, isPostgres } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Arrival, accept, type Behaviour, respond, until, webhookReceiver } from './receiver.ts';
import { webhookStore } from './webhook-store.ts';

const LONG = process.env['FAULT_ROUNDS'] !== undefined;
const ORDERS = LONG ? 100 : 20;
/** Each order has as many versions. */
const ROUNDS = LONG ? 40 : 5;
const KILLS = LONG ? 40 : 1;
const LIMIT_MS = LONG ? 600_000 : 60_000;
/** How often the time until the next attempts passes, in milliseconds. */
const HURRY_MS = 150;
/** After how many arrivals at one endpoint it responds 410, until it is disabled and resumed. */
const GONE_AFTER = LONG ? [3, 900, 2500] : [3];

/** A response of which the half comes: the event has arrived, but the sender cannot know that. */
const respondHalf: Behaviour = (_arrival, response) => {
  response.writeHead(200, { 'Content-Length': '100' }).write('half');
  setTimeout(() => response.destroy(), 5);
  return 999;
};
const reset: Behaviour = (_arrival, _response, request) => {
  request.socket.destroy();
  return 999;
};
const acceptSlowly: Behaviour = (arrival, response, request) => {
  setTimeout(() => accept(arrival, response, request), 200);
  return 200;
};
/** The sender's own limit ends it, after 15 seconds. */
const respondNever: Behaviour = () => 999;

const BEHAVIOURS: readonly Behaviour[] = [
  ...Array<Behaviour>(12).fill(accept),
  respond(500),
  respond(429),
  respond(307, { Location: '/elsewhere' }),
  respondHalf,
  reset,
  acceptSlowly,
];

test('from services that are killed to a bad receiver every change arrives, in order, under one ID, and none after deletion', async (t) => {
  const { database, keyFile, store, admin, putOrders, patch } = await webhookStore(t);
  const receiver = await webhookReceiver(t);
  const next = randomNumbers();
  const endpoints = new Map<string, string>();
  for (const path of ['/one', '/two', '/gone', '/deleted']) {
    const eventTypes = ['order.created', 'order.updated'] as const;
    const { endpoint, secret } = await admin.add(
      'acme-hosting',
      { url: receiver.url + path, eventTypes },
      'operator',
    );
    receiver.expect(path, secret);
    endpoints.set(path, endpoint.endpointID);
  }
  const idOf = (path: string) => endpoints.get(path) ?? assert.fail(path);
  let goneArrivals = 0;
  let resumed = 0;
  receiver.behaviour = (arrival, ...rest) => {
    const isGone = arrival.path === '/gone' && ++goneArrivals > (GONE_AFTER[resumed] ?? Infinity);
    if (isGone) return respond(410)(arrival, ...rest);
    if (LONG && next(500) === 0) return respondNever(arrival, ...rest);
    return (BEHAVIOURS[next(BEHAVIOURS.length)] ?? accept)(arrival, ...rest);
  };
  const services = await startServices(t, database, keyFile);

  const numbers = Array.from({ length: ORDERS }, (_, index) => index + 1);
  let deletedSeconds = Number.POSITIVE_INFINITY;
  const change = async () => {
    await putOrders(numbers);
    for (let round = 1; round < ROUNDS; round++) {
      for (const number of numbers)
        await patch(number, { certificates: new Map([[String(number), { FQDN: `r${round}.example` }]]) });
      if (round === ROUNDS >> 1) {
        await until(() => receiver.taken('/deleted').size > 0, 'nothing arrived before the deletion');
        await admin.remove(idOf('/deleted'));
        deletedSeconds = Math.floor(Date.now() / 1000);
      }
      await pause(LONG ? 1000 : 20);
    }
  };
  const kill = async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      const before = receiver.arrivals.length;
      await until(() => receiver.arrivals.length > before + next(40), 'nothing arrives', LIMIT_MS);
      await services.kill(kills % 2, next(2) === 0);
    }
  };
  const sinceMs = Date.now() - 60_000;
  const resume = async () => {
    if ((await admin.get(idOf('/gone'))).state !== 'disabled') return;
    await admin.resume(idOf('/gone'));
    await admin.replay(idOf('/gone'), sinceMs);
    resumed++;
  };
  const isDone = async () => {
    const { backlog, lagSeconds } = await store.webhookQueue.figures();
    return lagSeconds === 0 && backlog.every((events) => events === 0);
  };
  const stopHurrying = hurry(database, resume);
  try {
    await Promise.all([change(), kill()]);
    await until(() => resumed >= GONE_AFTER.length, 'the endpoint that is gone is not disabled', LIMIT_MS);
    receiver.behaviour = accept;
    await until(isDone, 'events still wait', LIMIT_MS);
  } finally {
    await stopHurrying();
    await services.stop();
  }

  for (const path of ['/one', '/two']) assertInOrder(path, receiver.taken(path));
  for (const [orderNumber, taken] of receiver.taken('/gone')) {
    assert.equal(new Set(taken.map(({ version }) => version)).size, ROUNDS, `/gone ${orderNumber}`);
  }
  assert.equal(receiver.taken('/gone').size, ORDERS);
  const late = receiver.arrivals.filter(
    ({ path, signedSeconds }) => path === '/deleted' && signedSeconds > deletedSeconds,
  );
  assert.deepEqual(late, []);
  assert.ok(!receiver.arrivals.some(({ path }) => path === '/elsewhere'));
  const idsOf = Map.groupBy(
    receiver.arrivals,
    ({ path, orderNumber, version, type }) => `${path} ${orderNumber} ${version} ${type}`,
  );
  for (const [what, arrivals] of idsOf) {
    assert.equal(new Set(arrivals.map(({ eventID }) => eventID)).size, 1, what);
  }
  assert.equal(new Set(receiver.arrivals.map(({ eventID }) => eventID)).size, idsOf.size);
  t.diagnostic(`${ORDERS * ROUNDS} changes, ${KILLS} kills, ${receiver.arrivals.length} requests`);
});

/** Each event that was not seen before is the order's next one. */
function assertInOrder(path: string, byOrder: ReadonlyMap<string, readonly Arrival[]>): void {
  assert.equal(byOrder.size, ORDERS);
  for (const [orderNumber, taken] of byOrder) {
    let newest = 0;
    for (const { version } of taken) {
      assert.ok(version <= newest + 1, `${path} ${orderNumber}: ${version} came after ${newest}`);
      newest = Math.max(newest, version);
    }
    assert.equal(newest, ROUNDS, `${path} ${orderNumber}`);
  }
}

/** The same in each run. */
function randomNumbers(): (below: number) => number {
  let random = 7;
  return (below) => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((random / 2 ** 31) * below);
  };
}

async function startServices(t: TestContext, database: string, keyFile: string) {
  const root = join(temporaryFolder(t), 'root.pem');
  writeFileSync(root, (await authority()).cert);
  const options = ['--secret-key-file', keyFile, '--outbound-ca', root, '--outbound-allow', '127.0.0.0/8'];
  const start = () => serveIn(t, database, '', 'true', [...options, '--webhook-rate', '1000']);
  const running: ServingProcess[] = await Promise.all([start(), start()]);
  return {
    /** Kills a service, or its first process alone, which the others notice; and starts it anew. */
    async kill(index: number, isWhole: boolean): Promise<void> {
      const service = running[index] ?? assert.fail();
      const children = isWhole ? childrenOf(service.pid) : [];
      await service.kill();
      for (const pid of children) killIfThere(pid);
      // By day what it held is free at once.
      if (!LONG) await execute(database, 'UPDATE "jobLease" SET expires = 1');
      running[index] = await start();
    },
    async stop(): Promise<void> {
      await Promise.all(running.map((service) => service.kill()));
    },
  };
}

function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has noticed the end of the first one.
  }
}

/**
 * Again and again makes what is to be tried again due now, and never for the last time; and does what else is asked.
 */
function hurry(database: string, also: () => Promise<void>): () => Promise<void> {
  const lock = isPostgres ? 'LOCK TABLE "webhookFeed" IN EXCLUSIVE MODE; ' : '';
  const makeDue = async () => {
    await execute(
      database,
      `${lock}UPDATE "webhookEvent" SET "nextAttempt" = 0, step = 0 WHERE "nextAttempt" > 0 AND step > 0`,
    );
    await execute(database, 'UPDATE "webhookEndpoint" SET "notBefore" = NULL WHERE "notBefore" IS NOT NULL');
  };
  let isOver = false;
  const hurrying = (async () => {
    while (!isOver) {
      // Others may hold SQLite's lock for longer than is waited for it.
      await makeDue().catch(() => {});
      await also();
      await pause(HURRY_MS);
    }
  })();
  // It fails the test when it is stopped.
  hurrying.catch(() => {});
  return async () => {
    isOver = true;
    await hurrying;
  };
}
