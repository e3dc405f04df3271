/** A database with its secrets, and what operators do with the upstreams in it. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { AdminError } from '../../src/accounts/admin-error.ts';
import { askOnce } from '../../src/upstreams/ask-once.ts';
import { UpstreamAdmin, type UpstreamParts } from '../../src/upstreams/upstream-admin.ts';
import { authority } from '../outbound/targets.ts';
import { storedSecrets } from '../secrets/stored-secrets.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream } from './fake-upstream.ts';

/** An upstream that nothing is asked of. */
export const CA = { baseUrl: 'https://ca.example/', loginName: 'reseller' } as const;

/** Opens one with the accounts `acme-hosting` and `other`. */
export async function upstreamStore(t: TestContext, parts: Partial<UpstreamParts> = {}) {
  const stored = await storedSecrets(t);
  const { store } = stored;
  await store.accounts.add('acme-hosting', 'hash');
  await store.accounts.add('other', 'hash');
  const { secrets } = stored.open();
  const reached: string[] = [];
  const admin = new UpstreamAdmin({
    store,
    secrets,
    ask: askOnce(secrets, store.upstreams, () => ({ allowNetworks: ['127.0.0.0/8'] })),
    onLimit: (limit) => reached.push(limit),
    ...parts,
  });

  /** The password of an upstream as it is stored. */
  async function passwordOf(name: string): Promise<string | undefined> {
    const owner = (await store.upstreams.get(name))?.upstreamID ?? '';
    return (await secrets.get({ purpose: 'upstream', owner }))[0];
  }

  /** Starts a fake upstream, and adds it. */
  async function addFake(name: string) {
    const fake = await fakeUpstream(t);
    const roots = (await authority()).cert;
    await admin.add(name, { baseUrl: fake.baseUrl, loginName: FAKE_LOGIN, roots }, FAKE_PASSWORD);
    return fake;
  }

  return { ...stored, secrets, admin, orders: admin.orders, reached, passwordOf, addFake };
}

/** How a use case refuses to do something: `kind field: message`. */
export async function refusal(act: Promise<unknown>): Promise<string> {
  try {
    await act;
  } catch (error) {
    if (!(error instanceof AdminError)) throw error;
    return `${error.kind} ${error.field}: ${error.message}`;
  }
  return assert.fail('it was not refused');
}
