import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { test } from 'node:test';
import { letRequestsGoFirst } from '../../src/accounts/thread-pool.ts';

test('the threads that hash stand back behind the one that answers', {
  skip: process.platform !== 'linux',
}, async () => {
  const before = getPriority();
  await letRequestsGoFirst();
  const priorities = new Map<string, Set<number>>();
  for (const thread of readdirSync('/proc/self/task')) {
    const name = readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').trim();
    priorities.set(name, (priorities.get(name) ?? new Set()).add(getPriority(Number(thread))));
  }
  assert.deepEqual([...(priorities.get('libuv-worker') ?? [])], [10]);
  assert.equal(getPriority(), before);
});
