import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { Connection, openConnection, statusRequest } from '../connection.ts';
import { runService } from '../running-service.ts';
import { NOT_HTTPS, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

/** Long enough that the first byte travels alone. */
const PAUSE = 50;

async function connected(t: TestContext, port: number): Promise<Socket> {
  const socket = connectPlain({ host: '127.0.0.1', port, noDelay: true });
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

/** The socket, except that the first byte written to it goes a while before the second. */
function firstByteAlone(socket: Socket): Duplex {
  let isFirst = true;
  const split = new Duplex({
    read() {},
    async write(chunk: Buffer, _encoding, done) {
      if (isFirst) {
        isFirst = false;
        socket.write(chunk.subarray(0, 1));
        await pause(PAUSE);
        socket.write(chunk.subarray(1), done);
      } else {
        socket.write(chunk, done);
      }
    },
    destroy(error, done) {
      socket.destroy();
      done(error);
    },
  });
  socket.on('data', (chunk: Buffer) => split.push(chunk)).on('close', () => split.push(null));
  return split;
}

test('a TLS hello whose first byte comes alone is TLS', async (t) => {
  const { port } = await runService(t);
  const split = firstByteAlone(await connected(t, port));
  const socket = connectTls({ socket: split, rejectUnauthorized: false });
  const connection = new Connection(t, socket);
  await once(socket, 'secureConnect');
  connection.write(statusRequest(QUESTION));
  assert.equal((await connection.answer()).body, STATUS_ANSWER);
});

test('an http:// request whose first byte comes alone is answered with -1', async (t) => {
  const { port } = await runService(t);
  const split = firstByteAlone(await connected(t, port));
  split.write(statusRequest(QUESTION, 'Connection: close'));
  const chunks: Buffer[] = await split.toArray();
  assert.ok(Buffer.concat(chunks).toString().endsWith(`\r\n\r\n${NOT_HTTPS}`));
});

test('a request that comes byte by byte, over TLS, is answered', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  for (const byte of statusRequest(QUESTION)) connection.write(byte);
  assert.equal((await connection.answer()).body, STATUS_ANSWER);
});

test('connections that say nothing, or only one byte, disturb nobody', async (t) => {
  const service = await runService(t);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => connected(t, service.port)));
  for (const [place, socket] of sockets.entries()) {
    if (place % 2 === 1) socket.write(place % 4 === 1 ? '\x16' : 'P');
  }
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
  for (const [place, socket] of sockets.entries()) {
    if (place % 3 === 0) socket.resetAndDestroy();
    else socket.destroy();
  }
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});
