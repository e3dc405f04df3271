import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { runManagedService } from './managed-service.ts';

function order(orderNumber: string, changes = {}, certificate = {}) {
  const certificates = [acmeCertificate({ certificateID: orderNumber, ...certificate })];
  return acmeOrder({ orderNumber, certificates, ...changes });
}

const ORDERS = [
  order('1'),
  order('2', { account: 'other' }),
  order('3', { orderStatus: 'Cancelled' }),
  order('4', {}, { FQDN: 'shop.example.com', dcvStatus: 'completed' }),
  order('5', {}, { certificateStatus: 'Awaiting Brand Validation', evClickThroughStatus: 'in-progress' }),
];

test('orders are listed by every filter that there is', async (t) => {
  const service = await runManagedService(t, { orders: ORDERS, accounts: ['other'] });
  const soon = new Date(Date.now() + 3_600_000).toISOString();
  for (const [query, numbers] of [
    ['', '1 2 3 4 5'],
    ['account=other', '2'],
    ['account=nobody', ''],
    ['orderStatus=Cancelled', '3'],
    ['certificateStatus=Awaiting+Brand+Validation', '5'],
    ['FQDN=SHOP.example.com', '4'],
    ['FQDNPrefix=shop.', '4'],
    ['dcvStatus=completed', '4'],
    [
      'csrStatus=completed&ovCallBackStatus=not-required&organizationValidationStatus=not-required',
      '1 2 3 4 5',
    ],
    ['freeDVUPStatus=not-required&caaStatus=not-completed&evClickThroughStatus=in-progress', '5'],
    ['anyCheck=in-progress', '1 2 3 5'],
    ['anyCheck=in-progress&orderStatus=Pending&account=acme-hosting', '1 5'],
    [`changedSince=${soon}`, ''],
    ['changedSince=2020-01-01T00:00:00%2B02:00', '1 2 3 4 5'],
    ['after=3', '4 5'],
  ] as const) {
    const { json, status } = await service.manage(`GET /v1/orders?${query}`);
    assert.equal(status, 200, query);
    const found = json.orders.map(({ order }: { order: { orderNumber: string } }) => order.orderNumber);
    assert.equal(found.join(' '), numbers, query);
    assert.equal(json.next, undefined);
  }
});

test('a domain name is found in either spelling, whichever is stored', async (t) => {
  const names = [
    'bücher.example',
    'xn--bcher-kva.example',
    'MÜLLER.example',
    '*.bücher.example',
    'a.example',
  ];
  const orders = names.map((FQDN, index) => order(String(index + 1), {}, { FQDN }));
  const service = await runManagedService(t, { orders });
  for (const [typed, exact, prefix] of [
    ['bücher.example', '1 2', '1 2'],
    ['BÜCHER.example.', '1 2', '1 2'],
    ['xn--bcher-kva.example', '1 2', '1 2'],
    ['müller.EXAMPLE', '3', '3'],
    ['xn--mller-kva.example', '3', '3'],
    ['*.Bücher.example', '4', '4'],
    ['bücher.ex', '', '1 2'],
    ['bü', '', '1'],
    ['a.example.', '5', '5'],
    ['', '', '1 2 3 4 5'],
  ] as const) {
    for (const [name, numbers] of [
      ['FQDN', exact],
      ['FQDNPrefix', prefix],
    ] as const) {
      const { json } = await service.manage(`GET /v1/orders?${new URLSearchParams({ [name]: typed })}`);
      const found = json.orders.map(({ order }: { order: { orderNumber: string } }) => order.orderNumber);
      assert.equal(found.join(' '), numbers, `${name}=${typed}`);
    }
  }
});

test('a page says where the next one begins, and each order what a conditional change needs', async (t) => {
  const service = await runManagedService(t, { orders: ORDERS, accounts: ['other'] });
  const first = await service.manage('GET /v1/orders?limit=2&account=acme-hosting');
  assert.equal(first.json.orders.length, 2);
  const [{ etag, changed, order: record }] = first.json.orders;
  assert.deepEqual([etag, record], ['"1"', ORDERS[0]]);
  assert.ok(Date.now() - Date.parse(changed) < 60_000);
  const second = await service.manage(`GET /v1/orders?limit=2&account=acme-hosting&after=${first.json.next}`);
  assert.equal(second.json.orders.length, 2);
  assert.equal(second.json.next, undefined);
});
