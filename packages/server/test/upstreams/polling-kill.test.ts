/**
 * Two services on one database, of which the one that asks is killed: no order is asked for twice, none is forgotten.
 * `FAULT_ROUNDS`, at night, makes it long.
 */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type ServingProcess, serveIn } from '../faults/limited-process.ts';
import { authority } from '../outbound/targets.ts';
import { childrenOf } from '../processes.ts';
import { storedSecrets } from '../secrets/stored-secrets.ts';
import { execute } from '../store/databases.ts';
import { until } from '../webhooks/receiver.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream, reply, statusBody } from './fake-upstream.ts';
import { ACME_CA } from './upstream-database.ts';

const LONG = process.env['FAULT_ROUNDS'] !== undefined;
const ORDERS = LONG ? 500 : 60;
const KILLS = LONG ? 10 : 1;
const INTERVAL_MS = ACME_CA.intervalSeconds * 1000;

async function startNode(t: TestContext, database: string, keyFile: string): Promise<ServingProcess> {
  const options = ['--secret-key-file', keyFile, '--outbound-allow', '127.0.0.0/8', '--webhook-rate', '0'];
  return await serveIn(t, database, '', 'true', [...options, '--no-expiry']);
}

/** The service and the processes that it has started. */
async function killAll(node: ServingProcess): Promise<void> {
  const children = childrenOf(node.pid);
  await node.kill();
  for (const pid of children) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has noticed the end of the first one.
    }
  }
}

test('no order is asked for twice in its interval, and none is forgotten, while nodes are killed', async (t) => {
  const fake = await fakeUpstream(t);
  const { database, keyFile, store, open } = await storedSecrets(t);
  await store.accounts.add('acme-hosting', 'hash');
  const roots = (await authority()).cert;
  const choice = { ...ACME_CA, baseUrl: fake.baseUrl, loginName: FAKE_LOGIN, roots, requestsPerMinute: 6000 };
  await open().secrets.put({ purpose: 'upstream', owner: 'u1' }, FAKE_PASSWORD);
  await store.upstreams.add({ ...choice, upstreamID: 'u1', name: 'ca' });
  const numbers = Array.from({ length: ORDERS }, (_, index) => String(index + 1));
  await store.followedOrders.follow(
    'u1',
    numbers.map((orderNumber) => ({ orderNumber, account: 'acme-hosting' })),
  );
  // Slowly enough that most kills come in the middle of a request.
  fake.behaviour = (request, response, incoming) => {
    const order = { orderStatus: 'Pending', '1_certificateStatus': 'Awaiting Validation' };
    const orderNumber = request.form.get('orderNumber') ?? '';
    setTimeout(() => reply(statusBody([{ orderNumber, ...order }]))(request, response, incoming), 20);
  };
  const askedFor = () => fake.requests.map(({ form }) => form.get('orderNumber'));

  let nodes: ServingProcess[] = await Promise.all([
    startNode(t, database, keyFile),
    startNode(t, database, keyFile),
  ]);
  for (let kills = 1; kills <= KILLS; kills++) {
    await until(() => fake.requests.length >= (ORDERS * kills) / (KILLS + 1), 'nothing is asked for');
    const working = nodes.find((node) => isWorking(node)) ?? assert.fail('no node works');
    await killAll(working);
    nodes = [...nodes.filter((node) => node !== working), await startNode(t, database, keyFile)];
    // What it held is free at once.
    await execute(database, 'UPDATE "jobLease" SET expires = 1');
  }
  await until(() => fake.requests.length >= ORDERS - KILLS, 'orders are missing');
  const followed = async () => await store.followedOrders.list('u1', { limit: ORDERS });
  await until(async () => (await followed()).every(({ lastRequest }) => lastRequest !== undefined));
  await until(
    async () => (await followed()).filter(({ observed }) => observed === undefined).length <= KILLS,
    'orders were asked for, and not stored',
  );
  await Promise.all(nodes.map(killAll));

  assert.equal(new Set(askedFor()).size, fake.requests.length, 'an order was asked for twice');
  // Those whose requests were cut off have their turn after the interval, as all others.
  for (const { orderNumber, lastRequest = '', nextRequest = '', observed } of await followed()) {
    const waitMs = Date.parse(nextRequest) - Date.parse(lastRequest);
    assert.ok(waitMs >= INTERVAL_MS && waitMs <= INTERVAL_MS * 1.1 + 60_000, `${orderNumber}: ${waitMs}`);
    // A kill may come after the order was stored, and before that was written down.
    if (observed !== undefined) assert.ok(await store.orders.get(orderNumber), orderNumber);
  }
});

/** Whether the upstreams are asked by this node, as far as it has told. */
function isWorking(node: ServingProcess): boolean {
  const told = node
    .log()
    .split('\n')
    .filter((line) => line.includes('"job":"upstreams"'));
  return told.at(-1)?.includes('the job runs in this process') ?? false;
}
