/** responseFormat and showValidityPeriod on the wire, and responses in JSON. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  InvalidArgumentError,
  OrderStatusClient,
  type OrderStatusClientOptions,
  TransportError,
  UnrecognisedArgumentError,
} from '../src/index.ts';
import { answer, ISSUED, LOGIN, scriptedService, type Turn } from './scripted-service.ts';

const JSON_TYPE = { 'Content-Type': 'application/json' };
const json = (body: string, headers: Readonly<Record<string, string>> = JSON_TYPE, status = 200): Turn =>
  answer(body, headers, status);

const ISSUED_JSON = json(
  '{"errorCode":0,"orders":[{"orderNumber":"7250060","orderStatus":"Completed",' +
    '"certificates":[{"serialNumber":"0A","certificateStatus":"Issued","dcvStatus":1}]}]}',
);

describe('What is asked for', () => {
  test('a form, without a word, unless JSON is asked for', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    await service.client().getDetailedOrderStatus({ orderNumber: 1 });
    await service.client({ responseFormat: 'form' }).getDetailedOrderStatus({ orderNumber: 1 });
    await service.client({ responseFormat: 'json' }).getDetailedOrderStatus({ orderNumber: 1 });
    const [unsaid, form, asJson] = service.received;
    assert.match(unsaid?.body ?? '', /&orderNumber=1&queryType=1$/);
    assert.equal(form?.body, unsaid?.body);
    assert.equal(unsaid?.headers.accept, 'application/x-www-form-urlencoded');
    assert.match(asJson?.body ?? '', /&orderNumber=1&queryType=1&responseFormat=2$/);
    assert.equal(asJson?.headers.accept, 'application/json, application/x-www-form-urlencoded;q=0.9');
  });

  test('the validity period, in watches too, when the query says so', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const client = service.client();
    await client.getDetailedOrderStatus({ orderNumber: 1, showValidityPeriod: true });
    await client.getDetailedOrderStatus({ orderNumber: 1, showValidityPeriod: false });
    for await (const _update of client.watch({ certificateID: 2, showValidityPeriod: true }));
    const [shown, not, watched] = service.received.map(({ body }) => body);
    assert.match(shown ?? '', /&orderNumber=1&queryType=1&showValidityPeriod=Y$/);
    assert.match(not ?? '', /&orderNumber=1&queryType=1$/);
    assert.match(watched ?? '', /&certificateID=2&queryType=1&showValidityPeriod=Y$/);
  });

  test('a responseFormat that is none is refused', () => {
    const options = { baseUrl: 'https://127.0.0.1', ...LOGIN, responseFormat: 'xml' };
    assert.throws(
      () => new OrderStatusClient(options as unknown as OrderStatusClientOptions),
      /^TypeError: responseFormat: must be 'form' or 'json'/,
    );
  });
});

describe('A response in JSON', () => {
  test('is the same as in a form, asked for or not, whatever its content type says', async (t) => {
    const body = '{"errorCode":"0","orders":[]}';
    const types = [
      'application/json',
      'Application/JSON; charset=utf-8',
      'application/x-www-form-urlencoded',
    ];
    const service = await scriptedService(t, [
      ISSUED,
      ISSUED_JSON,
      ...types.map((type) => json(body, { 'Content-Type': type })),
      ISSUED,
    ]);
    const client = service.client({ responseFormat: 'json' });
    const form = await service.client().getDetailedOrderStatus({ orderNumber: 1 });
    assert.deepEqual(await service.client().getDetailedOrderStatus({ orderNumber: 1 }), form);
    for (const _type of types) {
      assert.deepEqual(await client.getDetailedOrderStatus({ orderNumber: 1 }), { orders: [] });
    }
    assert.deepEqual(await client.getDetailedOrderStatus({ orderNumber: 1 }), form);
  });

  test('that is an error has its class, and gives no password back', async (t) => {
    const message = `The value of the 'orderNumber' argument is invalid! ${LOGIN.loginPassword}`;
    const service = await scriptedService(t, [
      json(JSON.stringify({ errorCode: -4, errorMessage: message, errorItem: LOGIN.loginPassword })),
      answer('errorCode=-2&errorMessage=%27responseFormat%27+is+an+unrecognised+argument%21'),
    ]);
    const client = service.client({ responseFormat: 'json' });
    await assert.rejects(client.getDetailedOrderStatus({ orderNumber: 1 }), (error) => {
      assert.ok(error instanceof InvalidArgumentError);
      assert.equal(error.argument, 'orderNumber');
      assert.deepEqual(error.extra, { errorItem: '…' });
      assert.equal(error.serverMessage, "The value of the 'orderNumber' argument is invalid! …");
      return true;
    });
    await assert.rejects(client.getDetailedOrderStatus({ orderNumber: 1 }), UnrecognisedArgumentError);
  });

  for (const [what, turn, reason, message] of [
    ['breaks off', json('{"errorCode":0,"orders":[{"orderN'), 'truncated', /ends/],
    ['holds no errorCode', json('{"error":"no such route"}'), 'not-a-response', /no errorCode/],
    ['is no JSON', json('{"errorCode":0,}'), 'not-a-response', /no errorCode/],
    ["is a proxy's", json('{"message":"bad gateway"}', JSON_TYPE, 502), 'http-status', /502/],
  ] as const) {
    test(`that ${what} is no answer`, async (t) => {
      const service = await scriptedService(t, [turn]);
      const client = service.client({ responseFormat: 'json', retry: { attempts: 1 } });
      await assert.rejects(client.getDetailedOrderStatus({ orderNumber: 1 }), (error) => {
        assert.ok(error instanceof TransportError);
        assert.equal(error.reason, reason);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});
