import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueue } from '../../src/accounts/fair-queue.ts';

/** A queue whose turns are noted in their order. */
function noted(longestWaitMs = 60_000) {
  let turnedAway = 0;
  const queue = new FairQueue<string, string>(longestWaitMs, () => turnedAway++);
  const all: Promise<string | undefined>[] = [];
  return {
    queue,
    wait(name: string, address: string, failures = 0) {
      const turn = queue.wait(name, address, failures);
      all.push(turn);
      return turn;
    },
    turnedAway: () => turnedAway,
    /** The names of those that have the next so many turns. */
    async turns(count: number) {
      const names: string[] = [];
      for (let turn = 0; turn < count; turn++) {
        queue.give((name) => {
          names.push(name);
          return name;
        }, 1);
      }
      return names;
    },
    /** Lets everything go, so that no timer is left. */
    async end() {
      queue.give((name) => name, Number.POSITIVE_INFINITY);
      await Promise.all(all);
    },
  };
}

test('networks take turns: many /64 blocks of one /48 wait behind one another, not others behind them', async () => {
  const { wait, turns, end } = noted();
  for (let block = 0; block < 100; block++) void wait(`flood ${block}`, `2001:db8:1:${block}::1`);
  void wait('guest', '2001:db8:2::1');
  void wait('other guest', '192.0.2.1');
  assert.deepEqual(await turns(4), ['flood 0', 'guest', 'other guest', 'flood 1']);
  await end();
});

test('an address that has failed waits longer, the more often it has; but not for ever', async () => {
  const { wait, turns, end } = noted();
  void wait('failed twice', '192.0.2.1', 2);
  void wait('failed once', '198.51.100.1', 1);
  void wait('new', '203.0.113.1');
  assert.deepEqual(await turns(2), ['new', 'failed once']);
  // Others who are new come and come.
  const order: string[] = [];
  for (let more = 0; more < 6; more++) {
    void wait('newer', `10.0.${more}.1`);
    order.push(...(await turns(1)));
  }
  assert.equal(order.filter((name) => name === 'failed twice').length, 1);
  await end();
});

test('one address has four waiting; and of a thousand the last gives way to one that goes before it', async () => {
  const { queue, wait, turnedAway, end } = noted();
  for (let count = 0; count < 4; count++) void wait('same', '192.0.2.1');
  assert.equal(await wait('same', '192.0.2.1'), undefined);
  for (let count = 4; count < 1000; count++) void wait('guesser', `10.${count >> 8}.${count & 255}.1`, 3);
  assert.equal(queue.size, 1000);
  assert.equal(await wait('one more that guesses', '172.16.0.1', 3), undefined);
  assert.equal(turnedAway(), 2);
  void wait('new', '203.0.113.1');
  assert.equal(queue.size, 1000);
  assert.equal(turnedAway(), 3);
  await end();
});

test('what there is no turn for now does not hold up what comes after it', async () => {
  const { queue, wait, end } = noted();
  void wait('not now', '192.0.2.1');
  const ready = wait('ready', '192.0.2.2');
  assert.equal(
    queue.give((name) => (name === 'ready' ? name : undefined), 5),
    1,
  );
  assert.equal(await ready, 'ready');
  assert.equal(queue.size, 1);
  await end();
});
