import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { verifyDatabase } from '../../src/maintenance/verify.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { mergePatch } from '../../src/orders/merge-patch.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { execute } from '../store/databases.ts';
import { verified } from './verified.ts';

const DONE = { csrStatus: 'completed', dcvStatus: 'completed', caaStatus: 'completed' } as const;

const WRONGLY_PACKED =
  'order 1: its column packedCertificates does not repeat its certificates as they are: ' +
  'status responses are wrong until it changes';

/** A database with changes of every kind. */
async function databaseWithHistory(t: TestContext) {
  const service = await runManagedService(t, { orders: [], accounts: ['other'] });
  const change = async (route: string, body: unknown) => {
    const { status, json } = await service.manage(route, { body });
    assert.ok(status < 300, JSON.stringify(json));
  };
  const certificates = [acmeCertificate({ certificateID: '1' }), acmeCertificate({ certificateID: '2' })];
  await change('PUT /v1/orders/1', acmeOrder({ orderNumber: '1', certificates }));
  await change('PATCH /v1/orders/1/certificates/1', { dcvStatus: 'completed' });
  await change('PATCH /v1/orders/1/certificates/1', {
    ...DONE,
    certificateStatus: 'Issued',
    serialNumber: '0A',
  });
  await change('PATCH /v1/orders/1/certificates/2', { FQDN: null });
  await change('PATCH /v1/orders/1/certificates/2', { FQDN: 'www.example.com' });
  const more: Partial<OrderRecord> = {
    certificates: [...certificates, acmeCertificate({ certificateID: '3' })],
  };
  const { json: now } = await service.manage('GET /v1/orders/1');
  await change(
    'PUT /v1/orders/1',
    mergePatch(now, { certificates: [...now.certificates, more.certificates?.[2]] }),
  );
  const issued = acmeCertificate({ ...DONE, certificateStatus: 'Issued', serialNumber: '0B' });
  const replacing = { orderStatus: 'Completed', replacesOrderNumber: '1' } as const;
  const two = [{ ...issued, certificateID: '20' }];
  await change('PUT /v1/orders/2', acmeOrder({ orderNumber: '2', ...replacing, certificates: two }));
  // Breaks a rule, and was taken nevertheless.
  const three = [{ ...issued, certificateID: '30', dcvStatus: 'in-progress' as const }];
  const store = await openStore(service.database, 'write');
  await store.orders.change(
    [putOrder(acmeOrder({ orderNumber: '3', orderStatus: 'Completed', certificates: three }))],
    { kind: 'command line', name: 'a test' },
    { exemption: { kind: 'as-is' } },
  );
  await store.close();
  return service;
}

test('a database that is whole is found to be', async (t) => {
  const service = await databaseWithHistory(t);
  const { code, stdout } = await runCommand(['verify', '--database', service.database]);
  assert.equal(
    stdout,
    '3 orders and 8 changes: all is well\n1 order breaks rules by corrections that the history knows\n',
  );
  assert.equal(code, 0);
});

test('what does not fit together is named', async (t) => {
  const service = await databaseWithHistory(t);
  const open = await openStore(service.database, 'read');
  const problems = async () => (await verified(open)).problems;
  // Behind the program's back, as a fault of a disk or a hand would have it.
  const spoil = (sql: string) => execute(service.database, sql);
  try {
    assert.deepEqual(await problems(), []);
    await spoil(`UPDATE certificate SET "objectType" = 'Code' WHERE "certificateID" = 2`);
    assert.deepEqual(await problems(), [
      'order 1: it is not what its history makes of it since version 1',
      WRONGLY_PACKED,
    ]);
    await spoil(
      `UPDATE certificate SET "objectType" = 'SSL', "dcvStatus" = 0 WHERE "certificateID" IN (1, 2)`,
    );
    const [rule, history, packed] = await problems();
    assert.equal(packed, WRONGLY_PACKED);
    assert.match(
      rule ?? '',
      /^order 1: it breaks the rule issued-with-finished-checks, and nothing says why: /,
    );
    assert.match(history ?? '', /^order 1: it does not have what version 2 in its history changed$/);
    await spoil(`UPDATE certificate SET "dcvStatus" = 1 WHERE "certificateID" = 1`);
    await spoil(`UPDATE certificate SET "dcvStatus" = 2 WHERE "certificateID" = 2`);
    assert.deepEqual(await problems(), []);

    await spoil(`DELETE FROM change WHERE "orderNumber" = 1 AND version = 4`);
    assert.deepEqual(await problems(), ['order 1: version 4 is missing in its history']);
    await spoil(`DELETE FROM change WHERE "orderNumber" = 1 AND version = 6`);
    assert.deepEqual(await problems(), ['order 1: it is version 6, but its history ends with version 5']);
    await spoil(
      `UPDATE "order" SET "accountID" = (SELECT "accountID" FROM account WHERE "loginName" = 'other') WHERE "orderNumber" = 1`,
    );
    assert.ok((await problems()).includes("order 2: it replaces order 1, which is another account's"));
  } finally {
    await open.close();
  }
  const { code, stderr } = await runCommand(['verify', '--database', service.database]);
  assert.equal(code, 1);
  assert.match(stderr, /3 orders and \d changes were looked at, and \d things are wrong\n$/);
});

test('an order whose row does not repeat its certificates as they are is named, until it changes', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder({ orderNumber: '1' })] });
  const store = await openStore(service.database, 'write');
  try {
    assert.deepEqual((await verified(store)).problems, []);
    for (const column of ['', '[]', '[["5550001",null,"SSL"]]', 'no JSON']) {
      await execute(service.database, `UPDATE "order" SET "packedCertificates" = '${column}'`);
      assert.deepEqual((await verified(store)).problems, [WRONGLY_PACKED], column);
    }
    const { status } = await service.manage('PATCH /v1/orders/1/certificates/by-number/1', {
      body: { ovCallBackStatus: 'in-progress' },
    });
    assert.equal(status, 200);
    assert.deepEqual((await verified(store)).problems, []);
  } finally {
    await store.close();
  }
});

test('the links of a chain of replacements are followed once in all, whichever end comes first', async (t) => {
  for (const step of [1, -1]) {
    const service = await runManagedService(t, { orders: [] });
    const store = await openStore(service.database, 'write');
    const placed = t.mock.method(store.orders, 'placed');
    try {
      const lookUps = async (length: number) => {
        const first = step === 1 ? 1 : length;
        const orders = Array.from({ length }, (_, index) => {
          const number = first + step * index;
          const certificates = [acmeCertificate({ certificateID: String(number) })];
          const replaces = index === 0 ? {} : { replacesOrderNumber: String(number - step) };
          return acmeOrder({ orderNumber: String(number), certificates, ...replaces });
        });
        await store.orders.change(
          orders.map((order) => putOrder(order)),
          { kind: 'command line', name: 'a test' },
        );
        placed.mock.resetCalls();
        const problem = (found: string) => assert.fail(found);
        assert.equal((await verifyDatabase(store, problem, () => {})).orders, length);
        return placed.mock.callCount();
      };
      // The longer chain takes the place of the shorter one, or goes on from it.
      const short = await lookUps(50);
      if (step === 1) assert.ok((await lookUps(100)) <= 2.2 * short);
      assert.ok(short <= 2 * 50, `${short} look-ups`);
    } finally {
      await store.close();
    }
  }
});
