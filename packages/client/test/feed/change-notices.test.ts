/** Watches that learn of changes from the feed, while it is there; the real service is in real-service.test.ts. */

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { FeedError, FeedNotOfferedError, type NoticesState, TransportError } from '../../src/index.ts';
import {
  FEED_CHALLENGE,
  feedPage,
  ISSUED,
  json,
  PENDING,
  page,
  SILENCE,
  scriptedService,
  TRUSTED,
  type Turn,
} from '../scripted-service.ts';
import { virtualTime } from '../virtual-time.ts';

const QUERY = { orderNumber: '7250060' };
const LATEST = feedPage('a');
const DAY = 86_400_000;
const GONE = json(410, { type: 'urn:x:unknown-cursor', detail: 'gone' }, 'application/problem+json');
const REFUSED = json(401, { type: 'urn:x:unauthorized', detail: 'no' }, 'application/problem+json');

/** A watch with notices, to its end. */
async function watched(t: TestContext, turns: readonly Turn[], feedTurns: readonly Turn[], intervalMs = DAY) {
  const service = await scriptedService(t, turns, TRUSTED, feedTurns);
  const client = service.client();
  const states: NoticesState[] = [];
  const notices = client.changeNotices({ onState: (state) => states.push(state) });
  t.after(() => notices.close());
  const updates = await Array.fromAsync(client.watch(QUERY, { notices, intervalMs }));
  return {
    updates: updates.length,
    states,
    statuses: service.received.length,
    feed: service.feedRequests.map(({ path, headers: { authorization } }) =>
      authorization === undefined ? 'asked' : new URL(path, service.baseUrl).searchParams.get('after'),
    ),
  };
}

describe('A watch with notices', () => {
  test('reads the status at the start and after a change of its order, and of no other', async (t) => {
    const feedTurns = [FEED_CHALLENGE, LATEST, feedPage('b', '1'), feedPage('c', '2', '7250060'), SILENCE];
    const seen = await watched(t, [PENDING, ISSUED], feedTurns);
    assert.deepEqual([seen.updates, seen.statuses], [2, 2]);
    assert.deepEqual(seen.feed.slice(0, 4), ['asked', 'latest', 'a', 'b']);
    assert.deepEqual(seen.states, [{ isFollowing: true }]);
  });

  test('polls where the service offers no feed, which is asked once', async (t) => {
    const seen = await watched(t, [PENDING, PENDING, ISSUED], [page(404)], 1);
    assert.deepEqual([seen.updates, seen.statuses, seen.feed], [2, 3, ['asked']]);
    assert.equal(seen.states.length, 1);
    assert.ok(seen.states[0]?.error instanceof FeedNotOfferedError);
    assert.equal(seen.states[0].nextInMs, undefined);
  });

  test('polls for good when the credentials are refused: they would count as failed logins', async (t) => {
    const seen = await watched(t, [PENDING, PENDING, ISSUED], [FEED_CHALLENGE, REFUSED], 1);
    assert.deepEqual([seen.updates, seen.statuses, seen.feed], [2, 3, ['asked', 'latest']]);
    assert.ok(seen.states[0]?.error instanceof FeedError);
    assert.equal(seen.states[0].nextInMs, undefined);
  });

  test('polls while the feed fails, and learns of what has changed when it is back', async (t) => {
    // It is tried again at once, and asked without waiting.
    const feedTurns = [FEED_CHALLENGE, LATEST, page(502), page(503), feedPage('b', '7250060'), SILENCE];
    const seen = await watched(t, [PENDING, ISSUED], feedTurns);
    assert.deepEqual([seen.updates, seen.statuses], [2, 2]);
    assert.deepEqual(seen.feed.slice(0, 5), ['asked', 'latest', 'a', 'a', 'a']);
    assert.deepEqual(
      seen.states.map(({ isFollowing }) => isFollowing),
      [true, false, true],
    );
    assert.ok(seen.states[1]?.error instanceof TransportError);
    assert.equal(typeof seen.states[1].nextInMs, 'number');
  });

  test('returns to a feed that went away, asking without credentials again', async (t) => {
    const html = page(200);
    const feedTurns = [FEED_CHALLENGE, LATEST, html, html, FEED_CHALLENGE, feedPage('b', '7250060'), SILENCE];
    const seen = await watched(t, [PENDING, ISSUED], feedTurns);
    assert.deepEqual(seen.feed.slice(0, 6), ['asked', 'latest', 'a', 'asked', 'asked', 'a']);
    assert.deepEqual([seen.updates, seen.statuses], [2, 2]);
  });

  test('reads anew when the cursor is not known any more', async (t) => {
    const seen = await watched(t, [PENDING, ISSUED], [FEED_CHALLENGE, LATEST, GONE, feedPage('z'), SILENCE]);
    assert.deepEqual([seen.updates, seen.statuses], [2, 2]);
    assert.deepEqual(seen.feed.slice(0, 4), ['asked', 'latest', 'a', 'latest']);
  });

  test('polls once the notices are closed', async (t) => {
    const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, [FEED_CHALLENGE, LATEST, SILENCE]);
    const client = service.client();
    const notices = client.changeNotices();
    const watch = client.watch(QUERY, { notices, intervalMs: 1 });
    await watch.next();
    const update = watch.next();
    notices.close();
    assert.equal((await update).value.settled, true);
  });

  test('ends at once when it is left or aborted, also before the service has responded', async (t) => {
    for (const feedTurns of [[SILENCE], [FEED_CHALLENGE, LATEST, SILENCE]]) {
      const service = await scriptedService(t, [PENDING], TRUSTED, feedTurns);
      const client = service.client();
      const notices = client.changeNotices();
      t.after(() => notices.close());
      const abort = new AbortController();
      const aborted = client.watch(QUERY, { notices, signal: abort.signal });
      const left = client.watch(QUERY, { notices });
      if (feedTurns.length > 1) await Promise.all([aborted.next(), left.next()]);
      const rejected = assert.rejects(aborted.next(), /enough/);
      abort.abort(new Error('enough'));
      await rejected;
      await left.return?.();
    }
  });
});

test('a service that does not wait is asked once a second', async (t) => {
  const service = await scriptedService(t, [ISSUED], TRUSTED, [FEED_CHALLENGE, LATEST]);
  const time = virtualTime(t);
  const changes = service.client().changes({ after: 'latest' });
  const ended = changes.next();
  const requests = async (count: number) => {
    while (service.feedRequests.length < count) await new Promise(setImmediate);
  };
  await requests(3);
  // What has just been sent gets its response.
  for (let turn = 0; turn < 100; turn++) await new Promise(setImmediate);
  assert.equal(service.feedRequests.length, 3);
  await time.pass(1000);
  await requests(4);
  await changes.return?.();
  await ended;
});

test('a burst of changes is read a few at a time', async (t) => {
  const numbers = Array.from({ length: 20 }, (_, index) => String(index + 1));
  const asked = new Set<string>();
  let open = 0;
  let most = 0;
  const turn: Turn = async (response, _request, body) => {
    const orderNumber = new URLSearchParams(body).get('orderNumber') ?? '';
    const status = asked.has(orderNumber) ? 'Completed' : 'Pending';
    asked.add(orderNumber);
    most = Math.max(most, ++open);
    await new Promise(setImmediate);
    open--;
    response.writeHead(200, { 'Content-Type': 'application/x-www-form-urlencoded' });
    response.end(`errorCode=0&1_orderNumber=${orderNumber}&1_orderStatus=${status}`);
  };
  let change = () => {};
  const later: Turn = (...all) => {
    change = () => feedPage('b', ...numbers)(...all);
  };
  const service = await scriptedService(t, [turn], TRUSTED, [FEED_CHALLENGE, LATEST, later, SILENCE]);
  const client = service.client();
  const notices = client.changeNotices();
  t.after(() => notices.close());
  const watches = numbers.map((orderNumber) => client.watch({ orderNumber }, { notices }));
  await Promise.all(watches.map((watch) => watch.next()));
  const updates = watches.map((watch) => watch.next());
  while (service.feedRequests.length < 3) await new Promise(setImmediate);
  change();
  for (const update of await Promise.all(updates)) assert.equal(update.value.settled, true);
  assert.ok(most <= 4, String(most));
  assert.equal(service.received.length, 40);
});
