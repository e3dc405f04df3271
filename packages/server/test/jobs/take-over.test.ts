/**
 * Two nodes, as processes of their own, on one database: one after the other is killed, or stopped for longer than its
 * leases last. Every job runs all the while, and by what it writes at no moment twice. `FAULT_ROUNDS` says how often.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Change } from '../../src/orders/change.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute, holdWriteLock } from '../store/databases.ts';
import type { Refused } from './job-node.ts';

const NODE = fileURLToPath(new URL('job-node.ts', import.meta.url));
const JOBS = ['1', '2', '3'];
const GIVEN_ROUNDS = process.env['FAULT_ROUNDS'];
const ROUNDS = Number(GIVEN_ROUNDS ?? 4);
const PAGE = 1000;
const EXPIRE = `UPDATE "jobLease" SET expires = 1 WHERE holder = '?'`;

interface Node {
  readonly name: string;
  readonly process: ChildProcess;
  readonly refused: Refused[];
}

async function nodesOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(
    store.orders,
    JOBS.map((orderNumber) =>
      acmeOrder({
        orderNumber,
        orderStatus: 'Created',
        certificates: [acmeCertificate({ certificateID: orderNumber })],
      }),
    ),
  );
  let nodes = 0;
  const start = (): Node => {
    const name = `node${++nodes}`;
    const { NODE_TEST_CONTEXT: _, ...env } = process.env;
    const child = fork(NODE, [database, name, ...JOBS], {
      env,
      execArgv: ['--conditions=@cert-order-status/source'],
    });
    t.after(() => child.kill('SIGKILL'));
    const refused: Refused[] = [];
    child.on('message', (message) => refused.push(message as Refused));
    return { name, process: child, refused };
  };
  return { database, store, start };
}

/** The node whose write is the latest of a job. */
async function workerOf({ orders }: Store, job: string): Promise<string | undefined> {
  return (await orders.get(job))?.record.orderStatusReason?.split(' ')[0];
}

async function until(isSo: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + 40_000;
  while (!(await isSo())) {
    assert.ok(performance.now() < end, `it has not come to that: ${what}`);
    await pause(20);
  }
}

async function changesOf({ history }: Store, job: string): Promise<Change[]> {
  const changes: Change[] = [];
  for (let after = 1; ; after += PAGE) {
    const page = await history.ofOrder(job, { after, limit: PAGE });
    changes.push(...page.changes);
    if (!page.more) return changes;
  }
}

/** Checks that each run that begins ends, or that nothing more is written under its lease. */
function assertNeverTwice(changes: readonly Change[]): { readonly holdings: number } {
  const over = new Set<string>();
  let current = '';
  let latest = '';
  for (const change of changes) {
    const [difference] = change.kind === 'changed' ? change.differences : [];
    const [node, run, what] = String(difference?.after).split(' ');
    const holding = change.by.name;
    if (holding !== current) {
      over.add(current);
      assert.ok(!over.has(holding), `${holding} writes after ${current}`);
      current = holding;
    } else if (what === 'begins') assert.match(latest, / ends$/);
    if (what === 'ends') assert.equal(latest, `${node} ${run} begins`);
    latest = `${node} ${run} ${what}`;
  }
  return { holdings: over.size };
}

test('each job runs, and at no moment twice, while nodes are killed and stopped in turn', async (t) => {
  const { database, store, start } = await nodesOn(t);
  let nodes = [start(), start()];
  const work = (but: string) => async () => {
    const workers = await Promise.all(JOBS.map((job) => workerOf(store, job)));
    return workers.every((worker) => worker !== undefined && worker !== but);
  };
  await until(work(''), 'all jobs run');

  for (let round = 0; round < ROUNDS; round++) {
    const name = await workerOf(store, '1');
    const victim = nodes.find((node) => node.name === name) ?? assert.fail(`there is no ${name}`);
    if (round % 2 === 0) victim.process.kill('SIGKILL');
    else await stop(database, victim);
    // By day its leases are made to expire: so it takes itself for their holder, and has a reason to.
    if (GIVEN_ROUNDS === undefined) await execute(database, EXPIRE.replace('?', victim.name));
    if (round % 2 === 0) {
      nodes = [...nodes.filter((node) => node !== victim), start()];
      await until(work(victim.name), `the jobs of ${name} run elsewhere after its end`);
      continue;
    }
    await until(work(victim.name), `the jobs of ${name} run elsewhere while it is stopped`);
    victim.refused.length = 0;
    victim.process.kill('SIGCONT');
    // Each job goes on, in the middle of a run or at the start of the next.
    await until(() => JOBS.every((job) => victim.refused.some((each) => each.job === job)), 'writes refused');
  }

  for (const { process: child } of nodes) {
    const ended = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  }
  assert.deepEqual(await execute(database, 'SELECT name FROM "jobLease" WHERE expires > 0'), []);
  for (const job of JOBS) {
    const { holdings } = assertNeverTwice(await changesOf(store, job));
    assert.ok(holdings > ROUNDS);
  }
});

/**
 * Stops a node, on SQLite outside of its transactions: nothing else would be written until it goes on. On PostgreSQL
 * the server undoes them.
 */
async function stop(database: string, { process: child }: Node): Promise<void> {
  const letGo = await holdWriteLock(database);
  child.kill('SIGSTOP');
  await letGo();
}
