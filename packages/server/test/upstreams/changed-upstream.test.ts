/** Requests to an upstream that people change meanwhile. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askUpstream, UpstreamChanged } from '../../src/upstreams/ask-upstream.ts';
import { UpstreamClients } from '../../src/upstreams/upstream-clients.ts';
import { authority } from '../outbound/targets.ts';
import { FAKE_LOGIN, fakeUpstream } from './fake-upstream.ts';

test('a password is not sent to where the upstream was before', async (t) => {
  const fake = await fakeUpstream(t);
  const outbound = new UpstreamClients({ allowNetworks: ['127.0.0.0/8'] });
  t.after(() => outbound.close());
  const happened: string[] = [];
  const parts = {
    outbound,
    secrets: { get: async () => [String(happened.push('password'))] },
    isCurrent: async () => happened.push('looked up') === 0,
  };
  const upstream = {
    upstreamID: 'u',
    baseUrl: fake.baseUrl,
    loginName: FAKE_LOGIN,
    asksValidityPeriod: true,
  };
  await assert.rejects(askUpstream(parts, upstream, '1'), UpstreamChanged);
  assert.deepEqual(happened, ['password', 'looked up']);
  assert.equal(fake.requests.length, 0);
  // One that is refused while it is being set anew.
  const roots = (await authority()).cert;
  const changing = { ...parts, isCurrent: async () => true };
  await assert.rejects(askUpstream(changing, { ...upstream, roots }, '1'), UpstreamChanged);
  assert.equal(fake.requests.length, 1);
});
