import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../../src/store/open-store.ts';
import { verified } from '../maintenance/verified.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase } from '../store/databases.ts';
import { prepareDatabase, serveIn } from './limited-process.ts';

const ROUNDS = Number(process.env['FAULT_ROUNDS'] ?? 2);
const WRITERS = 4;

test('kill -9 at any moment under write load: every acknowledged change is there, and the database is whole', async (t) => {
  const database = await emptyDatabase(t);
  const token = await prepareDatabase(database);
  /** Order number to the version and the name that were acknowledged last. */
  const acknowledged = new Map<string, { version: number; FQDN: string }>();
  let number = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const service = await serveIn(t, database, token);
    let isOver = false;
    const ofBefore = acknowledged.size;
    const { promise: underLoad, resolve: seeLoad } = Promise.withResolvers<void>();
    const write = async () => {
      while (!isOver) {
        const orderNumber = String(++number);
        const certificates = [acmeCertificate({ certificateID: orderNumber })];
        try {
          const created = await service.manage(
            'PUT',
            `/v1/orders/${orderNumber}`,
            acmeOrder({ orderNumber, certificates }),
          );
          assert.equal(created.status, 201, created.body);
          acknowledged.set(orderNumber, { version: 1, FQDN: 'www.example.com' });
          if (acknowledged.size >= ofBefore + WRITERS) seeLoad();
          for (let version = 2; version < 5; version++) {
            const FQDN = `host-${version}.example.com`;
            const path = `/v1/orders/${orderNumber}/certificates/${orderNumber}`;
            const changed = await service.manage('PATCH', path, { FQDN });
            assert.equal(changed.status, 200, changed.body);
            acknowledged.set(orderNumber, { version, FQDN });
          }
        } catch (error) {
          if (isOver && !(error instanceof assert.AssertionError)) return;
          throw error;
        }
      }
    };
    const writing = Promise.all(Array.from({ length: WRITERS }, write));
    // On a busy machine the first order takes a while.
    await Promise.race([underLoad.then(() => pause(Math.random() * 500)), writing]);
    isOver = true;
    await service.kill();
    await writing;

    const store = await openStore(database, 'read');
    try {
      for (const [orderNumber, { version, FQDN }] of acknowledged) {
        const order = await store.orders.get(orderNumber);
        assert.ok(order !== undefined, `order ${orderNumber} was acknowledged and is gone`);
        assert.ok(order.version >= version, `order ${orderNumber} lost version ${version}`);
        if (order.version === version) assert.equal(order.record.certificates[0]?.FQDN, FQDN);
      }
      assert.deepEqual((await verified(store)).problems, []);
    } finally {
      await store.close();
    }
  }
  assert.ok(acknowledged.size > ROUNDS, `${acknowledged.size} orders in ${ROUNDS} rounds`);
  t.diagnostic(`${acknowledged.size} orders in ${ROUNDS} rounds`);
});
