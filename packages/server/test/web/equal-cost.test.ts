/** What pages give away of other accounts' orders by what they cost: nothing, not even one statement. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { pageClient } from './page-client.ts';

test("another account's order, or certificate, and one that does not exist: the same statements and the same page", async (t) => {
  const others = acmeOrder({
    account: 'other',
    orderNumber: '7250099',
    certificates: Array.from({ length: 300 }, (_, index) =>
      acmeCertificate({ certificateID: String(6_000_000 + index) }),
    ),
  });
  const service = await runService(t, {
    accounts: ['other'],
    orders: [acmeOrder(), others],
    settings: { pages: true },
  });
  const client = pageClient(service);
  await client.signIn();
  const statements = statementsOf(t);
  const ask = async (method: 'get' | 'post', path: string) => {
    statements.length = 0;
    const { status, headers, body } = await (method === 'get' ? client.get(path) : client.post(path, {}));
    const { date: _, ...others } = headers;
    return { whole: { status, headers: others, body }, statements: [...statements] };
  };
  // The session, and the one that finds nothing; where the page of an order is that is not answered yet, one for it.
  for (const [method, path, count] of [
    ['get', (order: string) => `/orders/${order}`, 3],
    ['get', (order: string) => `/orders/${order}?certificates=51&changes=7&links=9`, 3],
    ['get', (order: string) => `/orders/${order}/events`, 3],
    ['post', (order: string) => `/orders/${order}/links`, 2],
    ['post', (order: string) => `/orders/${order}/links/1/revoke`, 2],
    ['get', (_order: string, certificate: string) => `/look-up?kind=certificate&number=${certificate}`, 2],
  ] as const) {
    const none = await ask(method, path('7250098', '5999999'));
    assert.equal(none.whole.status, 404);
    assert.equal(none.statements.length, count, none.statements.join('\n'));
    assert.deepEqual(await ask(method, path('7250099', '6000000')), none, path('7250099', '6000000'));
  }
  assert.equal((await ask('get', '/orders/7250060')).whole.status, 200);
  assert.equal((await ask('get', '/look-up?kind=certificate&number=5550001')).whole.status, 303);
});
