import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Agent } from 'node:https';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { residentBytes } from '../processes.ts';
import { ACME, STATUS_PATH, sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { emptyDatabase } from '../store/databases.ts';
import { prepareDatabase, serveIn } from './limited-process.ts';

const SECONDS = Number(process.env['SOAK_SECONDS'] ?? 3);
const INTERVAL = 10;
/** How much more memory there may be in the end than after the first third, in bytes, however long it is. */
const MOST_GROWTH = 64 * 2 ** 20;

test('a steady load: no leak of memory, descriptors or connections', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const database = await emptyDatabase(t);
  const token = await prepareDatabase(database);
  const service = await serveIn(t, database, token);
  await service.manage('PUT', '/v1/orders/7250060', acmeOrder());
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  t.after(() => agent.destroy());
  const resources = () => ({
    descriptors: readdirSync(`/proc/${service.pid}/fd`).length,
    memory: residentBytes(service.pid),
  });

  let asked = 0;
  let early: ReturnType<typeof resources> | undefined;
  const began = performance.now();
  const seconds = () => (performance.now() - began) / 1000;
  while (seconds() < SECONDS) {
    asked++;
    // Some on a connection that is kept, some on a new one; some wrong; and now and then a change.
    const form = new URLSearchParams({
      ...ACME,
      orderNumber: asked % 7 === 0 ? '1' : '7250060',
      queryType: '1',
    });
    const { body } = await sendRequest({
      scheme: 'https',
      port: service.port,
      method: 'POST',
      path: STATUS_PATH,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form.toString(),
      ...(asked % 3 > 0 && { agent }),
    });
    assert.match(body, asked % 7 === 0 ? /^errorCode=-4&/ : /^errorCode=0&/);
    if (asked % 10 === 0) {
      const path = '/v1/orders/7250060/certificates/5550001';
      const { status } = await service.manage('PATCH', path, { FQDN: `host-${asked}.example.com` });
      assert.equal(status, 200);
    }
    if (early === undefined && seconds() > SECONDS / 3) early = resources();
    await pause(INTERVAL);
  }
  agent.destroy();
  await pause(500);
  const late = resources();
  t.diagnostic(`${asked} questions in ${SECONDS} s: ${JSON.stringify(early)} ${JSON.stringify(late)}`);
  assert.ok(early !== undefined);
  assert.ok(late.descriptors <= early.descriptors, `${late.descriptors} descriptors`);
  assert.ok(late.memory - early.memory < MOST_GROWTH, `${late.memory - early.memory} bytes more`);
});
