/** What a share link shows: one order, and nothing of the orders around it, nor of its account. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { TESTER } from '../fill-database.ts';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

/** Numbers that stand in nothing else. */
const [FIRST, SHARED, LATER, LAST] = ['910001', '920002', '930003', '940004'] as const;

function order(orderNumber: string, replacesOrderNumber?: string) {
  return acmeOrder({
    orderNumber,
    ...(replacesOrderNumber !== undefined && { replacesOrderNumber }),
    certificates: [acmeCertificate({ certificateID: `8${orderNumber}` })],
  });
}

test('nothing of the chain of replacements stands in the page of a share link, nor in its events', async (t) => {
  const orders = [order(FIRST), { ...order('900000'), orderStatus: 'Cancelled' as const }, order(SHARED)];
  const service = await runService(t, { orders, settings: { pages: true } });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const change = async (...records: readonly ReturnType<typeof order>[]) => {
    for (const outcome of await store.orders.change(
      records.map((record) => putOrder(record)),
      TESTER,
    ))
      assert.notEqual(outcome.kind, 'refused', JSON.stringify(outcome));
  };
  // The replacement stands in the history of the order, too.
  await change(order(SHARED, FIRST));
  const secret = newSecret();
  await store.shareLinks.add(digestOfSecret(secret), SHARED, Date.now() + 60_000);
  const guest = pageClient(service);
  const path = String((await guest.get(`/s/${secret}`)).headers['location']);
  const owner = pageClient(service);
  await owner.signIn();
  assert.match((await owner.get(`/orders/${SHARED}`)).body, new RegExp(FIRST));

  let sent = '';
  const events = await guest.follow(`${path}/events`);
  const reading = (async () => {
    for (;;) {
      const { value } = await events.next();
      if (value === undefined) return;
      sent += value;
    }
  })();
  while (!sent.includes('event: order')) await pause(10);
  await change(order(LATER, SHARED));
  await change(order(LAST, LATER), { ...order(FIRST), orderStatus: 'Cancelled' });
  const seen = sent;
  // The account's page shows all of it.
  const ownEvents = await owner.follow(`/orders/${SHARED}/events`);
  let own = '';
  while (!own.includes(LAST)) own += (await ownEvents.next()).value;
  await pause(600);
  // That something happened around the order is no event for the guest.
  assert.equal(sent, seen);

  await change({ ...order(SHARED, FIRST), orderStatus: 'Cancelled' });
  while (!/event: order[\s\S]*event: order/.test(sent)) await pause(10);
  const { body } = await guest.get(path);
  for (const text of [sent, body]) {
    assert.match(text, new RegExp(SHARED));
    for (const other of [FIRST, LATER, LAST, 'Replac', 'acme-hosting'])
      assert.ok(!text.includes(other), `${other} in ${text}`);
  }
  await service.stop();
  await reading;
});
