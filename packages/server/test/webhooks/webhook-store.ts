/** A database with webhook endpoints, and what tests do with its feed and queue. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import type { Author } from '../../src/orders/change.ts';
import { type OrderPatch, patchOrder, putOrder } from '../../src/orders/change-request.ts';
import { FeedReader } from '../../src/webhooks/feed-reader.ts';
import { WebhookAdmin } from '../../src/webhooks/webhook-admin.ts';
import { TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { storedSecrets } from '../secrets/stored-secrets.ts';

/** Opens one with the accounts `acme-hosting` and `other`. */
export async function webhookStore(t: TestContext) {
  const stored = await storedSecrets(t);
  const { store } = stored;
  await store.accounts.add('acme-hosting', 'hash');
  await store.accounts.add('other', 'hash');
  const { secrets } = stored.open();
  const reached: string[] = [];
  const admin = new WebhookAdmin({ store, secrets, onLimit: (limit) => reached.push(limit) });

  /** Creates orders with one certificate each. */
  async function putOrders(
    numbers: readonly number[],
    {
      account = 'acme-hosting',
      isSilent = false,
      by = TESTER,
    }: { account?: string; isSilent?: boolean; by?: Author } = {},
  ) {
    const requests = numbers.map((number) => {
      const certificates = [acmeCertificate({ certificateID: String(number) })];
      return putOrder(acmeOrder({ account, orderNumber: String(number), certificates }));
    });
    for (const { kind } of await store.orders.change(requests, by, { isSilent })) {
      assert.equal(kind, 'created');
    }
  }

  async function patch(number: number, change: OrderPatch, by = TESTER): Promise<void> {
    const [outcome] = await store.orders.change([patchOrder(String(number), change)], by, {
      exemption: { kind: 'as-is' },
    });
    assert.equal(outcome?.kind, 'changed');
  }

  const reader = new FeedReader(store);

  /** Reads the feed to its end. */
  async function readFeed(): Promise<void> {
    while (await reader.read());
  }

  return { ...stored, admin, secrets, reached, putOrders, patch, readFeed };
}
