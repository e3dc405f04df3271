import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN } from '../wire-texts.ts';

/** An order with one certificate, which has the order's number. */
function order(orderNumber: string, date: string, replacesOrderNumber?: string): OrderRecord {
  return acmeOrder({
    orderNumber,
    orderDateTime: `${date}T00:00:00Z`,
    certificates: [acmeCertificate({ certificateID: orderNumber })],
    ...(replacesOrderNumber !== undefined && { replacesOrderNumber }),
  });
}

/** `1_orderNumber=…`, `2_orderNumber=…` and so on of an answer, in the order in which they stand. */
function orderNumbers(body: string): string[] {
  return body.split('&').filter((piece) => /^[0-9]+_orderNumber=/.test(piece));
}

const asking = (numbers: string, queryType = 2) => `${LOGIN}&${numbers}&queryType=${queryType}`;

const CHECKS = (place: string) =>
  `&${place}_csrStatus=1&${place}_dcvStatus=2&${place}_ovCallBackStatus=-1` +
  `&${place}_organizationValidationStatus=-1&${place}_freeDVUPStatus=-1` +
  `&${place}_evClickThroughStatus=-1&${place}_caaStatus=0`;

const REPLACEMENT = acmeOrder({
  orderNumber: '7250061',
  orderDateTime: '2025-06-12T08:00:30Z',
  replacesOrderNumber: '7250060',
  certificates: [
    acmeCertificate({ certificateID: '5550003', FQDN: 'b.example.com' }),
    acmeCertificate({ certificateID: '5550002', FQDN: 'a.example.com' }),
  ],
});

const WITH_REPLACEMENT = [acmeOrder(), REPLACEMENT];

const ANSWER_WITH_REPLACEMENT =
  'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
  `&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation${CHECKS('1_1')}` +
  '&2_orderNumber=7250061&2_orderDateTime=2025-06-12+08%3A00&2_orderStatus=Pending' +
  `&2_1_objectType=SSL&2_1_FQDN=b.example.com&2_1_certificateStatus=Awaiting+Validation${CHECKS('2_1')}` +
  `&2_2_objectType=SSL&2_2_FQDN=a.example.com&2_2_certificateStatus=Awaiting+Validation${CHECKS('2_2')}`;

test('queryType 2 also includes information about replacement orders', async (t) => {
  const service = await runService(t, { orders: WITH_REPLACEMENT });
  const answer = await service.ask(asking('orderNumber=7250060'));
  assert.equal(answer.body, ANSWER_WITH_REPLACEMENT);
});

test('queryType 2 by certificate ID: that one certificate, and the replacement orders with all of theirs', async (t) => {
  const certificates = [acmeCertificate({ certificateID: '1', FQDN: 'other.example' }), acmeCertificate()];
  const service = await runService(t, { orders: [acmeOrder({ certificates }), REPLACEMENT] });
  for (const numbers of ['certificateID=5550001', 'orderNumber=7250060&certificateID=5550001']) {
    assert.equal((await service.ask(asking(numbers))).body, ANSWER_WITH_REPLACEMENT, numbers);
  }
});

test('queryType 0 and 1 do not', async (t) => {
  const service = await runService(t, { orders: WITH_REPLACEMENT });
  for (const queryType of [0, 1]) {
    const answer = await service.ask(asking('orderNumber=7250060', queryType));
    assert.deepEqual(orderNumbers(answer.body), ['1_orderNumber=7250060']);
  }
});

test('a replacement order is answered alone, without the one that it replaces', async (t) => {
  const service = await runService(t, { orders: WITH_REPLACEMENT });
  const answer = await service.ask(asking('orderNumber=7250061'));
  assert.deepEqual(orderNumbers(answer.body), ['1_orderNumber=7250061']);
});

test('direct and indirect replacements, by order date and time, then order number', async (t) => {
  const orders = [
    order('5000', '2025-05-01'),
    // Replaces indirectly, and yet is dated before what it replaces.
    order('7000', '2025-06-02', '5000'),
    order('7001', '2025-06-01', '7000'),
    // A tie, which text would decide the other way round.
    order('999', '2025-06-03', '7001'),
    order('1000', '2025-06-03', '5000'),
    // Dated before the order asked about.
    order('6000', '2025-01-01', '999'),
    order('8000', '2025-06-01'),
  ];
  const service = await runService(t, { orders });
  const answer = await service.ask(asking('orderNumber=5000'));
  assert.deepEqual(orderNumbers(answer.body), [
    '1_orderNumber=5000',
    '2_orderNumber=6000',
    '3_orderNumber=7001',
    '4_orderNumber=7000',
    '5_orderNumber=999',
    '6_orderNumber=1000',
  ]);
});

test('at most 100 replacement orders: the first by order date and time', async (t) => {
  const orders = [order('1', '2025-01-01')];
  for (let place = 0; place < 102; place++) {
    // Each replaces the one before it, a day later and with a lower number.
    const date = new Date(Date.UTC(2025, 0, 2 + place)).toISOString().slice(0, 10);
    orders.push(order(`${1000 - place}`, date, place === 0 ? '1' : `${1001 - place}`));
  }
  const service = await runService(t, { orders });
  const numbers = orderNumbers((await service.ask(asking('orderNumber=1'))).body);
  assert.equal(numbers.length, 101);
  assert.equal(numbers[1], '2_orderNumber=1000');
  assert.equal(numbers[100], '101_orderNumber=901');
});
