import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { CERTIFICATE_ID_INVALID, LOGIN, ORDER_NUMBER_INVALID, STATUS_ANSWER } from '../wire-texts.ts';

const asking = (numbers: string) => `${LOGIN}&queryType=0&${numbers}`;

test('an order that does not exist and one of another account get the same -4 naming orderNumber', async (t) => {
  const others = acmeOrder({
    account: 'other',
    orderNumber: '800',
    certificates: [acmeCertificate({ certificateID: '900' })],
  });
  const service = await runService(t, { accounts: ['other'], orders: [acmeOrder(), others] });
  assert.equal((await service.ask(asking('orderNumber=800'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('orderNumber=801'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('orderNumber=800&certificateID=900'))).body, ORDER_NUMBER_INVALID);
  assert.equal(
    (await service.ask(asking('orderNumber=800&certificateID=5550001'))).body,
    ORDER_NUMBER_INVALID,
  );
});

test('a certificate that does not exist and one of another account get the same -4 naming certificateID', async (t) => {
  const others = acmeOrder({
    account: 'other',
    orderNumber: '800',
    certificates: [acmeCertificate({ certificateID: '900' })],
  });
  const service = await runService(t, { accounts: ['other'], orders: [acmeOrder(), others] });
  assert.equal((await service.ask(asking('certificateID=900'))).body, CERTIFICATE_ID_INVALID);
  assert.equal((await service.ask(asking('certificateID=901'))).body, CERTIFICATE_ID_INVALID);
  assert.equal(
    (await service.ask(asking('orderNumber=7250060&certificateID=900'))).body,
    CERTIFICATE_ID_INVALID,
  );
});

test('a certificate of the account that is not in the order also given is a -4 naming certificateID', async (t) => {
  const second = acmeOrder({
    orderNumber: '7250061',
    certificates: [acmeCertificate({ certificateID: '5550002' })],
  });
  const service = await runService(t, { orders: [acmeOrder(), second] });
  const answer = await service.ask(asking('orderNumber=7250060&certificateID=5550002'));
  assert.equal(answer.body, CERTIFICATE_ID_INVALID);
});

test('certificateID 9999999999999999 is not 9999999999999998', async (t) => {
  const certificates = [
    acmeCertificate({ certificateID: '9999999999999998', FQDN: 'even.example' }),
    acmeCertificate({ certificateID: '9999999999999999', FQDN: 'odd.example' }),
  ];
  const service = await runService(t, { orders: [acmeOrder({ certificates })] });
  for (const [certificateID, FQDN] of [
    ['9999999999999998', 'even.example'],
    ['9999999999999999', 'odd.example'],
  ] as const) {
    const answer = await service.ask(asking(`certificateID=${certificateID}`));
    assert.equal(answer.body, STATUS_ANSWER.replace('www.example.com', FQDN));
  }
  assert.equal((await service.ask(asking('certificateID=9999999999999997'))).body, CERTIFICATE_ID_INVALID);
});

test('orderNumber 999999999999999999 is that number, to the digit', async (t) => {
  const service = await runService(t, { orders: [acmeOrder({ orderNumber: '999999999999999999' })] });
  const answer = await service.ask(asking('orderNumber=999999999999999999'));
  assert.equal(answer.body, STATUS_ANSWER.replace('7250060', '999999999999999999'));
  assert.equal((await service.ask(asking('orderNumber=999999999999999998'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('orderNumber=1000000000000000000'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('orderNumber=9999999999999999999'))).body, ORDER_NUMBER_INVALID);
});

test('leading zeros are harmless within the digit limit', async (t) => {
  const service = await runService(t);
  assert.equal((await service.ask(asking('orderNumber=07250060'))).body, STATUS_ANSWER);
  assert.equal((await service.ask(asking('orderNumber=000000000007250060'))).body, STATUS_ANSWER);
  assert.equal((await service.ask(asking('orderNumber=0000000000007250060'))).body, ORDER_NUMBER_INVALID);
  assert.equal((await service.ask(asking('certificateID=0000000005550001'))).body, STATUS_ANSWER);
  assert.equal((await service.ask(asking('certificateID=00000000005550001'))).body, CERTIFICATE_ID_INVALID);
  assert.equal((await service.ask(asking('orderNumber=000000000000000000'))).body, ORDER_NUMBER_INVALID);
});
