import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { curl } from '../curl.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { NOT_HTTPS, NOT_POST, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const CONTINUE = { statusLine: 'HTTP/1.1 100 Continue', headers: {}, body: '' };

test('Expect: 100-continue is told to continue, and then answered', async (t) => {
  const { port } = await runService(t);
  for (const expectation of ['100-continue', '100-Continue']) {
    const connection = await openConnection(t, port);
    const [head] = statusRequest(QUESTION, `Expect: ${expectation}`).split(QUESTION);
    connection.write(head ?? '');
    assert.deepEqual(await connection.answer(), CONTINUE);
    connection.write(QUESTION);
    const { statusLine, body } = await connection.answer();
    assert.equal(statusLine, 'HTTP/1.1 200 OK');
    assert.equal(body, STATUS_ANSWER);
  }
});

test('Expect: 100-continue by curl is answered', async (t) => {
  const { port } = await runService(t);
  const printed = await curl(
    '--data',
    QUESTION,
    '--header',
    'Expect: 100-continue',
    '--expect100-timeout',
    '60',
    `https://127.0.0.1:${port}${STATUS_PATH}`,
  );
  assert.equal(printed, STATUS_ANSWER);
});

test('a request that is refused is not told to continue', async (t) => {
  const { port } = await runService(t);
  const head = (method: string) =>
    `${method} ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n`;

  const plain = await openConnection(t, port, 'http');
  plain.write(head('POST'));
  assert.equal((await plain.answer()).body, NOT_HTTPS);

  const got = await openConnection(t, port);
  got.write(head('GET'));
  assert.equal((await got.answer()).body, NOT_POST);

  const large = await openConnection(t, port);
  large.write(head('POST').replace('Content-Length: 5', 'Content-Length: 16385'));
  assert.equal((await large.answer()).statusLine, 'HTTP/1.1 413 Payload Too Large');
});

test('HTTP/1.0 is answered without 100 Continue, whatever it expects', async (t) => {
  const {
    port,
    managementPort = 0,
    tokens,
  } = await runManagedService(t, {
    orders: [acmeOrder()],
    settings: { pages: true },
  });
  const send = async (port: number, request: string) => {
    const connection = await openConnection(t, port);
    connection.write(request);
    return (await connection.answer()).statusLine;
  };
  const expecting = 'HTTP/1.0\r\nHost: localhost\r\nExpect: 100-continue\r\n';
  const form = `Content-Length: ${QUESTION.length}\r\nContent-Type: application/x-www-form-urlencoded\r\n`;
  const asked = await send(port, `POST ${STATUS_PATH} ${expecting}${form}\r\n${QUESTION}`);
  assert.equal(asked, 'HTTP/1.1 200 OK');
  const json = `Authorization: Bearer ${tokens.write}\r\nContent-Type: application/json\r\nContent-Length: 2\r\n`;
  const patched = await send(managementPort, `PATCH /v1/orders/7250060 ${expecting}${json}\r\n{}`);
  assert.equal(patched, 'HTTP/1.1 200 OK');
  const page = await send(
    port,
    `POST /sign-out ${expecting}${form}Sec-Fetch-Site: same-origin\r\n\r\n${QUESTION}`,
  );
  assert.equal(page, 'HTTP/1.1 303 See Other');
});

test('forms of the pages are told to continue, too', async (t) => {
  const { port } = await runService(t, { settings: { pages: true } });
  const connection = await openConnection(t, port);
  connection.write(
    'POST /sign-out HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 3\r\n' +
      'Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n\r\n',
  );
  assert.deepEqual(await connection.answer(), CONTINUE);
  connection.write('a=b');
  assert.equal((await connection.answer()).statusLine, 'HTTP/1.1 303 See Other');
});

test('an Expect header that nobody knows changes nothing', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(QUESTION, { headers: { Expect: 'the-spanish-inquisition' } });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, STATUS_ANSWER);
});
