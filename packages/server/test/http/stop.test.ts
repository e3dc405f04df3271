import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { type TestContext, test } from 'node:test';
import { type Connection, openConnection, statusRequest } from '../connection.ts';
import { type RunningService, type RunOptions, runService } from '../running-service.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

/** A stop that waits for what it should not never comes to an end, which the timeout here notices. */
const PATIENT: RunOptions = { settings: { stopTimeoutMs: 2 ** 31 - 1 } };
const LIMIT = { timeout: 60_000 };

const HALF = QUESTION.length / 2;

/** A request that the service has begun to read, but not all of. */
async function requestInFlight(t: TestContext, port: number): Promise<Connection> {
  const connection = await openConnection(t, port);
  const request = statusRequest(QUESTION, 'Expect: 100-continue');
  connection.write(request.slice(0, -HALF));
  assert.equal((await connection.answer()).statusLine, 'HTTP/1.1 100 Continue');
  return connection;
}

async function isRefused({ port }: RunningService): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  const [error] = await once(socket, 'error');
  return error.code === 'ECONNREFUSED';
}

test('a request in flight gets its answer, with Connection: close', LIMIT, async (t) => {
  const service = await runService(t, PATIENT);
  const connection = await requestInFlight(t, service.port);
  const stopped = service.stop();
  connection.write(QUESTION.slice(-HALF));
  const { statusLine, headers, body } = await connection.answer();
  assert.equal(statusLine, 'HTTP/1.1 200 OK');
  assert.equal(headers['connection'], 'close');
  assert.equal(body, STATUS_ANSWER);
  assert.equal(await connection.untilClosed(), '');
  await stopped;
  assert.equal(service.log.filter(({ errorCode }) => errorCode === 0).length, 1);
});

test('requests in flight over plain HTTP and to the second listener get theirs', LIMIT, async (t) => {
  const service = await runService(t, {
    settings: { ...PATIENT.settings, httpPort: 0, trustProxy: ['127.0.0.1'] },
  });
  const request = statusRequest(QUESTION, 'Expect: 100-continue', 'X-Forwarded-Proto: https');
  const connections: Connection[] = [];
  for (const port of [service.port, service.httpPort ?? 0]) {
    const connection = await openConnection(t, port, 'http');
    connection.write(request.slice(0, -HALF));
    await connection.answer();
    connections.push(connection);
  }
  const stopped = service.stop();
  for (const connection of connections) {
    connection.write(request.slice(-HALF));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
  }
  await stopped;
});

test('connections that are idle, silent or shaking hands do not delay it', LIMIT, async (t) => {
  const service = await runService(t, PATIENT);
  const idle = await openConnection(t, service.port);
  idle.write(statusRequest(QUESTION));
  assert.equal((await idle.answer()).headers['connection'], 'keep-alive');
  const unused = await openConnection(t, service.port);
  const silent = await openConnection(t, service.port, 'http');
  const shaking = await openConnection(t, service.port, 'http');
  shaking.write('\x16\x03\x01');
  const halfHead = await openConnection(t, service.port);
  halfHead.write('POST /products/!GetDetailedOrder');

  await service.stop();
  for (const connection of [idle, unused, silent, shaking, halfHead]) {
    assert.equal(await connection.untilClosed(), '');
  }
});

test('idle connections are closed while a request in flight is still waited for', LIMIT, async (t) => {
  const service = await runService(t, PATIENT);
  const idle = await openConnection(t, service.port);
  idle.write(statusRequest(QUESTION));
  await idle.answer();
  const busy = await requestInFlight(t, service.port);

  const stopped = service.stop();
  assert.equal(await idle.untilClosed(), '');
  busy.write(QUESTION.slice(-HALF));
  assert.equal((await busy.answer()).body, STATUS_ANSWER);
  await stopped;
});

test('new connections are refused at once', LIMIT, async (t) => {
  const service = await runService(t, PATIENT);
  const busy = await requestInFlight(t, service.port);
  const stopped = service.stop();
  assert.ok(await isRefused(service));
  busy.write(QUESTION.slice(-HALF));
  await stopped;
});

test(
  'requests pipelined behind the one in flight are answered or not, but nothing is waited for',
  LIMIT,
  async (t) => {
    const service = await runService(t, PATIENT);
    const connection = await requestInFlight(t, service.port);
    const stopped = service.stop();
    connection.write(QUESTION.slice(-HALF) + statusRequest(QUESTION));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
    await connection.untilClosed();
    await stopped;
  },
);

test('a request that does not come to an end is cut after the stop timeout', LIMIT, async (t) => {
  const service = await runService(t, { settings: { stopTimeoutMs: 50 } });
  const connection = await requestInFlight(t, service.port);
  await service.stop();
  assert.equal(await connection.untilClosed(), '');
});

test('a caller who went away in the middle of a request is not waited for', LIMIT, async (t) => {
  const service = await runService(t, PATIENT);
  const socket = connect({ host: '127.0.0.1', port: service.port });
  socket.write(statusRequest(QUESTION).slice(0, -HALF));
  await once(socket, 'connect');
  socket.resetAndDestroy();
  await service.stop();
});
