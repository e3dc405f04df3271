import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, type TestContext, test } from 'node:test';
import {
  type OrderStatusError,
  PermissionDeniedError,
  type ReceivedOrderStatus,
  type StatusUpdate,
  TransportError,
  UnknownServiceError,
  type WatchOptions,
} from '../src/index.ts';
import { answer, ISSUED, PENDING, page, scriptedService, TRY_LATER, type Turn } from './scripted-service.ts';
import { virtualTime } from './virtual-time.ts';

const QUERY = { orderNumber: '7250060' };
const HOUR = 3_600_000;
const MINUTE = 60_000;

/** A watch of a scripted service, with the number of its questions and a way to wait for the next outcome. */
async function watching(t: TestContext, turns: readonly Turn[], options: WatchOptions = {}) {
  const service = await scriptedService(t, turns);
  let questions = 0;
  const waiting: (() => void)[] = [];
  let outcomes = 0;
  const happened = () => {
    outcomes++;
    waiting.shift()?.();
  };
  const client = service.client({
    retry: { attempts: 1 },
    fetch: (...request) => {
      questions++;
      return fetch(...request);
    },
  });
  const until = options.until ?? (() => false);
  const failures: { error: OrderStatusError; nextInMs: number }[] = [];
  const watch = client.watch(QUERY, {
    ...options,
    until: (status: ReceivedOrderStatus) => {
      happened();
      return until(status);
    },
    onFailure: (failure) => {
      failures.push(failure);
      happened();
    },
  });
  return {
    watch,
    failures,
    questions: () => questions,
    /** Resolves when so many questions have been answered or have failed. */
    async outcomes(count: number) {
      while (outcomes < count) await new Promise<void>((resolve) => waiting.push(resolve));
    },
  };
}

async function collect(watch: AsyncIterable<StatusUpdate>): Promise<StatusUpdate[]> {
  return Array.fromAsync(watch);
}

describe('A watch', () => {
  test('yields the first status, and then only changes, each with what changed; it ends when settled', async (t) => {
    const service = await scriptedService(t, [PENDING, PENDING, PENDING, ISSUED, PENDING]);
    const updates = await collect(service.client().watch(QUERY, { intervalMs: 1 }));
    assert.deepEqual(
      updates.map(({ status, settled, success }) => [status.orders[0]?.orderStatus, settled, success]),
      [
        ['Pending', false, false],
        ['Completed', true, true],
      ],
    );
    assert.deepEqual(updates[0]?.changes, []);
    assert.deepEqual(updates[1]?.changes.map(String), [
      'orderStatus: Pending → Completed',
      'certificates[0].serialNumber: (none) → 0A',
      'certificates[0].certificateStatus: Awaiting Validation → Issued',
      'certificates[0].dcvStatus: in-progress → completed',
    ]);
    assert.equal(service.received.length, 4);
  });

  test('of an order that is settled already yields it and ends', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    assert.equal((await collect(service.client().watch(QUERY))).length, 1);
    assert.equal(service.received.length, 1);
  });

  test('asks on while words are unknown', async (t) => {
    const onHold = answer('errorCode=0&1_orderStatus=On+Hold&1_1_certificateStatus=Issued');
    const service = await scriptedService(t, [onHold, onHold, ISSUED]);
    assert.equal((await collect(service.client().watch(QUERY, { intervalMs: 1 }))).length, 2);
    assert.equal(service.received.length, 3);
  });

  test('ends where `until` says so', async (t) => {
    const service = await scriptedService(t, [PENDING, ISSUED]);
    const isAsked = ({ orders }: ReceivedOrderStatus) =>
      orders[0]?.certificates[0]?.dcvStatus === 'in-progress';
    assert.equal((await collect(service.client().watch(QUERY, { until: isAsked }))).length, 1);
  });

  test('that is not to end goes on when settled', async (t) => {
    const service = await scriptedService(t, [ISSUED, PENDING, ISSUED]);
    let updates = 0;
    for await (const _ of service.client().watch(QUERY, { until: () => false, intervalMs: 1 })) {
      if (++updates === 3) break;
    }
    assert.equal(service.received.length, 3);
  });

  test('waits minutes after -42, and as long as Retry-After says', async (t) => {
    for (const [headers, least, most] of [
      [{}, 150_000, 300_000],
      [{ 'Retry-After': '7200' }, 7_200_000, 7_200_000],
    ] as const) {
      const service = await scriptedService(t, [answer('errorCode=-42', headers)]);
      const stop = new AbortController();
      const pauses: number[] = [];
      const updates = service.client({ retry: { attempts: 1 } }).watch(QUERY, {
        intervalMs: 1,
        signal: stop.signal,
        onFailure: ({ nextInMs: nextIn }) => {
          pauses.push(nextIn);
          stop.abort();
        },
      });
      await assert.rejects(collect(updates), { name: 'AbortError' });
      assert.equal(pauses.length, 1);
      assert.ok(pauses.every((pause) => pause >= least && pause <= most));
    }
  });

  test('survives failures that may pass, and tells of them', async (t) => {
    const service = await scriptedService(t, [PENDING, TRY_LATER, page(502), ISSUED]);
    const failures: string[] = [];
    const updates = await collect(
      service.client({ retry: { attempts: 1 } }).watch(QUERY, {
        intervalMs: 1,
        onFailure: ({ error, nextInMs: nextIn }) => {
          assert.ok(nextIn <= 1);
          failures.push(error.name);
        },
      }),
    );
    assert.deepEqual(failures, ['UnknownServiceError', 'TransportError']);
    assert.equal(updates.length, 2);
  });

  test('ends with a failure that lasts', async (t) => {
    const denied = answer('errorCode=-16&errorMessage=Permission+denied%21');
    const service = await scriptedService(t, [PENDING, denied]);
    await assert.rejects(collect(service.client().watch(QUERY, { intervalMs: 1 })), PermissionDeniedError);
    assert.equal(service.received.length, 2);
  });

  test('refuses a query that is none before it begins', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    assert.throws(() => service.client().watch({ orderNumber: 'x' }), RangeError);
  });
});

describe('A watch that is left asks no more', () => {
  test('by break', async (t) => {
    const time = virtualTime(t);
    const { watch, questions } = await watching(t, [PENDING]);
    for await (const _ of watch) break;
    await time.pass(24 * HOUR);
    assert.equal(questions(), 1);
    assert.deepEqual(await watch.next(), { done: true, value: undefined });
  });

  test('by return() during a pause, which ends the pending next()', async (t) => {
    const time = virtualTime(t);
    const { watch, questions, outcomes } = await watching(t, [PENDING]);
    await watch.next();
    const pending = watch.next();
    await outcomes(1);
    assert.deepEqual(await watch.return?.(), { done: true, value: undefined });
    assert.deepEqual(await pending, { done: true, value: undefined });
    await time.pass(24 * HOUR);
    assert.equal(questions(), 1);
  });

  test('by return() during a question', async (t) => {
    const { watch } = await watching(t, [() => {}]);
    const pending = watch.next();
    await watch.return?.();
    assert.deepEqual(await pending, { done: true, value: undefined });
  });

  for (const when of ['pause', 'question'] as const) {
    test(`by its signal, during a ${when}; the loop ends with the signal's reason`, async (t) => {
      const abort = new AbortController();
      const turns: Turn[] = when === 'pause' ? [PENDING] : [PENDING, () => abort.abort(new Error('enough'))];
      const { watch } = await watching(t, turns, {
        signal: abort.signal,
        intervalMs: when === 'pause' ? HOUR : 1,
      });
      await watch.next();
      const pending = watch.next();
      if (when === 'pause') setImmediate(() => abort.abort(new Error('enough')));
      await assert.rejects(pending, /enough/);
      assert.deepEqual(getEventListeners(abort.signal, 'abort'), []);
      assert.deepEqual(await watch.next(), { done: true, value: undefined });
    });
  }
});

describe('Over a day of virtual time', () => {
  test('a watch asks every three hours, and not once more', async (t) => {
    const time = virtualTime(t);
    const { watch, questions, outcomes } = await watching(t, [PENDING]);
    await watch.next();
    const pending = watch.next();
    for (let asked = 1; asked <= 8; asked++) {
      await outcomes(asked);
      await time.pass(3 * HOUR - 1);
      assert.equal(questions(), asked);
      await time.pass(1);
      assert.equal(questions(), asked + 1);
    }
    await outcomes(9);
    assert.equal(time.now(), 24 * HOUR);
    await watch.return?.();
    await pending;
    await time.pass(24 * HOUR);
    assert.equal(questions(), 9);
  });

  test('or at the interval that it is given', async (t) => {
    const time = virtualTime(t);
    const { watch, questions, outcomes } = await watching(t, [PENDING], { intervalMs: 10 * MINUTE });
    await watch.next();
    const pending = watch.next();
    for (let asked = 1; time.now() < 24 * HOUR; asked++) {
      await outcomes(asked);
      await time.pass(10 * MINUTE);
    }
    assert.equal(questions(), 1 + 24 * 6);
    await watch.return?.();
    await pending;
  });

  test('after failures sooner: within one minute, two, four, … and never later than the interval', async (t) => {
    const time = virtualTime(t);
    t.mock.method(Math, 'random', () => 0.5);
    const { watch, questions, outcomes, failures } = await watching(t, [TRY_LATER]);
    const pending = watch.next();
    const pauses: number[] = [];
    for (let asked = 1; asked <= 12; asked++) {
      await outcomes(asked);
      const { error, nextInMs: nextIn } = failures.at(-1) ?? assert.fail('it did not fail');
      assert.ok(error instanceof UnknownServiceError);
      pauses.push(nextIn / MINUTE);
      await time.pass(nextIn - 1);
      assert.equal(questions(), asked);
      await time.pass(1);
      assert.equal(questions(), asked + 1);
    }
    assert.deepEqual(pauses, [0.5, 1, 2, 4, 8, 16, 32, 64, 90, 90, 90, 90]);
    await watch.return?.();
    await pending;
  });

  test('no sooner than the service asks for', async (t) => {
    const time = virtualTime(t);
    const { watch, questions, outcomes, failures } = await watching(t, [
      page(503, { 'Retry-After': String(12 * 3600) }),
      ISSUED,
    ]);
    const pending = watch.next();
    await outcomes(1);
    assert.ok(failures[0]?.error instanceof TransportError);
    await time.pass(12 * HOUR - 1);
    assert.equal(questions(), 1);
    await time.pass(1);
    assert.equal((await pending).value?.success, true);
    assert.equal(questions(), 2);
  });
});
