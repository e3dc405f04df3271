import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN, QUESTION } from '../wire-texts.ts';

const ONE_CERTIFICATE =
  '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation';

test('X_orderNumber, X_orderDateTime', async (t) => {
  const orders = [acmeOrder({ orderNumber: '42', orderDateTime: '1999-12-31T23:59:59Z' })];
  const service = await runService(t, { orders });
  const answer = await service.ask(`${LOGIN}&orderNumber=42&queryType=0`);
  assert.equal(
    answer.body,
    `errorCode=0&1_orderNumber=42&1_orderDateTime=1999-12-31+23%3A59&1_orderStatus=Pending${ONE_CERTIFICATE}`,
  );
});

test('X_orderStatus: an order is answered whatever its state', async (t) => {
  const orders = [
    acmeOrder({ orderNumber: '1', certificates: [acmeCertificate({ certificateID: '1' })] }),
    acmeOrder({
      orderNumber: '2',
      orderStatus: 'Completed',
      certificates: [acmeCertificate({ certificateID: '2' })],
    }),
    acmeOrder({
      orderNumber: '3',
      orderStatus: 'Cancelled',
      certificates: [acmeCertificate({ certificateID: '3' })],
    }),
  ];
  const service = await runService(t, { orders });
  for (const [orderNumber, word] of [
    ['1', 'Pending'],
    ['2', 'Completed'],
    ['3', 'Cancelled'],
  ] as const) {
    const answer = await service.ask(`${LOGIN}&orderNumber=${orderNumber}&queryType=0`);
    assert.equal(
      answer.body,
      `errorCode=0&1_orderNumber=${orderNumber}&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=${word}${ONE_CERTIFICATE}`,
    );
  }
});

test('X_orderStatusReason: only for rejected orders', async (t) => {
  const orders = [acmeOrder({ orderStatus: 'Rejected', orderStatusReason: 'High-risk name' })];
  const service = await runService(t, { orders });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Rejected' +
      `&1_orderStatusReason=High-risk+name${ONE_CERTIFICATE}`,
  );
});

test('X_orderStatusReason and X_suggestedOrgDetails stand before the certificates', async (t) => {
  const orders = [
    acmeOrder({
      orderStatus: 'Rejected',
      orderStatusReason: 'Late',
      suggestedOrgDetails: { status: 'NotFound' },
    }),
  ];
  const service = await runService(t, { orders });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Rejected' +
      `&1_orderStatusReason=Late&1_suggestedOrgDetails=NotFound${ONE_CERTIFICATE}`,
  );
});
