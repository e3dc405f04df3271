/** The service while its PostgreSQL dies, freezes, comes back, or hands over to a standby. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { OrderRecord } from '@cert-order-status/protocol';
import { AccountTokenAdmin } from '../../src/accounts/account-token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { follow } from '../customer-api/following.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, type RunningService, sendRequest } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { execute } from './databases.ts';
import { copyCluster, makeCluster, type PostgresServer, startServer } from './postgres-server.ts';

const QUESTION = { ...ACME, orderNumber: '7250060', queryType: '1' };
const UNKNOWN_ERROR = 'errorCode=-14&errorMessage=An+unknown+error+occurred%21';
/**
 * What a question may take while the database is away: its time-out of two seconds, on a machine that has much else to
 * do. Far less than the minute of other requests, and than connections that are silent last.
 */
const QUICK = 30_000;

/** A folder that PostgreSQL can reach into. */
function clusterFolder(t: TestContext): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  return folder;
}

async function newServer(t: TestContext): Promise<PostgresServer> {
  const cluster = join(clusterFolder(t), 'cluster');
  await makeCluster(cluster);
  return startServer(cluster);
}

async function runOn(t: TestContext, database: string) {
  return runManagedService(t, { database, orders: [acmeOrder()], settings: { probePort: 0 } });
}

async function ask(service: RunningService): Promise<string> {
  return (await service.ask(QUESTION)).body;
}

async function readiness({ probePort = 0 }: RunningService): Promise<number> {
  const request = {
    scheme: 'http',
    method: 'GET',
    path: '/readyz',
    headers: {},
    body: '',
    port: probePort,
  } as const;
  return (await sendRequest(request)).status;
}

async function untilAnswered(service: RunningService): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await ask(service)).startsWith('errorCode=0')) {
    assert.ok(performance.now() < end, 'it has not recovered');
    await pause(50);
  }
}

test('a database that dies: -14 at once, not ready; back again, it is answered from without a restart', async (t) => {
  const server = await newServer(t);
  const service = await runOn(t, server.url());
  assert.match(await ask(service), /^errorCode=0&/);
  assert.equal(await readiness(service), 200);

  await server.stop('SIGKILL');
  const asked = performance.now();
  const answers = await Promise.all(Array.from({ length: 50 }, () => ask(service)));
  assert.ok(performance.now() - asked < QUICK);
  assert.deepEqual(new Set(answers), new Set([UNKNOWN_ERROR]));
  assert.equal(await readiness(service), 503);
  const refused = await service.manage('PATCH /v1/orders/7250060', { body: { orderStatus: 'Cancelled' } });
  assert.deepEqual(
    [refused.status, refused.json.type],
    [503, 'urn:problem-type:cert-order-status:database-unavailable'],
  );
  assert.ok(!/horse/.test(service.logText()));

  const again = await startServer(server.folder, { port: server.port });
  t.after(() => again.stop());
  await untilAnswered(service);
  assert.equal(await readiness(service), 200);
  // No more connections than the service has pools for: those who waited did not all come at once.
  const [row] = await execute(
    again.url(),
    `SELECT count(*)::integer AS n FROM pg_stat_activity
    WHERE application_name = 'cert-order-status'`,
  );
  assert.ok(Number(row?.['n']) <= 20, `${row?.['n']} connections`);
});

/** Passes connections on, until it is frozen: those that are there then never hear anything again. */
async function freezer(t: TestContext, port: number) {
  const sockets = new Set<Socket>();
  const server = createServer((from) => {
    const to = connect(port, '127.0.0.1');
    from.pipe(to).pipe(from);
    for (const socket of [from, to]) {
      socket.on('error', () => {});
      sockets.add(socket);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}

test('connections that go silent: -14 within the time-out, and new ones take their place', async (t) => {
  const server = await newServer(t);
  t.after(() => server.stop());
  const link = await freezer(t, server.port);
  const service = await runOn(t, `postgres://postgres@127.0.0.1:${link.port}/postgres`);
  // Enough to have used every connection that questions go to.
  for (const answer of await Promise.all([1, 2, 3, 4].map(() => ask(service)))) {
    assert.match(answer, /^errorCode=0&/);
  }
  link.freeze();
  const asked = performance.now();
  const answers = await Promise.all([1, 2, 3, 4].map(() => ask(service)));
  assert.deepEqual(new Set(answers), new Set([UNKNOWN_ERROR]));
  assert.ok(performance.now() - asked < QUICK);
  await untilAnswered(service);
});

test('readiness while the connections are silent: 503 in time, and one look at the database for all who ask', async (t) => {
  const server = await newServer(t);
  t.after(() => server.stop());
  const link = await freezer(t, server.port);
  const service = await runOn(t, `postgres://postgres@127.0.0.1:${link.port}/postgres`);
  assert.equal(await readiness(service), 200);
  link.freeze();
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => readiness(service))), [503, 503, 503]);
  assert.equal(service.log.filter(({ msg }) => msg === 'the database does not answer').length, 1);
  while ((await readiness(service)) === 503) await pause(50);
});

function order(number: number): OrderRecord {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates });
}

// One round in every run of the tests, and many at night.
for (let round = 1; round <= Number(process.env['FAULT_ROUNDS'] ?? 1); round++)
  test('a primary that is killed under load hands over to its standby: nothing acknowledged is lost', async (t) => {
    const folder = clusterFolder(t);
    const primaryFolder = join(folder, 'primary');
    const standbyFolder = join(folder, 'standby');
    await makeCluster(primaryFolder);
    copyCluster(primaryFolder, standbyFolder);
    const synchronous = { synchronous_standby_names: '*', synchronous_commit: 'on', wal_level: 'replica' };
    const primary = await startServer(primaryFolder, { settings: { ...synchronous, hot_standby: 'on' } });
    writeFileSync(join(standbyFolder, 'standby.signal'), '');
    const standby = await startServer(standbyFolder, {
      settings: { primary_conninfo: `host=127.0.0.1 port=${primary.port} user=postgres` },
    });
    t.after(() => standby.stop());
    const service = await runOn(
      t,
      `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres`,
    );

    const store = await openStore(`${primary.url()}`, 'write');
    const { token } = await new AccountTokenAdmin(store).create(ACME.loginName, {
      name: 'follower',
      expiresAtMs: undefined,
    });
    await store.close();
    const acknowledged: string[] = [];
    let next = 1;
    let isOver = false;
    const followed = new Set<string>();
    const following = follow({
      port: () => service.port,
      authorization: `Bearer ${token}`,
      isEnough: (changes) => {
        for (const { orderNumber } of changes.slice(followed.size)) followed.add(orderNumber);
        return isOver && acknowledged.every((orderNumber) => followed.has(orderNumber));
      },
    });
    const writer = async () => {
      while (!isOver) {
        const record = order(next++);
        const answer = await service.manage(`PUT /v1/orders/${record.orderNumber}`, { body: record });
        if (answer.status === 201) acknowledged.push(record.orderNumber);
        else await pause(20);
      }
    };
    const until = async (count: number) => {
      const end = performance.now() + 60_000;
      while (acknowledged.length < count) {
        assert.ok(performance.now() < end, `only ${acknowledged.length} were acknowledged`);
        await pause(10);
      }
    };
    const writers = [writer(), writer(), writer()];
    await until(50);
    await primary.stop('SIGKILL');
    await execute(standby.url(), 'SELECT pg_promote()');
    const before = acknowledged.length;
    await until(before + 50);
    isOver = true;
    await Promise.all(writers);

    await untilAnswered(service);
    // Each change came once.
    const { changes } = await following;
    assert.equal(changes.length, followed.size);
    const after = await openStore(standby.url(), 'read');
    const { orders } = await after.orders.survey({
      loginNames: [],
      orderNumbers: acknowledged,
      certificateIDs: [],
    });
    await after.close();
    assert.deepEqual([...orders.keys()].toSorted(), acknowledged.toSorted());
  });
