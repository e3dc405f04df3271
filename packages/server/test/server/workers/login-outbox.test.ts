import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CachedCredential } from '../../../src/accounts/credential-cache.ts';
import { LoginOutbox, sendInMessages } from '../../../src/server/workers/login-outbox.ts';

function login(index: number): CachedCredential {
  const account = { accountID: index, credentialVersion: 1, allowedAddresses: [] };
  return { fingerprint: `fingerprint ${index}`, ...account, addresses: [], verifiedAtMs: 0 };
}

/** Logins on their way to a process that takes messages only when it is told to. */
function outbox(most?: number) {
  const messages: number[][] = [];
  const taken: (() => void)[] = [];
  let full = 0;
  const send = (logins: readonly CachedCredential[]) => {
    messages.push(logins.map(({ accountID }) => accountID));
    return new Promise<void>((resolve) => taken.push(resolve));
  };
  const box = new LoginOutbox(send, () => full++, most);
  return {
    box,
    messages,
    /** How many were dropped. */
    full: () => full,
    async takeAll(): Promise<void> {
      let isOver = false;
      const over = box.flush().then(() => {
        isOver = true;
      });
      while (!isOver) {
        for (const take of taken.splice(0)) take();
        await new Promise(setImmediate);
      }
      await over;
    },
  };
}

test('while the process takes nothing one message is under way, and the others wait up to a limit', async () => {
  const { box, messages, full, takeAll } = outbox(3);
  box.add(login(0));
  const flushed = box.flush();
  for (const index of [1, 2, 3, 4, 5, 1, 2]) box.add(login(index));
  assert.deepEqual(messages, [[0]]);
  assert.equal(full(), 2);
  await takeAll();
  await flushed;
  assert.deepEqual(messages, [[0], [1, 2, 3]]);
  box.add(login(6));
  await takeAll();
  assert.deepEqual(messages.at(-1), [6]);
  assert.equal(full(), 2);
});

test('many go in messages of a hundred, and come without being asked for', async () => {
  const sent: number[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  let count = 0;
  const box = new LoginOutbox(
    async (logins) => {
      sent.push(logins.length);
      count += logins.length;
      if (count === 251) resolve();
    },
    () => assert.fail('none is to be dropped'),
  );
  for (let index = 0; index < 250; index++) box.add(login(index));
  // The timer does not keep a process running.
  const running = setInterval(() => {}, 1000);
  setTimeout(() => box.add(login(250)), 30);
  await promise;
  clearInterval(running);
  assert.ok(Math.max(...sent) <= 100);
});

test('between two messages other work is done', async () => {
  const order: string[] = [];
  setImmediate(() => order.push('other work'));
  await sendInMessages(
    Array.from({ length: 150 }, (_, index) => login(index)),
    async (logins) => void order.push(`message of ${logins.length}`),
  );
  assert.deepEqual(order, ['message of 100', 'other work', 'message of 50']);
});
