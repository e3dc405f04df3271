import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { LOGIN_NAME_MISSING, NOT_POST, PERMISSION_DENIED, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const GET = `GET ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

test('a connection is kept for the next request', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  const exchanges = [
    [statusRequest(QUESTION), STATUS_ANSWER],
    [GET, NOT_POST],
    [statusRequest(''), LOGIN_NAME_MISSING],
    [statusRequest(QUESTION.replace('correct', 'wrong')), PERMISSION_DENIED],
    [statusRequest(QUESTION), STATUS_ANSWER],
  ] as const;
  for (const [request, expected] of exchanges) {
    connection.write(request);
    const { headers, body } = await connection.answer();
    assert.equal(body, expected);
    assert.equal(headers['connection'], 'keep-alive');
    assert.equal(headers['keep-alive'], 'timeout=65');
  }
});

test('curl uses one connection for two requests', async (t) => {
  const { port } = await runService(t);
  const url = `https://127.0.0.1:${port}${STATUS_PATH}`;
  const printed = await curl('--data', QUESTION, '--write-out', ' %{num_connects}\n', url, url);
  assert.equal(printed, `${STATUS_ANSWER} 1\n${STATUS_ANSWER} 0\n`);
});

test('pipelined requests are answered in their order', async (t) => {
  const service = await runService(t);
  const connection = await openConnection(t, service.port);
  // The first one takes a password hash, the others need not wait for it.
  connection.write(statusRequest(QUESTION) + GET + statusRequest('') + statusRequest(QUESTION));
  const bodies: string[] = [];
  for (let answered = 0; answered < 4; answered++) bodies.push((await connection.answer()).body);
  assert.deepEqual(bodies, [STATUS_ANSWER, NOT_POST, LOGIN_NAME_MISSING, STATUS_ANSWER]);
  assert.equal(service.log.filter(({ msg }) => msg === 'request').length, 4);
});

test('Connection: close is heeded', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(statusRequest(QUESTION, 'Connection: close'));
  const { headers, body } = await connection.answer();
  assert.equal(headers['connection'], 'close');
  assert.equal(body, STATUS_ANSWER);
  assert.equal(await connection.untilClosed(), '');
});

test('HTTP/1.0 is answered', async (t) => {
  const { port } = await runService(t);
  const url = `https://127.0.0.1:${port}${STATUS_PATH}`;
  assert.equal(await curl('--http1.0', '--data', QUESTION, url), STATUS_ANSWER);

  const connection = await openConnection(t, port);
  connection.write(`POST ${STATUS_PATH} HTTP/1.0\r\nContent-Length: ${QUESTION.length}\r\n\r\n${QUESTION}`);
  assert.equal((await connection.answer()).body, STATUS_ANSWER);
  assert.equal(await connection.untilClosed(), '');
});

test('an offer to change to another protocol is passed over', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(
    statusRequest(
      QUESTION,
      'Connection: Upgrade, HTTP2-Settings',
      'Upgrade: h2c',
      'HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA',
    ),
  );
  const { statusLine, body } = await connection.answer();
  assert.equal(statusLine, 'HTTP/1.1 200 OK');
  assert.equal(body, STATUS_ANSWER);
});
