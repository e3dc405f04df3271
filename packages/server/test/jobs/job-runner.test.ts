import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import pino from 'pino';
import type { Job, JobTurn } from '../../src/jobs/job.ts';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { openStore } from '../../src/store/open-store.ts';
import { emptyDatabase, execute } from '../store/databases.ts';

/** A job that works until it has to end, and what it says. */
function endlessJob(name: string) {
  const turns: JobTurn[] = [];
  let working = 0;
  const job: Job = {
    name,
    intervalMs: 1,
    async run(turn) {
      turns.push(turn);
      working++;
      await new Promise((resolve) => turn.signal.addEventListener('abort', resolve, { once: true }));
      working--;
    },
  };
  return { job, turns, working: () => working };
}

async function nodesOn(t: TestContext) {
  const database = await emptyDatabase(t);
  const log: Record<string, unknown>[] = [];
  const failures: string[] = [];
  let nodes = 0;
  const logger = pino({ base: null }, { write: (line: string) => log.push(JSON.parse(line)) });
  const node = async (jobs: readonly Job[]) => {
    const store = await openStore(database, 'write');
    t.after(() => store.close());
    const runner = new JobRunner(jobs, store.jobLeases, `node ${++nodes}`, logger, (job) =>
      failures.push(job),
    );
    runner.start();
    t.after(() => runner.stop());
    return runner;
  };
  return { database, node, log, failures };
}

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isSo()) {
    assert.ok(performance.now() < end, 'it has not come to that');
    await pause(5);
  }
}

test('of two nodes one works; when it stops, its job ends and the other node works', async (t) => {
  const { node } = await nodesOn(t);
  const [first, second] = [endlessJob('a'), endlessJob('a')];
  const one = await node([first.job]);
  await until(() => first.working() === 1);
  const other = await node([second.job]);
  assert.deepEqual(
    one.figures().map(({ job, isHeld }) => [job, isHeld]),
    [['a', true]],
  );
  await one.stop();
  assert.equal(first.working(), 0);
  assert.equal(first.turns[0]?.isHeld(), false);
  assert.deepEqual(one.figures(), [{ job: 'a', isHeld: false, lagSeconds: 0 }]);
  await until(() => second.working() === 1);
  assert.ok((other.figures()[0]?.lagSeconds ?? 0) > 0);
});

test('a job whose lease another process has taken ends at the next renewal', async (t) => {
  const { database, node } = await nodesOn(t);
  const { job, working } = endlessJob('a');
  await node([job]);
  await until(() => working() === 1);
  await execute(database, `UPDATE "jobLease" SET holder = 'another'`);
  await until(() => working() === 0);
});

test('a job whose write is refused, as its lease is lost, has not failed, and runs again under the next generation', async (t) => {
  const { database, node, failures } = await nodesOn(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  const generations: number[] = [];
  const job: Job = {
    name: 'a',
    intervalMs: 1,
    async run({ lease }) {
      if (generations.at(-1) === lease.generation) return;
      generations.push(lease.generation);
      if (generations.length === 1) await execute(database, 'UPDATE "jobLease" SET expires = 1');
      await store.orders.change([], { kind: 'service', name: 'a' }, { lease });
    },
  };
  await node([job]);
  await until(() => generations.length === 2);
  assert.deepEqual(generations, [1, 2]);
  assert.deepEqual(failures, []);
});

test('a process that takes the place of one of the same name has its leases at once, under the next generation', async (t) => {
  const { database, node } = await nodesOn(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.jobLeases.hold(['a'], 'node 1', 3_600_000);
  const { job, turns } = endlessJob('a');
  await node([job]);
  await until(() => turns.length === 1);
  assert.equal(turns[0]?.lease.generation, 2);
});

test('jobs run side by side up to a number, and others get their turn', async (t) => {
  const { node } = await nodesOn(t);
  const jobs = Array.from({ length: 6 }, (_, index) => endlessJob(`job ${index}`));
  const runner = await node(jobs.map(({ job }) => job));
  const working = () => jobs.reduce((sum, each) => sum + each.working(), 0);
  await until(() => working() === 4);
  await pause(20);
  assert.equal(working(), 4);
  await runner.stop();
  assert.equal(working(), 0);
});

test('a job that throws is logged, counted and tried again, and is behind meanwhile', async (t) => {
  const { node, log, failures } = await nodesOn(t);
  let runs = 0;
  const job: Job = {
    name: 'failing',
    intervalMs: 1,
    async run() {
      if (++runs === 1) throw new Error('a defect');
    },
  };
  const runner = await node([job]);
  await until(() => failures.length === 1);
  assert.ok((runner.figures()[0]?.lagSeconds ?? 0) > 0);
  const line = log.find(({ msg }) => msg === 'the job failed; it is tried again');
  assert.equal(line?.['job'], 'failing');
  await until(() => runs > 2);
  assert.deepEqual(failures, ['failing']);
  assert.equal(runner.figures()[0]?.isHeld, true);
});
