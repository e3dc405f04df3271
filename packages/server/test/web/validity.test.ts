/** Validity periods, later fields and personal data on the pages. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { TESTER } from '../fill-database.ts';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

const DAY_MS = 86_400_000;
const NOT_AFTER = `${new Date(Date.now() + 90.5 * DAY_MS).toISOString().slice(0, 19)}Z`;

test('an order shows how long its certificates are valid; personal data only the account itself sees', async (t) => {
  const issued = acmeCertificate({
    certificateStatus: 'Issued',
    serialNumber: '0A',
    dcvStatus: 'completed',
    caaStatus: 'completed',
    notBefore: '2026-01-01T00:00:00Z',
    notAfter: NOT_AFTER,
    slId: 'seal-4711',
    shippingSurname: 'Tuppence',
  });
  const orders = [
    acmeOrder({ certificates: [issued] }),
    acmeOrder({ orderNumber: '7250061', certificates: [acmeCertificate({ certificateID: '5550002' })] }),
  ];
  const service = await runService(t, { orders, settings: { pages: true, managementPort: 0 } });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const shipping = new Map([['5550001', { shippingSurname: 'Beresford' }]]);
  await store.orders.change([patchOrder('7250060', { certificates: shipping })], TESTER);
  const token = newToken();
  await store.tokens.add({ name: 'admin', scope: 'admin', digest: digestOfSecret(token) });
  const secret = newSecret();
  await store.shareLinks.add(digestOfSecret(secret), '7250060', Date.now() + 60_000);

  const owner = pageClient(service);
  await owner.signIn();
  const own = (await owner.get('/orders/7250060')).body;
  assert.match(
    own,
    /Valid from <span data-fact="valid from"><time datetime="2026-01-01T00:00:00Z">1 January 2026/,
  );
  assert.match(own, new RegExp(`<time datetime="${NOT_AFTER}">[^<]+</time></span> \\(90 days left\\)`));
  assert.match(own, /<dt>Site seal<\/dt><dd>seal-4711<\/dd>/);
  assert.match(own, /<dt>Shipping: last name<\/dt><dd>Beresford<\/dd>/);

  const guest = pageClient(service);
  const shared = (await guest.get(String((await guest.get(`/s/${secret}`)).headers['location']))).body;
  const operator = pageClient({ port: service.managementPort ?? 0 });
  assert.equal((await operator.post('/console/sign-in', { token })).status, 303);
  const console = (await operator.get('/console/orders/7250060')).body;
  for (const body of [shared, console]) {
    assert.match(body, /90 days left/);
    assert.match(body, /seal-4711/);
    assert.doesNotMatch(body, /Beresford|Tuppence/);
  }
  assert.match(console, /personal data, not shown here/);

  const list = async (query: string) => (await operator.get(`/console/orders${query}`)).body;
  const soon = new Date(Date.now() + 100 * DAY_MS).toISOString().slice(0, 10);
  assert.match(await list(`?expires=${soon}`), /7250060/);
  assert.doesNotMatch(await list(`?expires=${soon}`), /7250061/);
  assert.doesNotMatch(await list('?expires=2026-02-01'), /7250060/);
  assert.match(await list('?expires=nonsense'), /7250061/);
});
