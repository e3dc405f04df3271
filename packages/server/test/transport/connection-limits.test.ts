import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { ACME, runService } from '../running-service.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

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
  await pause(50);
  const another = await open();
  another.write(statusRequest(QUESTION));
  assert.equal((await another.answer()).body, STATUS_ANSWER);
  const [warning] = service.log.filter(({ msg }) => msg === 'a connection was refused');
  assert.equal(warning?.['why'], 'too many connections of one address, or IPv6 /64, to a port');
});

test('connections of a trusted proxy count in all only', async (t) => {
  const service = await runService(t, { settings: { limits: { perAddress: 1 }, trustProxy: ['127.0.0.1'] } });
  for (let count = 0; count < 3; count++) {
    const connection = await openConnection(t, service.port);
    connection.write(statusRequest(QUESTION));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
  }
});

test('a full port makes room: first the silent go, then the idle, and never who waits for an answer', async (t) => {
  const service = await runService(t, { settings: { limits: { inAll: 3 } } });
  const open = () => openConnection(t, service.port);
  const idle = await open();
  idle.write(statusRequest(QUESTION));
  await idle.answer();
  const silent = await open();
  const busy = await open();
  // Its body is to come.
  busy.write(statusRequest(QUESTION).slice(0, -10));
  await pause(1100);

  const first = await open();
  await silent.untilClosed();
  first.write(statusRequest(QUESTION));
  assert.equal((await first.answer()).body, STATUS_ANSWER);
  const second = await open();
  await idle.untilClosed();
  second.write(statusRequest(QUESTION).slice(0, -10));
  const third = await open();
  await first.untilClosed();
  third.write(statusRequest(QUESTION).slice(0, -10));
  await pause(100);
  await assert.rejects(open());
  for (const connection of [busy, second, third]) {
    connection.write(statusRequest(QUESTION).slice(-10));
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
