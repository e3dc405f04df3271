import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { Connection, openConnection, statusRequest } from '../connection.ts';
import { ACME, runService } from '../running-service.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';
import { listenWith } from './listening.ts';

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

test('one address has so many connections and no more; when one ends, there is room again', async (t) => {
  const service = await runService(t, { settings: { limits: { perAddress: 3 } } });
  const open = () => openConnection(t, service.port);
  const three = [await open(), await open(), await open()];
  await assert.rejects(open());
  for (const connection of three) {
    connection.write(statusRequest(QUESTION));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
  }
  three[0]?.close();
  // Once the service has noticed.
  let another: Connection | undefined;
  while (another === undefined) another = await open().catch(() => pause(5).then(() => undefined));
  another.write(statusRequest(QUESTION));
  assert.equal((await another.answer()).body, STATUS_ANSWER);
  const [warning] = service.log.filter(({ msg }) => msg === 'a connection was refused');
  assert.equal(warning?.['why'], 'too many connections of one address, or IPv6 /64, to a port');
});

test('the same source port at two addresses of the service is two connections, and neither stays counted', async (t) => {
  for (const tls of [{ withTls: true }, {}] as const) {
    const listener = await listenWith(
      t,
      { host: '0.0.0.0', connections: { perAddress: 2 }, ...tls },
      (_, response) => response.end('hello'),
    );
    let localPort = 0;
    const open = async (host: string) => {
      const options = {
        host,
        port: listener.port,
        localAddress: '127.0.0.1',
        localPort,
        rejectUnauthorized: false,
      };
      const socket = tls.withTls ? connectTls(options) : connect(options);
      const connection = new Connection(t, socket);
      await once(socket, tls.withTls ? 'secureConnect' : 'connect');
      localPort = socket.localPort ?? 0;
      connection.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
      assert.equal((await connection.answer()).body, 'hello');
      return connection;
    };
    for (let count = 0; count < 4; count++) {
      localPort = 0;
      const both = [await open('127.0.0.1'), await open('127.0.0.2')];
      assert.equal(listener.connections(), 2);
      for (const connection of both) connection.close();
      while (listener.connections() > 0) await pause(5);
    }
    assert.deepEqual(listener.limits, []);
  }
});

test('connections of a trusted proxy count in all only', async (t) => {
  const service = await runService(t, { settings: { limits: { perAddress: 1 }, trustProxy: ['127.0.0.1'] } });
  for (let count = 0; count < 3; count++) {
    const connection = await openConnection(t, service.port);
    connection.write(statusRequest(QUESTION));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
  }
});

test('a connection may ask before it is answered, but not without end', async (t) => {
  const service = await runService(t);
  const polite = await openConnection(t, service.port);
  polite.write(statusRequest(QUESTION).repeat(64));
  for (let count = 0; count < 64; count++) assert.equal((await polite.answer()).body, STATUS_ANSWER);
  const greedy = await openConnection(t, service.port);
  greedy.write(statusRequest(QUESTION).repeat(1000));
  await greedy.untilClosed();
  polite.write(statusRequest(QUESTION));
  assert.equal((await polite.answer()).body, STATUS_ANSWER);
  assert.ok(
    service.log.some(
      ({ why }) => why === 'too many requests of one connection that wait for their responses',
    ),
  );
});

test('a caller who does not send its headers is let go, a silent one too, and another who sends too many', async (t) => {
  const { port } = await runService(t);
  const silent = await openConnection(t, port, 'http');
  const inHandshake = await openConnection(t, port, 'http');
  inHandshake.write(Buffer.from([0x16, 3, 1]));
  const large = await openConnection(t, port);
  large.write(`POST /x HTTP/1.1\r\nHost: x\r\nX-Large: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
  assert.match(await large.untilClosed(), /^HTTP\/1\.1 431 Request Header Fields Too Large\r\n/);
  const slow = await openConnection(t, port);
  const began = performance.now();
  slow.write('POST /x HTTP/1.1\r\nHost: x\r\n');
  assert.match(await slow.untilClosed(), /^HTTP\/1\.1 408 Request Timeout\r\n/);
  assert.ok(performance.now() - began > 9000);
  assert.equal(await silent.untilClosed(), '');
  assert.equal(await inHandshake.untilClosed(), '');
});

test('an account may ask so often a minute, and is then told when to come back', async (t) => {
  const service = await runService(t, { accounts: ['other'], settings: { limits: { accountRate: 5 } } });
  const form = { ...ACME, orderNumber: '7250060', queryType: '0' };
  for (let count = 0; count < 5; count++) assert.match((await service.ask(form)).body, /^errorCode=0&/);
  const { status, headers, body } = await service.ask(form);
  assert.equal(status, 200);
  assert.match(body, /^errorCode=-14&/);
  const seconds = Number(headers['retry-after']);
  assert.ok(seconds >= 1 && seconds <= 12, `${seconds}`);
  assert.match((await service.ask({ ...form, loginName: 'other' })).body, /^errorCode=-4&/);
});
