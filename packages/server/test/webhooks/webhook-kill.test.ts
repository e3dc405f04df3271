import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { authority } from '../outbound/targets.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { accept, type Behaviour, respond, until, webhookReceiver } from './receiver.ts';
import { webhookStore } from './webhook-store.ts';

const PROGRAM = fileURLToPath(new URL('delivering-process.ts', import.meta.url));
/** At night. */
const LONG = process.env['FAULT_ROUNDS'] !== undefined;
const ORDERS = LONG ? 120 : 24;
const ROUNDS = LONG ? 30 : 7;
const KILLS = LONG ? 40 : 4;

/** What a bad receiver does, one after the other. */
const BEHAVIOURS: readonly Behaviour[] = [
  ...Array<Behaviour>(12).fill(accept),
  respond(500),
  (_arrival, _response, request) => {
    request.socket.destroy();
    return 999;
  },
  respond(307, { Location: '/elsewhere' }),
  // Half a response: the event has arrived, but the sender cannot know that.
  (_arrival, response) => {
    response.writeHead(200, { 'Content-Length': '100' }).write('half');
    setTimeout(() => response.destroy(), 5);
    return 999;
  },
  (arrival, response, request) => {
    setTimeout(() => accept(arrival, response, request), 200);
    return 200;
  },
  respond(429),
];

test('of what is sent to a bad receiver while the senders are killed, every change arrives, in order, under one ID', async (t) => {
  const { database, keyFile, store, admin, putOrders, patch } = await webhookStore(t);
  const receiver = await webhookReceiver(t);
  const root = join(temporaryFolder(t), 'root.pem');
  writeFileSync(root, (await authority()).cert);
  let random = 7;
  const next = (below: number) => {
    random = (random * 1_103_515_245 + 12_345) % 2 ** 31;
    return random % below;
  };
  receiver.behaviour = (...given) => (BEHAVIOURS[next(BEHAVIOURS.length)] ?? accept)(...given);
  const paths = ['/one', '/two'];
  for (const path of paths) {
    const { secret } = await admin.add(
      'acme-hosting',
      { url: receiver.url + path, eventTypes: ['order.created', 'order.updated'] },
      'operator',
    );
    receiver.expect(path, secret);
  }
  const nodes: (ChildProcess | undefined)[] = [undefined, undefined];
  const startNode = (index: number) => {
    const args = [PROGRAM, database, keyFile, root, `node ${index}`];
    nodes[index] = spawn(process.execPath, ['--conditions=@cert-order-status/source', ...args], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
  };
  startNode(0);
  startNode(1);

  const numbers = Array.from({ length: ORDERS }, (_, index) => index + 1);
  const change = async () => {
    await putOrders(numbers);
    for (let round = 1; round < ROUNDS; round++) {
      for (const number of numbers)
        await patch(number, { certificates: new Map([[String(number), { FQDN: `r${round}.example` }]]) });
      await pause(50);
    }
  };
  const kill = async () => {
    for (let kills = 0; kills < KILLS; kills++) {
      const before = receiver.arrivals.length;
      await until(() => receiver.arrivals.length > before + next(40));
      const index = next(2);
      const node = nodes[index];
      const ended = node && once(node, 'exit');
      node?.kill('SIGKILL');
      await ended;
      startNode(index);
    }
  };
  try {
    await Promise.all([change(), kill()]);
    receiver.behaviour = accept;
    await until(async () => (await store.webhookQueue.figures()).backlog.every((events) => events === 0));
    await until(async () => (await store.webhookQueue.feed())?.position === ORDERS * ROUNDS);
  } finally {
    for (const node of nodes) node?.kill('SIGKILL');
  }

  for (const path of paths) {
    const byOrder = receiver.taken(path);
    assert.equal(byOrder.size, ORDERS);
    for (const [orderNumber, taken] of byOrder) {
      const versions = new Map<number, Set<string>>();
      let newest = 0;
      for (const { version, eventID } of taken) {
        // One that was seen already may come again; a new one is the next.
        assert.ok(version <= newest + 1, `${orderNumber}: ${version} came after ${newest}`);
        newest = Math.max(newest, version);
        versions.set(version, (versions.get(version) ?? new Set()).add(eventID));
      }
      assert.equal(newest, ROUNDS, `${path} ${orderNumber}`);
      assert.ok([...versions.values()].every(({ size }) => size === 1));
    }
  }
  const ids = receiver.arrivals.map(({ path, orderNumber, version, eventID }) => [
    `${path} ${orderNumber} ${version}`,
    eventID,
  ]);
  assert.equal(new Set(ids.map(([, eventID]) => eventID)).size, new Set(ids.map(([what]) => what)).size);
});
