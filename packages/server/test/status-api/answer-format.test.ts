import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { LOGIN, QUESTION } from '../wire-texts.ts';

const DATE = /\r\nDate: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9:]{8} GMT\r\n/;

test('an answer is these bytes, headers and all', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(statusRequest(QUESTION, 'Connection: close'));
  const received = await connection.untilClosed();
  assert.match(received, DATE);
  assert.equal(
    received.replace(DATE, '\r\n'),
    'HTTP/1.1 200 OK\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\n' +
      'Cache-Control: no-store\r\n' +
      'Content-Length: 176\r\n' +
      'Connection: close\r\n' +
      '\r\n' +
      'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
      '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation',
  );
});

test('an error is errorCode and errorMessage and nothing else', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(statusRequest('', 'Connection: close'));
  const received = await connection.untilClosed();
  assert.equal(
    received.replace(DATE, '\r\n'),
    'HTTP/1.1 200 OK\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\n' +
      'Cache-Control: no-store\r\n' +
      'Content-Length: 65\r\n' +
      'Connection: close\r\n' +
      '\r\n' +
      'errorCode=-3&errorMessage=The+%27loginName%27+argument+is+missing',
  );
});

test('values are serialised as the URL standard’s form serialiser does', async (t) => {
  const orders = [
    acmeOrder({
      orderStatus: 'Rejected',
      orderStatusReason: `O'Brien & Söhne: 100% (a=b;c) ~*-._!/?#+"€😀`,
      certificates: [acmeCertificate({ FQDN: '*.bücher.example' })],
    }),
  ];
  const service = await runService(t, { orders });
  const answer = await service.ask(QUESTION);
  assert.equal(
    answer.body,
    'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Rejected' +
      '&1_orderStatusReason=O%27Brien+%26+S%C3%B6hne%3A+100%25+%28a%3Db%3Bc%29+%7E*-._%21%2F%3F%23%2B%22%E2%82%AC%F0%9F%98%80' +
      '&1_1_objectType=SSL&1_1_FQDN=*.b%C3%BCcher.example&1_1_certificateStatus=Awaiting+Validation',
  );
});

test('X_orderDateTime is in UTC, to the minute', async (t) => {
  const orders = [acmeOrder({ orderDateTime: '2024-12-31T23:59:59Z' })];
  const service = await runService(t, { orders });
  const answer = await service.ask(`${LOGIN}&orderNumber=7250060&queryType=0`);
  assert.match(answer.body, /&1_orderDateTime=2024-12-31\+23%3A59&/);
});

test('what an existing client decodes is what was stored', async (t) => {
  const reason = 'it’s 5 o’clock & “raining”\u00a0— 100 % + more';
  const service = await runService(t, {
    orders: [acmeOrder({ orderStatus: 'Rejected', orderStatusReason: reason })],
  });
  const answer = await service.ask({ ...ACME, orderNumber: '7250060', queryType: '0' });
  assert.equal(new URLSearchParams(answer.body).get('1_orderStatusReason'), reason);
});
