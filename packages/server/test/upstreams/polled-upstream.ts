/** A database with an upstream that is polled: by the test's clock, and over real connections. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { askUpstream } from '../../src/upstreams/ask-upstream.ts';
import type { FollowedOrder } from '../../src/upstreams/followed-orders.ts';
import { type PollParts, pollUpstream, type RequestKind } from '../../src/upstreams/poll-upstream.ts';
import type { UpstreamChoice } from '../../src/upstreams/upstream.ts';
import { UpstreamClients } from '../../src/upstreams/upstream-clients.ts';
import { authority } from '../outbound/targets.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream } from './fake-upstream.ts';
import { upstreamDatabase } from './upstream-database.ts';

/** Opens the database, and starts the upstream. */
export async function polledUpstream(t: TestContext, choice: Partial<UpstreamChoice> = {}) {
  const fake = await fakeUpstream(t);
  const roots = (await authority()).cert;
  const opened = await upstreamDatabase(t, {
    baseUrl: fake.baseUrl,
    loginName: FAKE_LOGIN,
    roots,
    ...choice,
  });
  const { store, followedOrders, lease, clock } = opened;
  const outbound = new UpstreamClients({ allowNetworks: ['127.0.0.0/8'] });
  t.after(() => outbound.close());
  const secrets = { get: async () => [FAKE_PASSWORD] };
  const kinds: RequestKind[] = [];
  const parts: PollParts = {
    store: { orders: store.orders, followedOrders },
    ask: (upstream, orderNumber, signal) => askUpstream({ outbound, secrets }, upstream, orderNumber, signal),
    random: () => 0,
    onRequest: (_upstream, kind) => kinds.push(kind),
  };

  /** Polls once, and passes the time to the next turn of the upstream. */
  async function poll(changed: Partial<PollParts> = {}): Promise<number> {
    const waitMs = await pollUpstream({ ...parts, ...changed }, 'u1', lease, new AbortController().signal);
    clock.nowMs += waitMs;
    return waitMs;
  }

  /** Polls until something is asked for. @returns what became of the request. */
  async function ask(changed: Partial<PollParts> = {}): Promise<RequestKind | undefined> {
    while ((await poll(changed)) > 0);
    return kinds.at(-1);
  }

  async function followed(orderNumber: string): Promise<FollowedOrder> {
    return (await followedOrders.get(orderNumber)) ?? assert.fail(`${orderNumber} is not followed`);
  }

  return { ...opened, fake, parts, kinds, poll, ask, followed };
}
