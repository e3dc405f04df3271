/** A database with webhook endpoints, and what tests do with its feed and queue. */

import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { eventsOfChange } from '@cert-order-status/protocol';
import { type OrderPatch, patchOrder, putOrder } from '../../src/orders/change-request.ts';
import { parseCursor } from '../../src/orders/cursor.ts';
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
  async function putOrders(numbers: readonly number[], { account = 'acme-hosting', isSilent = false } = {}) {
    const requests = numbers.map((number) => {
      const certificates = [acmeCertificate({ certificateID: String(number) })];
      return putOrder(acmeOrder({ account, orderNumber: String(number), certificates }));
    });
    for (const { kind } of await store.orders.change(requests, TESTER, { isSilent })) {
      assert.equal(kind, 'created');
    }
  }

  async function patch(number: number, change: OrderPatch): Promise<void> {
    const [outcome] = await store.orders.change([patchOrder(String(number), change)], TESTER, {
      exemption: { kind: 'as-is' },
    });
    assert.equal(outcome?.kind, 'changed');
  }

  /** Reads the feed to its end. */
  async function readFeed(): Promise<number> {
    let queued = 0;
    for (;;) {
      const feed = await store.webhookQueue.feed();
      if (feed === undefined || feed.position >= feed.latest) return queued;
      const { position, latest } = feed;
      const changes = await store.history.forWebhooks({ after: position, upTo: latest }, 100);
      const events = changes.flatMap((change) =>
        eventsOfChange(change).map((event) => ({
          ...event,
          orderNumber: change.orderNumber,
          cursor: Number(parseCursor(change.cursor).place),
          madeMs: Date.parse(change.at),
        })),
      );
      const to = events.at(-1)?.cursor ?? latest;
      queued += (await store.webhookQueue.enqueue({ from: position, to }, events, Date.now())) ?? 0;
    }
  }

  return { ...stored, admin, secrets, reached, putOrders, patch, readFeed };
}
