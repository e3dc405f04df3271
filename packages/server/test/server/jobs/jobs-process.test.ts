/** `serve` with its jobs process, as processes of their own. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../../../src/store/open-store.ts';
import { commandFixture, logOf, printed, startCommand } from '../../command.ts';
import { fillDatabase } from '../../fill-database.ts';
import { childrenOf } from '../../processes.ts';
import { sendRequest } from '../../running-service.ts';
import { acmeCertificate, acmeOrder } from '../../sample-orders.ts';
import { execute, isPostgres } from '../../store/databases.ts';
import { testPairOptions } from '../../test-pair.ts';

const PAIR = await testPairOptions();
const RUNS = 'the job runs in this process';

/** A database, and nodes that serve it. */
async function nodesOn(t: TestContext) {
  const { database } = await commandFixture(t);
  const store = await openStore(database[1], 'write');
  t.after(() => store.close());
  let orders = 0;
  /** Adds an order with a certificate whose validity is over. Returns what waits until it has expired. */
  const addOverdue = async () => {
    const orderNumber = String(++orders);
    const certificate = acmeCertificate({
      certificateID: orderNumber,
      certificateStatus: 'Issued',
      serialNumber: '0A',
      dcvStatus: 'completed',
      caaStatus: 'completed',
      notAfter: '2020-01-31T23:59:59Z',
    });
    await fillDatabase(store.orders, [
      acmeOrder({ orderNumber, orderStatus: 'Completed', certificates: [certificate] }),
    ]);
    return async () => {
      await until(async () => (await store.orders.get(orderNumber))?.version === 2);
      const { changes } = await store.history.ofOrder(orderNumber, { limit: 10 });
      assert.deepEqual(changes[1]?.by, { kind: 'service', name: 'expiry' });
    };
  };
  return {
    database,
    store,
    addOverdue,
    serve: (options?: readonly string[]) => serve(t, database, options),
  };
}

async function serve(t: TestContext, database: readonly string[], options: readonly string[] = []) {
  const ports = ['--host', '127.0.0.1', '--port', '0', '--probe-port', '0'];
  const started = startCommand([
    'serve',
    ...database,
    ...ports,
    ...PAIR,
    '--workers',
    '1',
    '--no-pages',
    ...options,
  ]);
  t.after(async () => {
    started.process.kill('SIGKILL');
    await started.ended;
  });
  const log = logOf(started);
  await printed(started, '"listening"');
  const { probePort: port } = log().find(({ msg }) => msg === 'listening') ?? assert.fail('no such line');
  return {
    process: started.process,
    ended: started.ended,
    log,
    /** The processes that have run the job, in their order. */
    runners: (): number[] =>
      log().flatMap(({ msg, job, jobs }) => (msg === RUNS && job === 'expiry' ? [jobs] : [])),
    async get(path: string) {
      const request = { scheme: 'http', port, method: 'GET', path, headers: {}, body: '' } as const;
      return sendRequest(request);
    },
  };
}

const READ_SCHEMA = isPostgres ? 'SELECT "schemaVersion" FROM "orderBook"' : 'PRAGMA user_version';

function writeSchema(version: number): string {
  return isPostgres
    ? `UPDATE "orderBook" SET "schemaVersion" = ${version}`
    : `PRAGMA user_version = ${version}`;
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 60_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, 'it has not come to that');
    await pause(20);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** The sockets that a process listens on, as Linux counts them. */
function listeningSockets(pid: number): string[] {
  const listening = readFileSync(`/proc/${pid}/net/tcp`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .flatMap(([, , , state, , , , , , inode]) => (state === '0A' ? [`socket:[${inode}]`] : []));
  const open = readdirSync(`/proc/${pid}/fd`).flatMap((descriptor) => {
    try {
      return [readlinkSync(`/proc/${pid}/fd/${descriptor}`)];
    } catch {
      return [];
    }
  });
  return open.filter((target) => listening.includes(target));
}

const died = (times: number) =>
  new RegExp(`^cert_order_status_processes_died_total\\{process="jobs"\\} ${times}$`, 'm');

test('a jobs process that dies is replaced, its figures are collected, and it ends with the primary process', async (t) => {
  const { store, addOverdue, serve } = await nodesOn(t);
  const expired = await addOverdue();
  const node = await serve();
  await expired();
  await until(() => node.runners().length === 1);
  const [first = 0] = node.runners();
  assert.notEqual(first, node.process.pid);
  if (process.platform === 'linux') assert.deepEqual(listeningSockets(first), []);

  const expiredLater = await addOverdue();
  process.kill(first, 'SIGKILL');
  await until(() => node.log().some(({ msg, jobs }) => /^the jobs process died/.test(msg) && jobs === first));
  assert.equal((await node.get('/readyz')).status, 200);
  await expiredLater();
  await until(() => node.runners().length === 2);
  const second = node.runners().at(-1) ?? 0;
  assert.notEqual(second, first);
  const metrics = (await node.get('/metrics')).body;
  assert.match(metrics, /^cert_order_status_job_running\{name="expiry"\} 1$/m);
  assert.match(metrics, /^cert_order_status_job_lag_seconds\{name="expiry"\} /m);
  assert.match(metrics, /^cert_order_status_job_failures_total\{name="expiry"\} 0$/m);

  // Renewed like the workers.
  node.process.kill('SIGHUP');
  await until(() => node.runners().length === 3);
  assert.ok(!isAlive(second));
  assert.equal(node.log().filter(({ msg }) => /^the jobs process died/.test(msg)).length, 1);

  const third = node.runners().at(-1) ?? 0;
  process.kill(third, 'SIGSTOP');
  assert.equal((await node.get('/readyz')).status, 200);
  assert.match((await node.get('/metrics')).body, died(1));
  process.kill(third, 'SIGCONT');
  node.process.kill('SIGKILL');
  await until(() => !isAlive(third));
  assert.deepEqual([...(await store.jobLeases.hold(['expiry'], 'the test', 1000)).keys()], ['expiry']);
});

test('a jobs process that cannot start is tried again and again, which shows, and the service does without', async (t) => {
  const { database, addOverdue, serve } = await nodesOn(t);
  const node = await serve();
  await until(() => node.runners().length === 1);
  const [version] = await execute(database[1], READ_SCHEMA);
  await execute(database[1], writeSchema(99));
  process.kill(node.runners()[0] ?? 0, 'SIGKILL');
  const failures = () => node.log().filter(({ msg }) => msg === 'the jobs process could not start');
  await until(() => failures().length === 2);
  assert.match(failures()[0].reason, /newer than this program/);
  assert.equal((await node.get('/readyz')).status, 200);
  await until(async () => died(3).test((await node.get('/metrics')).body));
  await execute(database[1], writeSchema(Number(Object.values(version ?? {})[0])));
  const expired = await addOverdue();
  await expired();
});

test('a node that is stopped for longer than its lease lasts leaves its jobs to the other, and goes on without them', async (t) => {
  const { database, store, addOverdue, serve } = await nodesOn(t);
  const one = await serve();
  await until(() => one.runners().length === 1);
  const other = await serve();
  const [jobs = 0] = one.runners();
  process.kill(jobs, 'SIGSTOP');
  await execute(database[1], 'UPDATE "jobLease" SET expires = 1');
  const expired = await addOverdue();
  await until(() => other.runners().length === 1);
  await expired();
  process.kill(jobs, 'SIGCONT');
  await until(() => one.log().some(({ msg }) => msg === 'the job no longer runs in this process'));
  assert.equal((await store.history.after('0', 100)).length, 2);
  assert.ok(isAlive(jobs));
});

test('of two nodes one works; the other takes over when that node is stopped, and when it is killed', async (t) => {
  const { database, store, addOverdue, serve } = await nodesOn(t);
  const one = await serve();
  await until(() => one.runners().length === 1);
  const other = await serve();
  await until(async () => (await other.get('/metrics')).body.includes('job_running{name="expiry"} 0'));

  const expired = await addOverdue();
  one.process.kill('SIGTERM');
  assert.equal((await one.ended).code, 0);
  await until(() => other.runners().length === 1);
  await expired();
  const third = await serve();
  await until(async () => (await third.get('/metrics')).body.includes('job_running{name="expiry"} 0'));

  // All processes of the node at once, as a power cut would.
  const expiredLater = await addOverdue();
  const [jobs = 0] = other.runners();
  process.kill(jobs, 'SIGSTOP');
  other.process.kill('SIGKILL');
  process.kill(jobs, 'SIGKILL');
  await expiredLater();
  await until(() => third.runners().length === 1);
  assert.equal((await store.history.after('0', 100)).length, 4);

  third.process.kill('SIGTERM');
  await third.ended;
  assert.deepEqual(await execute(database[1], 'SELECT * FROM "jobLease" WHERE expires > 0'), []);
});

test('without any job, no certificate expires, and no jobs process is started', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { serve } = await nodesOn(t);
  const node = await serve(['--no-expiry', '--no-upstreams', '--webhook-rate', '0']);
  assert.equal(childrenOf(node.process.pid ?? 0).length, 1);
  assert.ok(!(await node.get('/metrics')).body.includes('job_running'));
});
