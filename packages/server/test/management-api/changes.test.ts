import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { isNight } from '../../../protocol/test/runs.ts';
import { openStore } from '../../src/store/open-store.ts';
import { startCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

function order(number: number, changes = {}) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

/** So many changes are made one by one, three times as many in batches, and eight times as many by imports. */
const SHARE = isNight ? 500 : 200;

interface Seen {
  readonly cursor: string;
  readonly orderNumber: string;
  readonly version: number;
}

/** Follows the changes from a cursor until so many have come. */
async function follow(service: ManagedService, from: string, count: number): Promise<Seen[]> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const seen: Seen[] = [];
  for (let cursor = from; seen.length < count; ) {
    const { json, status } = await service.manage(`GET /v1/changes?after=${cursor}&wait=30&limit=137`, {
      token: service.tokens.read,
      agent,
    });
    assert.equal(status, 200);
    seen.push(...json.changes);
    cursor = json.cursor;
  }
  agent.destroy();
  return seen;
}

test('who follows the changes while several processes write misses nothing and sees nothing twice', async (t) => {
  const service = await runManagedService(t);
  const folder = temporaryFolder(t);
  const following = follow(service, '0', 12 * SHARE);

  // Two imports, each a process of its own; the second round of each changes what the first has made.
  const imports = [1, 2].map(async (writer) => {
    for (const orderDateTime of ['2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z']) {
      const file = join(folder, `${writer}.ndjson`);
      const lines = Array.from({ length: 2 * SHARE }, (_, index) =>
        order(writer * 10_000 + index, { orderDateTime }),
      );
      writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
      const { code, stderr } = await startCommand(['import', file, '--database', service.database]).ended;
      assert.equal(code, 0, stderr);
    }
  });
  // And the management API: batches, and one change at a time.
  const batches = async () => {
    for (let batch = 0; batch < 3 * (SHARE / 100); batch++) {
      const lines = Array.from({ length: 100 }, (_, index) =>
        JSON.stringify(order(50_000 + batch * 100 + index)),
      );
      const body = lines.join('\n');
      await service.manage('POST /v1/orders:batch', { body, type: 'application/x-ndjson' });
    }
  };
  const single = async () => {
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    await service.manage('PUT /v1/orders/9', { body: order(9), agent });
    for (let version = 2; version <= SHARE; version++) {
      const dcvStatus = version % 2 === 0 ? 'completed' : 'in-progress';
      await service.manage('PATCH /v1/orders/9/certificates/9', { body: { dcvStatus }, agent });
    }
    agent.destroy();
  };
  await Promise.all([...imports, batches(), single()]);

  const seen = await following;
  assert.equal(seen.length, 12 * SHARE);
  assert.equal(new Set(seen.map(({ cursor }) => cursor)).size, 12 * SHARE);
  const versions = new Map<string, number>();
  for (const { orderNumber, version } of seen) {
    assert.equal(version, (versions.get(orderNumber) ?? 0) + 1, `order ${orderNumber}`);
    versions.set(orderNumber, version);
  }
  assert.equal(versions.size, 7 * SHARE + 1);
  // Beginning anywhere gives the same.
  const middle = 6 * SHARE;
  assert.deepEqual(await follow(service, seen[middle - 1]?.cursor ?? '', middle), seen.slice(middle));
  const { json } = await service.manage('GET /v1/changes?after=latest');
  assert.deepEqual(json, { changes: [], cursor: seen.at(-1)?.cursor });
});

test('a wait ends with the change, whichever process makes it', async (t) => {
  const service = await runManagedService(t, { orders: [order(1)] });
  const other = await openStore(service.database, 'write');
  t.after(() => other.close());
  const wait = () => service.manage('GET /v1/changes?after=latest&wait=55');
  const makers = [
    () => service.manage('PATCH /v1/orders/1/certificates/1', { body: { dcvStatus: 'completed' } }),
    () => fillDatabase(other.orders, [order(1)]),
  ];
  for (const make of makers) {
    const waiting = Promise.all([wait(), wait(), wait()]);
    // The waits have begun when another request has been answered after them.
    await service.manage('GET /v1/orders/1');
    await make();
    for (const { json } of await waiting) {
      assert.equal(json.changes.length, 1);
      assert.equal(json.changes[0].orderNumber, '1');
    }
  }
});

test('a wait without a change ends with its time, and with the service', async (t) => {
  const service = await runManagedService(t, { orders: [order(1)] });
  const { json } = await service.manage('GET /v1/changes?after=1&wait=1');
  // Cursors of earlier versions were numbers alone; they count as those of the first epoch.
  assert.deepEqual(json.changes, []);
  assert.match(json.cursor, /^[0-9a-f]{12}_1$/);
  const waiting = service.manage('GET /v1/changes?after=1&wait=55');
  await service.manage('GET /v1/orders/1');
  await service.stop();
  assert.deepEqual((await waiting).json, json);
});

test('a cursor that the database has never given is not waited for', async (t) => {
  const service = await runManagedService(t, { orders: [order(1)] });
  const { status, json } = await service.manage('GET /v1/changes?after=7&wait=30');
  assert.equal(status, 410);
  assert.equal(json.type, 'urn:problem-type:cert-order-status:unknown-cursor');
});

test('when the epoch is renewed, cursors of before are answered with 410, also to who waits, and the start is not', async (t) => {
  const service = await runManagedService(t, { orders: [order(1)] });
  const { cursor } = (await service.manage('GET /v1/changes?after=latest')).json;
  const statusAfter = async (after: string) =>
    (await service.manage(`GET /v1/changes?after=${after}`)).status;
  assert.deepEqual([await statusAfter(cursor), await statusAfter('1')], [200, 200]);
  const [epoch] = cursor.split('_');
  const run = async (verb: string) =>
    (await startCommand(['epoch', verb, '--database', service.database]).ended).stdout;
  assert.equal(await run('show'), `${epoch}\n`);

  const waiting = service.manage(`GET /v1/changes?after=${cursor}&wait=30`);
  await service.manage('GET /v1/orders/1');
  const [, renewed = ''] = /^the epoch is ([0-9a-f]{12}) from now on/.exec(await run('renew')) ?? [];
  assert.equal((await waiting).status, 410);
  assert.deepEqual(
    [await statusAfter(cursor), await statusAfter('1'), await statusAfter('0')],
    [410, 410, 200],
  );
  const all = (await service.manage('GET /v1/changes?after=0')).json;
  assert.equal(all.cursor, `${renewed}_1`);
  assert.equal(all.changes[0].cursor, all.cursor);
  assert.equal(await statusAfter(all.cursor), 200);
});
