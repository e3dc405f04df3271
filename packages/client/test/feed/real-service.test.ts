/** The client against the feed of the real service. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchOrder } from '../../../server/src/orders/change-request.ts';
import { openStore } from '../../../server/src/store/open-store.ts';
import { newAccountToken, runCustomerService } from '../../../server/test/customer-api/customer-service.ts';
import { fillDatabase, TESTER } from '../../../server/test/fill-database.ts';
import { ACME } from '../../../server/test/running-service.ts';
import { acmeCertificate, acmeOrder } from '../../../server/test/sample-orders.ts';
import { httpsFetch } from '../../src/https-fetch.ts';
import {
  FeedError,
  type NoticesState,
  type OrderChange,
  OrderStatusClient,
  type OrderStatusClientOptions,
  UnknownCursorError,
  type WatchFailure,
} from '../../src/index.ts';

function order(number: number) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates });
}

test('The change feed of the real service', async (t) => {
  const loginName = 'other:1';
  let service = await runCustomerService(t, { accounts: [loginName] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const trusting = httpsFetch({ insecure: true });
  let requests = 0;
  let onWait = () => {};
  /** Resolves when a request that waits is sent. */
  const nextWait = () =>
    new Promise<void>((resolve) => {
      onWait = resolve;
    });
  const client = (options: Partial<OrderStatusClientOptions> = {}) =>
    new OrderStatusClient({
      baseUrl: `https://127.0.0.1:${service.port}`,
      ...ACME,
      retry: { firstPauseMs: 1 },
      fetch: (...request) => {
        requests++;
        if (String(request[0]).includes('wait=')) onWait();
        const [input, init] = request;
        const url = new URL(String(input));
        // Where the service is by now.
        url.port = String(service.port);
        return trusting(url, init);
      },
      ...options,
    });
  const patch = (number: number, certificate: Record<string, unknown>) =>
    store.orders.change(
      [patchOrder(String(number), { certificates: new Map([[String(number), certificate]]) })],
      TESTER,
    );
  const next = async (changes: AsyncIterator<OrderChange>): Promise<OrderChange> => {
    const { value, done } = await changes.next();
    assert.ok(!done);
    return value;
  };

  await t.test('is followed from the first change on, and from any other', async () => {
    await fillDatabase(store.orders, [order(1), order(2)]);
    for (const options of [{}, { token: service.token, loginName: undefined, loginPassword: undefined }]) {
      const changes = client(options).changes();
      const [first, second] = [await next(changes), await next(changes)];
      assert.deepEqual([first.orderNumber, second.orderNumber], ['1', '2']);
      assert.ok(first.kind === 'created');
      assert.deepEqual(first.order, order(1));
      await changes.return?.();
      const rest = client(options).changes({ after: first.cursor });
      assert.deepEqual(await next(rest), second);
      await rest.return?.();
    }
  });

  await t.test('a change is yielded while the request waits', async () => {
    const changes = client().changes({ after: 'latest' });
    const waits = nextWait();
    const change = next(changes);
    await waits;
    await patch(1, { dcvStatus: 'completed' });
    const { cursor: _, at: __, version: ___, ...seen } = await change;
    assert.deepEqual(seen, {
      orderNumber: '1',
      kind: 'changed',
      differences: [{ certificate: 1, certificateID: '1', field: 'dcvStatus', after: 'completed' }],
    });
    await changes.return?.();
  });

  await t.test('leaving the loop and aborting end it while it waits', async () => {
    const reason = new Error('enough');
    const abort = new AbortController();
    const waiting = client().changes({ after: 'latest', signal: abort.signal }).next();
    abort.abort(reason);
    await assert.rejects(waiting, reason);
    const left = client().changes({ after: 'latest' });
    const pending = left.next();
    await left.return?.();
    assert.deepEqual(await pending, { done: true, value: undefined });
  });

  await t.test('credentials that are refused, and those that Basic cannot carry, are errors', async () => {
    await assert.rejects(
      client({ loginPassword: 'wrong' }).changes().next(),
      (error) => error instanceof FeedError && error.status === 401 && error.type === 'unauthorized',
    );
    await assert.rejects(client({ token: 'cos_none' }).latestCursor(), /the token is unknown or revoked/);
    await assert.rejects(client({ loginName }).latestCursor(), /^RangeError: loginName: contains ':'.*token/);
    const token = await newAccountToken(service.database, loginName, 'colon');
    assert.match(await client({ loginName, token }).latestCursor(), /_/);
    for (const after of ['', 'a b', '?', 'x'.repeat(257)]) {
      assert.throws(() => client().changes({ after }), /^RangeError: after: is not a cursor/);
    }
    await assert.rejects(client().changes({ after: 'abc' }).next(), /after/);
    for (const bad of ['', 'a b', 'a\n']) {
      assert.throws(() => client({ token: bad }), /^RangeError: token: is no API token/);
    }
  });

  await t.test(
    'a newer request with the same token takes the place of the older, which says so',
    async () => {
      const failed = Promise.withResolvers<WatchFailure>();
      const stop = new AbortController();
      const { token } = service;
      const options = { after: 'latest', signal: stop.signal };
      const olderWaits = nextWait();
      const older = client({ token })
        .changes({ ...options, onFailure: failed.resolve })
        .next();
      await olderWaits;
      const newer = client({ token }).changes(options).next();
      const { error, nextInMs } = await failed.promise;
      assert.ok(
        error instanceof FeedError && error.type === 'wait-replaced' && error.retryAfterMs === 30_000,
      );
      assert.ok(nextInMs >= 30_000);
      stop.abort();
      await Promise.allSettled([older, newer]);
    },
  );

  await t.test(
    'any number of watches share one connection, and read a status only after a change',
    async (t) => {
      const shared = client();
      const states: NoticesState[] = [];
      const notices = shared.changeNotices({ onState: (state) => states.push(state) });
      t.after(() => notices.close());
      const watches = [1, 2].map((number) => shared.watch({ orderNumber: number }, { notices }));
      const certificate = shared.watch({ certificateID: '2' }, { notices });
      for (const watch of [...watches, certificate]) assert.deepEqual((await watch.next()).value.changes, []);
      const before = requests;
      const updates = [watches[1], certificate].map((watch) => watch?.next());
      const quiet = watches[0]?.next();
      await patch(2, { dcvStatus: 'completed' });
      for (const update of await Promise.all(updates)) {
        assert.deepEqual(update?.value.changes.map(String), [
          'certificates[0].dcvStatus: in-progress → completed',
        ]);
      }
      // The two that are asked for, and the feed's next.
      assert.ok(requests - before <= 4, String(requests - before));
      assert.deepEqual(states, [{ isFollowing: true }]);
      for (const watch of [...watches, certificate]) await watch.return?.();
      await quiet;
    },
  );

  await t.test('a cursor of an earlier epoch is an error; watches go on and read anew', async (t) => {
    const after = await client().latestCursor();
    const shared = client();
    const states: NoticesState[] = [];
    const notices = shared.changeNotices({ onState: (state) => states.push(state) });
    t.after(() => notices.close());
    const watch = shared.watch({ orderNumber: 1 }, { notices });
    await watch.next();
    const update = watch.next();
    await store.history.renewEpoch();
    await assert.rejects(client().changes({ after }).next(), UnknownCursorError);
    await patch(1, { caaStatus: 'completed' });
    assert.equal((await update).value.changes.length, 1);
    assert.equal(states[0]?.isFollowing, true);
    await watch.return?.();
  });

  await t.test('a restart of the service loses nothing and repeats nothing', async (t) => {
    const shared = client();
    const notices = shared.changeNotices();
    t.after(() => notices.close());
    const watch = shared.watch({ orderNumber: 2 }, { notices });
    await watch.next();
    const update = watch.next();
    const changes = shared.changes({ after: 'latest' });
    const waits = nextWait();
    const first = next(changes);
    await waits;
    await service.stop();
    await patch(2, { caaStatus: 'completed' });
    await patch(2, { dcvStatus: 'in-progress' });
    await patch(2, { dcvStatus: 'completed' });
    service = await runCustomerService(t, { database: service.database, token: service.token });
    const seen = [await first, await next(changes), await next(changes)];
    const version = seen[0]?.version ?? 0;
    assert.deepEqual(
      seen.map((change) => [change.version, change.kind === 'changed' && change.differences[0]?.field]),
      [
        [version, 'caaStatus'],
        [version + 1, 'dcvStatus'],
        [version + 2, 'dcvStatus'],
      ],
    );
    assert.deepEqual((await update).value.changes.map(String), [
      'certificates[0].caaStatus: not-completed → completed',
    ]);
    await Promise.all([changes.return?.(), watch.return?.()]);
  });
});
