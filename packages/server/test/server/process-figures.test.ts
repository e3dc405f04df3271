import assert from 'node:assert/strict';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Snapshot } from '../../src/metrics/exposition.ts';
import { ProcessFigures } from '../../src/server/process-figures.ts';

async function startWorkers(t: TestContext, count: number) {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  cluster.setupPrimary({ exec: fileURLToPath(new URL('./counting-process.ts', import.meta.url)), args: [] });
  const workers = Array.from({ length: count }, () => cluster.fork(env));
  t.after(() => {
    for (const worker of workers) worker.process.kill('SIGKILL');
  });
  await Promise.all(workers.map((worker) => once(worker, 'online')));
  const figures = new ProcessFigures(() => workers.map((worker) => worker.process));
  for (const worker of workers) figures.watch(worker.process);
  return { workers, figures };
}

/** How often the workers, those included that have ended, have told their figures. */
function told(snapshots: readonly Snapshot[]): number[] {
  const metrics = snapshots.flat() as { values: { value: number }[] }[];
  return metrics.flatMap(({ values }) => values.map(({ value }) => value)).sort();
}

test('figures asked for twice at once are collected once, and each worker is asked once', async (t) => {
  const { figures } = await startWorkers(t, 2);
  const [one, two] = await Promise.all([figures.collect(), figures.collect()]);
  assert.deepEqual(told(one), [1, 1]);
  assert.equal(one, two);
  assert.deepEqual(told(await figures.collect()), [2, 2]);
});

test('a worker that is stopped is asked once, and its figures of before are told', {
  skip: process.platform === 'win32',
}, async (t) => {
  const { workers, figures } = await startWorkers(t, 2);
  await figures.collect();
  const [stopped] = workers;
  assert.ok(stopped !== undefined);
  stopped.process.kill('SIGSTOP');
  for (const snapshots of await Promise.all([figures.collect(), figures.collect()])) {
    assert.deepEqual(told(snapshots), [1, 2]);
  }
  assert.deepEqual(told(await figures.collect()), [1, 3]);
  const answered = once(stopped, 'message');
  stopped.process.kill('SIGCONT');
  await answered;
  assert.deepEqual(told(await figures.collect()), [3, 4]);
});

test('a worker that dies while it is asked is not waited for, and what it has counted is kept', async (t) => {
  const { workers, figures } = await startWorkers(t, 2);
  await figures.collect();
  workers[0]?.process.kill('SIGKILL');
  await figures.collect();
  assert.deepEqual(told(await figures.collect()), [1, 3]);
});
