/** Who follows a feed misses nothing, sees nothing twice, and nothing of another account. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand, startCommand } from '../command.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { ACME } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { isPostgres } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { basic, newAccountToken, readAll, runCustomerService } from './customer-service.ts';
import { follow, versionsOf } from './following.ts';

/** How many orders each of two imports makes, and changes once. */
const ORDERS = Number(process.env['FOLLOWED_ORDERS'] ?? 100);
const OTHER = 'other';

/** Odd ones are of one account, even ones of another. */
function order(number: number, changes = {}) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  const account = number % 2 === 1 ? ACME.loginName : OTHER;
  return acmeOrder({ account, orderNumber: String(number), certificates, ...changes });
}

test('while several processes write and the service restarts, each account follows its own changes, each once', async (t) => {
  let service = await runCustomerService(t, { accounts: [OTHER] });
  const { database } = service;
  const port = () => service.port;
  const folder = temporaryFolder(t);
  // Of each import every order has two changes, half of them of each account; and one order more has as many.
  const expected = 2 * ORDERS;
  const isEnough = (changes: readonly unknown[]) => changes.length >= expected;
  const others = `Bearer ${await newAccountToken(database, OTHER)}`;
  const followers = [
    [
      1,
      follow({ port, authorization: `Bearer ${service.token}`, isEnough: (all) => all.length >= 3 * ORDERS }),
    ],
    [
      1,
      follow({
        port,
        authorization: basic(ACME.loginName, ACME.loginPassword),
        isEnough: (all) => all.length >= 3 * ORDERS,
      }),
    ],
    [0, follow({ port, authorization: others, isEnough })],
  ] as const;

  const imports = [1, 2].map(async (writer) => {
    for (const orderDateTime of ['2026-01-01T00:00:00Z', '2026-02-02T00:00:00Z']) {
      const file = join(folder, `${writer}.ndjson`);
      const lines = Array.from({ length: ORDERS }, (_, index) =>
        order(writer * 100_000 + index, { orderDateTime }),
      );
      writeFileSync(file, lines.map((line) => JSON.stringify(line)).join('\n'));
      const { code, stderr } = await startCommand(['import', file, '--database', database]).ended;
      assert.equal(code, 0, stderr);
    }
  });
  const single = async () => {
    const store = await openStore(database, 'write');
    await fillDatabase(store.orders, [order(9)]);
    for (let version = 2; version <= ORDERS; version++) {
      const dcvStatus = version % 2 === 0 ? 'completed' : 'in-progress';
      const patch = { certificates: new Map([['9', { dcvStatus }]]) };
      await store.orders.change([patchOrder('9', patch)], TESTER);
    }
    await store.close();
  };
  const restart = async () => {
    for (let count = 0; count < 2; count++) {
      await service.stop();
      service = await runCustomerService(t, { database, token: service.token });
    }
  };
  await Promise.all([...imports, single(), restart()]);

  for (const [parity, following] of followers) {
    const { changes, cursor } = await following;
    for (const [orderNumber, versions] of versionsOf(changes)) {
      assert.equal(Number(orderNumber) % 2, parity, orderNumber);
      const wanted = orderNumber === '9' ? ORDERS : 2;
      assert.deepEqual(
        versions,
        Array.from({ length: wanted }, (_, index) => index + 1),
        orderNumber,
      );
    }
    const authorization = parity === 0 ? others : `Bearer ${service.token}`;
    assert.deepEqual((await readAll(service, { after: cursor, authorization })).changes, []);
    assert.deepEqual((await readAll(service, { authorization })).changes, changes);
  }
});

test('after a restore who follows is told, and goes on without a repeat or a gap', {
  skip: isPostgres && 'SQLite only',
}, async (t) => {
  let service = await runCustomerService(t, { accounts: [OTHER], orders: [order(1), order(2)] });
  const { database, token } = service;
  const write = async (number: number) => {
    const store = await openStore(database, 'write');
    await fillDatabase(store.orders, [order(number), order(number + 1)]);
    await store.close();
  };
  const before = await readAll(service);
  const backup = join(temporaryFolder(t), 'backup.db');
  assert.equal((await runCommand(['backup', backup, '--database', database])).code, 0);
  await write(3);
  const { changes: lost, cursor } = await readAll(service, { after: before.cursor });
  assert.deepEqual(
    lost.map(({ orderNumber }) => orderNumber),
    ['3'],
  );
  await service.stop();
  assert.equal((await runCommand(['restore', backup, '--replace', '--database', database])).code, 0);
  service = await runCustomerService(t, { database, token });
  // The same places stand for other changes now.
  await write(5);
  for (const after of [before.cursor, cursor]) {
    const { status, json } = await service.get(`/v1/changes?after=${after}`);
    assert.deepEqual([status, json.type], [410, 'urn:problem-type:cert-order-status:unknown-cursor']);
  }
  const latest = (await service.get('/v1/changes?after=latest')).json.cursor;
  const { changes } = await readAll(service);
  assert.deepEqual(
    changes.map(({ orderNumber }) => orderNumber),
    ['1', '5'],
  );
  await write(7);
  const { changes: after } = await readAll(service, { after: latest });
  assert.deepEqual(
    after.map(({ orderNumber }) => orderNumber),
    ['7'],
  );
});
