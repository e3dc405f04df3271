import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UPSTREAMS_LIMIT } from '../../src/upstreams/upstream.ts';
import { execute } from '../store/databases.ts';
import { ACME_CA, upstreamDatabase } from './upstream-database.ts';

const MINUTE_MS = 60_000;

/** As it is stored. */
const PASSWORD = { purpose: 'upstream', owner: 'u1', secretID: 's1', keyID: 'k1', ciphertext: 'c1' } as const;

test('an upstream is added, found, listed, changed, paused and removed', async (t) => {
  const { upstreams, clock, followedOrders, follow, lease } = await upstreamDatabase(t);
  const whole = {
    baseUrl: 'https://reseller.example/api',
    loginName: 'größe',
    roots: '-----BEGIN CERTIFICATE-----',
    account: 'acme-hosting',
    intervalSeconds: 3600,
    lastStepsIntervalSeconds: 600,
    requestsPerMinute: 100,
    quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
  };
  assert.equal(await upstreams.add({ ...whole, upstreamID: 'u2', name: 'Another' }), 'added');
  const { problem, lastRequest, lastSuccess, notBefore, ...another } = (await upstreams.get('Another')) ?? {};
  assert.deepEqual(
    [problem, lastRequest, lastSuccess, notBefore],
    [undefined, undefined, undefined, undefined],
  );
  assert.deepEqual(another, {
    ...whole,
    upstreamID: 'u2',
    name: 'Another',
    state: 'active',
    created: '2026-01-01T00:00:00.000Z',
    asksValidityPeriod: true,
  });
  assert.deepEqual(
    (await upstreams.list()).map(({ name }) => name),
    ['Another', 'ca'],
  );
  assert.equal(await upstreams.get('another'), undefined);

  assert.equal(await upstreams.add({ ...ACME_CA, upstreamID: 'u3', name: 'ca' }), 'name is taken');
  const foreign = { ...ACME_CA, account: 'missing' };
  assert.equal(await upstreams.add({ ...foreign, upstreamID: 'u3', name: 'c' }), 'no such account');
  assert.equal(await upstreams.change('u2', foreign), 'not found');
  assert.equal(await upstreams.change('u3', ACME_CA), 'not found');

  // Another base URL may be of a service that knows the parameter.
  await follow([1]);
  await followedOrders.claim('u1', lease);
  await followedOrders.record('u1', '1', { kind: 'no validity period' }, lease);
  assert.equal((await upstreams.get('ca'))?.asksValidityPeriod, false);
  assert.equal(await upstreams.change('u1', { ...ACME_CA, loginName: 'second' }, PASSWORD), 'changed');
  assert.equal((await upstreams.get('ca'))?.asksValidityPeriod, false);
  assert.equal(
    await upstreams.change('u1', { ...ACME_CA, baseUrl: 'https://ca2.example' }, PASSWORD),
    'changed',
  );
  const changed = await upstreams.get('ca');
  assert.deepEqual([changed?.asksValidityPeriod, changed?.baseUrl], [true, 'https://ca2.example']);

  assert.equal(await upstreams.setState('u2', 'paused'), true);
  assert.equal((await upstreams.get('Another'))?.state, 'paused');
  assert.equal(await upstreams.setState('u3', 'paused'), false);

  clock.nowMs += MINUTE_MS;
  assert.equal(await upstreams.remove('u1'), true);
  assert.equal(await upstreams.remove('u1'), false);
  assert.equal(await upstreams.get('ca'), undefined);
  assert.equal(await followedOrders.get('1'), undefined);
});

test('a change, a pause and a resumption forget a problem and its backoff', async (t) => {
  const { upstreams, clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t);
  await follow([1, 2, 3, 4]);
  for (const forget of [
    () => upstreams.change('u1', ACME_CA),
    () => upstreams.setState('u1', 'active'),
    () => upstreams.setState('u1', 'paused'),
  ]) {
    await upstreams.setState('u1', 'active');
    clock.nowMs += MINUTE_MS;
    const since = new Date(clock.nowMs).toISOString();
    const failure = {
      kind: 'failed',
      problem: 'login-refused',
      message: 'the login is not accepted',
      nextRequestInMs: 0,
      backoffMs: 15 * MINUTE_MS,
    } as const;
    await followedOrders.record('u1', String(await claim()), failure, lease);
    clock.nowMs += 1000;
    await followedOrders.record('u1', '4', failure, lease);
    const failing = await upstreams.get('ca');
    assert.deepEqual(failing?.problem, {
      kind: 'login-refused',
      message: 'the login is not accepted',
      since,
      failures: 2,
    });
    assert.equal(failing.notBefore, new Date(clock.nowMs + 15 * MINUTE_MS).toISOString());
    assert.equal(await claim(), MINUTE_MS);
    assert.ok(await forget());
    const after = await upstreams.get('ca');
    assert.deepEqual([after?.problem, after?.notBefore], [undefined, undefined]);
  }
});

test('there are a hundred upstreams at most', async (t) => {
  const { upstreams, database } = await upstreamDatabase(t);
  const columns = `name, "baseUrl", "loginName", "intervalSeconds", "requestsPerMinute", state, created`;
  const values = Array.from(
    { length: UPSTREAMS_LIMIT - 2 },
    (_, index) => `('x${index}', 'x${index}', 'https://x', 'x', 60, 1, 'active', 0)`,
  );
  await execute(database, `INSERT INTO upstream ("upstreamID", ${columns}) VALUES ${values.join(', ')}`);
  const add = (name: string) => upstreams.add({ ...ACME_CA, upstreamID: name, name });
  assert.deepEqual([await add('last'), await add('over')], ['added', 'too many']);
  assert.equal((await upstreams.list()).length, UPSTREAMS_LIMIT);
});

test('an upstream is removed with thousands of followed orders, and others stay', async (t) => {
  const { upstreams, followedOrders, follow } = await upstreamDatabase(t);
  await upstreams.add({ ...ACME_CA, upstreamID: 'u2', name: 'second' });
  await follow(Array.from({ length: 2500 }, (_, index) => index + 1));
  await follow([9000], 'u2');
  assert.equal((await upstreams.figures('u1')).followed, 2500);
  assert.equal(await upstreams.remove('u1'), true);
  assert.equal((await upstreams.figures('u1')).followed, 0);
  assert.equal((await followedOrders.followedAt(['1', '2500'])).size, 0);
  assert.equal((await followedOrders.get('9000'))?.upstream, 'second');
  assert.deepEqual(await follow([1]), { followed: 0, refused: [] });
});

test('the figures count what is followed, due and failing, how late it is, and what the budget allows', async (t) => {
  const { upstreams, clock, followedOrders, follow, claim, lease } = await upstreamDatabase(t, {
    requestsPerMinute: 1,
    intervalSeconds: 600,
  });
  await follow(Array.from({ length: 20 }, (_, index) => index + 1));
  const answered = {
    kind: 'answered',
    step: 0,
    nextRequestInMs: 600_000,
    isObserved: true,
    notes: [],
  } as const;
  for (const outcome of [
    { ...answered, state: 'open' },
    { ...answered, state: 'settled', nextRequestInMs: null },
    { ...answered, state: 'unknown', isObserved: false, problem: 'it is not known there' },
    {
      kind: 'failed',
      problem: 'invalid-response',
      message: 'the response is HTML',
      nextRequestInMs: 600_000,
      backoffMs: MINUTE_MS,
    },
  ] as const) {
    const order = await claim();
    await followedOrders.record('u1', String(order), outcome, lease);
    clock.nowMs += MINUTE_MS;
  }
  assert.deepEqual(await upstreams.figures('u1'), {
    followed: 20,
    waiting: 17,
    open: 1,
    due: 16,
    failing: 2,
    unknown: 1,
    lagSeconds: 240,
    requestsLastHour: 4,
    neededRequestsPerMinute: 1.8,
    reachedIntervalSeconds: 1080,
  });
  // Those of the hour before count as if they had been spread evenly over it.
  clock.nowMs += 86 * MINUTE_MS;
  assert.equal((await upstreams.figures('u1')).requestsLastHour, 2);
  await followedOrders.countRequest('u1');
  assert.equal((await upstreams.figures('u1')).requestsLastHour, 3);
  clock.nowMs += 120 * MINUTE_MS;
  assert.equal((await upstreams.figures('u1')).requestsLastHour, 0);
});

test('a change and its password are stored together, and a base URL of before never comes back without one', async (t) => {
  const { upstreams, store } = await upstreamDatabase(t);
  const passwords = async () => {
    const stored = await store.secretRows.of({ purpose: 'upstream', owner: 'u1' });
    return stored.map(({ ciphertext }) => ciphertext);
  };
  const moved = { ...ACME_CA, baseUrl: 'https://ca2.example' };
  assert.equal(await upstreams.change('u1', moved), 'needs the password');
  assert.equal(await upstreams.change('u1', { ...ACME_CA, loginName: 'other' }), 'needs the password');
  assert.equal(await upstreams.change('u1', moved, PASSWORD), 'changed');
  // One who has looked at it before that changes the interval.
  assert.equal(await upstreams.change('u1', { ...ACME_CA, intervalSeconds: 60 }), 'needs the password');
  const other = { ...PASSWORD, secretID: 's2', keyID: 'k2', ciphertext: 'c2' };
  assert.equal(await upstreams.change('u1', ACME_CA, other), 'other key');
  assert.equal((await upstreams.get('ca'))?.baseUrl, moved.baseUrl);
  assert.equal(
    await upstreams.change('u9', moved, { ...PASSWORD, owner: 'u9', secretID: 's9' }),
    'not found',
  );
  assert.deepEqual(await passwords(), ['c1']);
  await upstreams.setState('u1', 'paused');
  assert.equal(
    await upstreams.change('u1', ACME_CA, { ...PASSWORD, secretID: 's3', ciphertext: 'c3' }),
    'changed',
  );
  assert.deepEqual(await passwords(), ['c3']);
  assert.equal((await upstreams.get('ca'))?.state, 'paused');
});
