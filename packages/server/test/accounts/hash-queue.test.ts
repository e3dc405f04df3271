import assert from 'node:assert/strict';
import { test } from 'node:test';
import { HashQueue, HashQueueFull } from '../../src/accounts/hash-queue.ts';

/** Hashes that end when they are told to. */
function controlled(queue: HashQueue) {
  const started: string[] = [];
  const finishers = new Map<string, () => void>();
  return {
    started,
    run: (caller: string, name: string) =>
      queue.run(caller, () => {
        started.push(name);
        return new Promise<string>((resolve) => finishers.set(name, () => resolve(name)));
      }),
    async finish(name: string) {
      finishers.get(name)?.();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

test('no more hashes run at once than there is room for, and callers take turns', async () => {
  const { run, started, finish } = controlled(new HashQueue({ concurrency: 1 }));
  const all = [
    run('flood', 'f1'),
    run('flood', 'f2'),
    run('flood', 'f3'),
    run('flood', 'f4'),
    run('guest', 'g1'),
  ];
  assert.deepEqual(started, ['f1']);
  await finish('f1');
  await finish('f2');
  assert.deepEqual(started, ['f1', 'f2', 'g1']);
  for (const name of ['g1', 'f3', 'f4']) await finish(name);
  assert.deepEqual(await Promise.all(all), ['f1', 'f2', 'f3', 'f4', 'g1']);
});

test('one caller has at most four waiting; others still get in line', async () => {
  const { run, finish } = controlled(new HashQueue({ concurrency: 1 }));
  const names = ['f1', 'f2', 'f3', 'f4', 'f5'];
  const all = names.map((name) => run('flood', name));
  await assert.rejects(run('flood', 'f6'), HashQueueFull);
  all.push(run('guest', 'g1'));
  for (const name of ['f1', 'f2', 'g1', 'f3', 'f4', 'f5']) await finish(name);
  assert.equal((await Promise.all(all)).length, 6);
});

test('whoever waits too long is turned away, and takes nobody else along', async () => {
  const { run, started, finish } = controlled(new HashQueue({ concurrency: 1, longestWaitMs: 20 }));
  const first = run('a', 'a1');
  await assert.rejects(run('b', 'b1'), { name: 'HashQueueFull', retryAfterSeconds: 2 });
  await finish('a1');
  assert.equal(await first, 'a1');
  const next = run('b', 'b2');
  assert.deepEqual(started, ['a1', 'b2']);
  await finish('b2');
  assert.equal(await next, 'b2');
});

test('a hash that fails gives its place back', async () => {
  const queue = new HashQueue({ concurrency: 1 });
  const failing = queue.run('a', () => Promise.reject(new Error('no memory')));
  const waiting = queue.run('b', async () => 'fine');
  await assert.rejects(failing, /no memory/);
  assert.equal(await waiting, 'fine');
  assert.equal(await queue.run('a', async () => 'again'), 'again');
});
