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
import type { Instruction, Report } from './job-node.ts';

const NODE = fileURLToPath(new URL('job-node.ts', import.meta.url));
const JOBS = ['1', '2', '3'];
/** The job whose node is killed or stopped; the others may run elsewhere. */
const FOLLOWED = '1';
const GIVEN_ROUNDS = process.env['FAULT_ROUNDS'];
const ROUNDS = Number(GIVEN_ROUNDS ?? 4);
const PAGE = 1000;
const GO_ON: Instruction = { job: FOLLOWED, do: 'go on' };
const EXPIRE = `UPDATE "jobLease" SET expires = 1 WHERE holder = '?'`;

interface Node {
  readonly name: string;
  readonly process: ChildProcess;
  /** Since it was last told to stay. */
  readonly reports: Report[];
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
    const reports: Report[] = [];
    child.on('message', (message) => reports.push(message as Report));
    return { name, process: child, reports };
  };
  return { database, store, start };
}

/** The node whose write is the latest of a job. */
async function workerOf({ orders }: Store, job: string): Promise<string | undefined> {
  return (await orders.get(job))?.record.orderStatusReason?.split(' ')[0];
}

async function until(isSo: () => Promise<boolean> | boolean, what: string): Promise<void> {
  const end = performance.now() + 60_000;
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
  const workers = () => Promise.all(JOBS.map((job) => workerOf(store, job)));
  const work = (but: string) => async () =>
    (await workers()).every((worker) => worker !== undefined && worker !== but);
  await until(work(''), 'all jobs run');

  const takeOvers = JOBS.map(() => 0);
  for (let round = 0; round < ROUNDS; round++) {
    const isKilled = round % 2 === 0;
    const staying = isKilled ? undefined : await stayingNode(nodes);
    const before = await workers();
    const name = staying ?? before[JOBS.indexOf(FOLLOWED)];
    const victim = nodes.find((node) => node.name === name) ?? assert.fail(`there is no ${name}`);
    if (isKilled) victim.process.kill('SIGKILL');
    else await stop(database, victim);
    // By day its leases are made to expire: so it takes itself for their holder, and has a reason to.
    if (GIVEN_ROUNDS === undefined) await execute(database, EXPIRE.replace('?', victim.name));
    if (isKilled) nodes = [...nodes.filter((node) => node !== victim), start()];
    await until(work(victim.name), `the jobs of ${name} run elsewhere, killed or stopped as it is`);
    for (const index of JOBS.keys())
      if (before[index] === name) takeOvers[index] = (takeOvers[index] ?? 0) + 1;
    if (!isKilled) await goOn(victim);
  }

  for (const { process: child } of nodes) {
    const ended = once(child, 'exit');
    child.disconnect();
    assert.deepEqual(await ended, [0, null]);
  }
  assert.deepEqual(await execute(database, 'SELECT name FROM "jobLease" WHERE expires > 0'), []);
  for (const [index, job] of JOBS.entries()) {
    const { holdings } = assertNeverTwice(await changesOf(store, job));
    assert.ok(holdings > (takeOvers[index] ?? 0), `${holdings} holdings of job ${job}`);
  }
});

/** The node that runs the followed job, which stays in the middle of a run from now on. */
async function stayingNode(nodes: readonly Node[]): Promise<string> {
  for (const { process: child, reports } of nodes) {
    reports.length = 0;
    child.send({ job: FOLLOWED, do: 'stay' } satisfies Instruction);
  }
  const isStaying = ({ reports }: Node) => reports.some(({ is }) => is === 'staying');
  await until(() => nodes.some(isStaying), 'a run stays in the middle');
  const staying = nodes.find(isStaying) ?? assert.fail();
  for (const node of nodes) if (node !== staying) node.process.send(GO_ON);
  staying.reports.length = 0;
  return staying.name;
}

/**
 * Lets a stopped node go on. The followed job does in the middle of a run, and so must be refused what it writes next.
 * The others go on wherever they were, which may be between two runs: the node may notice there that their leases are
 * lost, and they end without a write.
 */
async function goOn({ process: child, reports }: Node): Promise<void> {
  child.kill('SIGCONT');
  child.send(GO_ON);
  const ended = () => reports.some(({ job, is }) => job === FOLLOWED && is === 'ended');
  await until(ended, 'the followed job ends');
  const refused = reports.filter(({ job, is }) => job === FOLLOWED && is === 'refused');
  assert.deepEqual(refused, [{ job: FOLLOWED, is: 'refused', error: 'LeaseLost' }]);
}

/**
 * Stops a node, on SQLite outside of its transactions: nothing else would be written until it goes on. On PostgreSQL
 * the server undoes them.
 */
async function stop(database: string, { process: child }: Node): Promise<void> {
  const letGo = await holdWriteLock(database);
  child.kill('SIGSTOP');
  await letGo();
}
