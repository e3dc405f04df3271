/** The job: every upstream by itself, and an end when it has to end. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import pino from 'pino';
import type { JobTurn } from '../../src/jobs/job.ts';
import type { AskResult } from '../../src/upstreams/ask-upstream.ts';
import { type PollingParts, pollingJob } from '../../src/upstreams/polling-job.ts';
import type { Upstream } from '../../src/upstreams/upstream.ts';
import { execute } from '../store/databases.ts';
import { until } from '../webhooks/receiver.ts';
import { ACME_CA, upstreamDatabase } from './upstream-database.ts';

const STATUS: AskResult = { kind: 'status', status: { orders: [{ certificates: [] }] } };
const GONE = { kind: 'problem', problem: 'unreachable', message: 'HTTP status 503' } as const;

/** A job on a database with the upstreams `ca` and `other`, which have orders. */
async function runningJob(t: TestContext, ask: PollingParts['ask']) {
  const { database, store, lease } = await upstreamDatabase(t);
  const choice = { ...ACME_CA, requestsPerMinute: 6000 };
  await store.upstreams.change('u1', choice);
  await store.upstreams.add({ ...choice, upstreamID: 'u2', name: 'other' });
  const follow = async (upstreamID: string, ...numbers: readonly string[]) => {
    const orders = numbers.map((orderNumber) => ({ orderNumber, account: 'acme-hosting' }));
    await store.followedOrders.follow(upstreamID, orders);
  };
  await follow('u1', '1', '2');
  await follow('u2', '3', '4');
  const lines: Record<string, unknown>[] = [];
  const logger = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });
  const kinds: string[] = [];
  const onRequest = (upstream: string, kind: string) => kinds.push(`${upstream} ${kind}`);
  const job = pollingJob({ store, logger, ask, onRequest });
  const holding = new AbortController();
  const turn: JobTurn = { lease, signal: holding.signal, isHeld: () => !holding.signal.aborted };
  const end = async () => {
    holding.abort();
    await job.settled?.();
  };
  t.after(end);
  return { database, store, job, turn, end, kinds, lines, follow };
}

test('an upstream that does not respond keeps no other from being asked, and its request ends with the job', async (t) => {
  const ended: string[] = [];
  const ask = (upstream: Upstream, orderNumber: string, signal: AbortSignal): Promise<AskResult> => {
    if (upstream.name === 'other') return Promise.resolve(STATUS);
    return new Promise((_resolve, reject) => {
      signal.addEventListener('abort', () => {
        ended.push(orderNumber);
        reject(signal.reason);
      });
    });
  };
  const { store, job, turn, end, kinds, lines } = await runningJob(t, ask);
  await job.run(turn);
  await job.run(turn);
  await until(() => kinds.length === 2, 'the other upstream is not asked');
  assert.deepEqual(kinds, ['other observed', 'other observed']);
  await end();
  // One request at a time.
  assert.deepEqual(ended, ['1']);
  assert.deepEqual(lines, []);
  assert.ok(await store.orders.get('4'));
});

test('a problem is logged when it begins and when it is over, and an upstream that is removed is left alone', async (t) => {
  let result: AskResult = GONE;
  const { database, store, job, turn, kinds, lines, follow } = await runningJob(t, async (upstream) =>
    upstream.name === 'ca' ? result : STATUS,
  );
  await job.run(turn);
  const logged = () =>
    lines.map(({ upstream, problem, reason, msg }) => ({ upstream, problem, reason, msg }));
  await until(() => kinds.includes('ca unreachable') && kinds.length === 3, 'there is no problem');
  const begun = {
    upstream: 'ca',
    problem: 'unreachable',
    reason: 'HTTP status 503',
    msg: 'an upstream has a problem',
  };
  assert.deepEqual(logged(), [begun]);
  await store.upstreams.remove('u2');
  await job.run(turn);
  result = STATUS;
  // As if the backoff were over.
  await execute(database, 'UPDATE upstream SET "notBefore" = NULL');
  await store.followedOrders.refresh('u1', ['1', '2']);
  await until(() => kinds.filter((kind) => kind === 'ca observed').length === 2, 'it is not asked again');
  await follow('u1', '5');
  await until(() => store.orders.get('5'), 'a later order does not come');
  assert.equal(kinds.filter((kind) => kind.startsWith('other')).length, 2);
  const over = {
    upstream: 'ca',
    problem: undefined,
    reason: undefined,
    msg: 'the problem of an upstream is over',
  };
  assert.deepEqual(logged(), [begun, over]);
});

test('what a database refuses is logged, and tried again', async (t) => {
  let failures = 0;
  const { job, turn, lines, kinds } = await runningJob(t, () => {
    failures++;
    return failures <= 2 ? Promise.reject(new Error('the database is away')) : Promise.resolve(STATUS);
  });
  await job.run(turn);
  await until(() => kinds.length === 2, 'nothing is asked after a failure');
  assert.equal(lines.length, 1);
  assert.equal(lines[0]?.['msg'], 'what an upstream sent could not be stored; it is asked again');
});
