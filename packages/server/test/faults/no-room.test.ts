import assert from 'node:assert/strict';
import { chmodSync, chownSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { ACME, STATUS_PATH, sendRequest } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { prepareDatabase, serveIn } from './limited-process.ts';

const NOBODY = 65_534;
const hasBash = process.platform !== 'win32';
const QUESTION = new URLSearchParams({ ...ACME, orderNumber: '1', queryType: '0' }).toString();

function ask(port: number): Promise<{ body: string }> {
  return sendRequest({
    scheme: 'https',
    port,
    method: 'POST',
    path: STATUS_PATH,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: QUESTION,
  });
}

test('a full disk: the change is refused and not half made, questions are answered, and with room it goes on', {
  skip: !hasBash,
}, async (t) => {
  const database = `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
  const token = await prepareDatabase(database);
  // Files may grow to so many KiB, as on a disk with no room for more; the signal would end the process.
  const service = await serveIn(t, database, token, "trap '' XFSZ; ulimit -f 1500");
  const good: string[] = [];
  let refused: { status: number; body: string } | undefined;
  for (let number = 1; refused === undefined && number < 5000; number++) {
    const certificates = Array.from({ length: 20 }, (_, index) =>
      acmeCertificate({ certificateID: String(number * 100 + index) }),
    );
    const orderNumber = String(number);
    const answer = await service.manage(
      'PUT',
      `/v1/orders/${number}`,
      acmeOrder({ orderNumber, certificates }),
    );
    if (answer.status === 201) good.push(orderNumber);
    else refused = answer;
  }
  assert.ok(good.length > 10);
  assert.equal(refused?.status, 503);
  assert.match(refused?.body ?? '', /disk I\/O error|database or disk is full/);
  assert.match((await ask(service.port)).body, /^errorCode=0&/);
  await service.kill();

  const again = await serveIn(t, database, token);
  const next = String(good.length + 1);
  assert.equal((await again.manage('GET', `/v1/orders/${next}`)).status, 404);
  assert.equal(
    (
      await again.manage(
        'PUT',
        `/v1/orders/${next}`,
        acmeOrder({ orderNumber: next, certificates: [acmeCertificate({ certificateID: next })] }),
      )
    ).status,
    201,
  );
  await again.kill();
  const { stdout, stderr } = await runCommand(['verify', '--database', database]);
  assert.match(
    stdout,
    new RegExp(`^${good.length + 1} orders and ${good.length + 1} changes: all is well\n`),
    stderr,
  );
});

test('a database that must not be written is refused with what to look at', { skip: !hasBash }, async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'orders.db');
  await (await openStore(`sqlite:${path}`, 'write')).close();
  chmodSync(path, 0o444);
  chmodSync(folder, 0o555);
  // Root may write everything.
  const isRoot = process.getuid?.() === 0;
  if (isRoot) {
    chownSync(path, NOBODY, NOBODY);
    process.seteuid?.(NOBODY);
  }
  try {
    await assert.rejects(
      openStore(`sqlite:${path}`, 'write'),
      /the service must be able to write to the file and its folder/,
    );
  } finally {
    if (isRoot) process.seteuid?.(0);
    chmodSync(folder, 0o755);
  }
});

test('out of file descriptors: the service lives on, and answers when there are some again', {
  skip: !hasBash,
}, async (t) => {
  const database = `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
  const token = await prepareDatabase(database);
  const service = await serveIn(t, database, token, 'ulimit -n 60');
  await service.manage('PUT', '/v1/orders/1', acmeOrder({ orderNumber: '1' }));
  assert.match((await ask(service.port)).body, /^errorCode=0&/);
  const sockets: Socket[] = Array.from({ length: 150 }, () => {
    const socket = connect(service.port, '127.0.0.1');
    socket.on('error', () => {});
    return socket;
  });
  await pause(500);
  for (const socket of sockets) socket.destroy();
  const deadline = performance.now() + 60_000;
  for (;;) {
    const body = await ask(service.port).then(
      (answer) => answer.body,
      () => '',
    );
    if (body.startsWith('errorCode=0&')) break;
    assert.ok(performance.now() < deadline, service.log());
    await pause(100);
  }
});
