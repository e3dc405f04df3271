import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { CERTIFICATE_SHAPE, namesOf, type OrderRecord } from '@cert-order-status/protocol';
import { openStore } from '../../src/store/open-store.ts';
import {
  NOT_PACKED,
  PACKED_FIELDS,
  PACKED_LIMIT_BYTES,
  PACKED_ON_WIRE,
  packedCertificates,
  unpackCertificate,
  unpackedCertificates,
} from '../../src/store/queries/packed-certificates.ts';
import { fillDatabase } from '../fill-database.ts';
import { postgresSchema7, sqliteSchema8 } from '../maintenance/recorded-database.ts';
import { verified } from '../maintenance/verified.ts';
import { acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute, isPostgres } from './databases.ts';
import { variedOrders } from './varied-orders.ts';

// New fields come last: entries of the history have this order, and are never written again.
test('the order of the packed fields is what stored orders have', () => {
  assert.equal(
    PACKED_FIELDS.join(' '),
    'certificateID serialNumber objectType FQDN certificateStatus certificateStatusReason csrStatus dcvStatus ' +
      'ovCallBackStatus organizationValidationStatus freeDVUPStatus evClickThroughStatus caaStatus notBefore notAfter ' +
      'slId slSiteIds qualysCreationDate qualysExpirationDate upsTrackingID shippingOrganizationName ' +
      'shippingOrganizationalUnitName shippingStreetAddress1 shippingStreetAddress2 shippingStreetAddress3 ' +
      'shippingLocalityName shippingStateOrProvinceName shippingPostalCode shippingCountry shippingTitle ' +
      'shippingForename shippingSurname shippingEmail shippingPhone',
  );
  assert.deepEqual(
    PACKED_FIELDS.slice(1),
    PACKED_ON_WIRE.map(({ name }) => name),
  );
  assert.deepEqual(PACKED_FIELDS.toSorted(), namesOf(CERTIFICATE_SHAPE).toSorted());
});

test('packed certificates are short, and read back as they were', () => {
  assert.equal(
    packedCertificates(acmeOrder()),
    '[["5550001",null,"SSL","www.example.com","Awaiting Validation",null,1,2,-1,-1,-1,-1,0]]',
  );
  for (const order of variedOrders()) {
    const unpacked = unpackedCertificates(packedCertificates(order));
    if (unpacked !== undefined) assert.deepEqual(unpacked.map(unpackCertificate), order.certificates);
  }
});

test('certificates are packed up to the limit, byte for byte', () => {
  const columns = variedOrders().map(packedCertificates);
  assert.deepEqual(
    columns.map((column) => column === NOT_PACKED),
    [false, false, false, false, false, true, true],
  );
  const longest = Math.max(...columns.map((column) => Buffer.byteLength(column)));
  assert.ok(longest <= PACKED_LIMIT_BYTES && longest > PACKED_LIMIT_BYTES - 200, String(longest));
});

test('the migration packs what is there as a write does', async (t) => {
  const orders = variedOrders();
  const database = await (isPostgres ? postgresSchema7(t) : sqliteSchema8(t));
  for (const insertion of await rowsOf(t, orders)) await execute(database, insertion);
  const migrated = await openStore(database, 'write');
  t.after(() => migrated.close());
  const rows = await execute(
    database,
    'SELECT "packedCertificates" FROM "order" WHERE "orderNumber" BETWEEN 1001 AND 1999 ORDER BY "orderNumber"',
  );
  assert.deepEqual(
    rows.map((row) => row['packedCertificates']),
    orders.map(packedCertificates),
  );
  assert.deepEqual((await verified(migrated)).problems, []);
  // Those above the limit are found all the same.
  const reading = await migrated.statusReader.read('acme-hosting', { orderNumber: '1007', queryType: 1 });
  assert.ok('status' in reading);
  assert.equal(reading.status.orders[0]?.certificates.length, 300);
});

/** Insertions of the rows that orders have, apart from what migrations have added since. */
async function rowsOf(t: TestContext, orders: readonly OrderRecord[]): Promise<string[]> {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(store.orders, orders);
  await store.close();
  const insertions: string[] = [];
  for (const table of ['"order"', 'certificate']) {
    const rows = (await execute(database, `SELECT * FROM ${table}`)).map(
      ({ packedCertificates: _, isObserved: __, ...row }) => row,
    );
    const names = Object.keys(rows[0] ?? {}).map((name) => `"${name}"`);
    const values = rows.map((row) => `(${Object.values(row).map(literalOf).join(', ')})`);
    insertions.push(`INSERT INTO ${table} (${names.join(', ')}) VALUES ${values.join(', ')}`);
  }
  return insertions;
}

function literalOf(value: unknown): string {
  return value === null ? 'NULL' : `'${String(value).replaceAll("'", "''")}'`;
}
