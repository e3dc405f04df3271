import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CERTIFICATE_SHAPE, namesOf, type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import { openStore } from '../../src/store/open-store.ts';
import {
  NOT_PACKED,
  PACKED_FIELDS,
  PACKED_LIMIT_BYTES,
  PACKED_ON_WIRE,
  packCertificate,
  packedCertificates,
  unpackCertificate,
  unpackedCertificates,
} from '../../src/store/queries/packed-certificates.ts';
import { fillDatabase } from '../fill-database.ts';
import { verified } from '../maintenance/verified.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute, isPostgres } from './databases.ts';

/** Texts that JSON writes in several ways, and ends of lists that look like nulls. */
const TEXTS = ['"', '\\', '\\\\"\\', 'größe 日本 😀', '\u2028\u2029', '/</script>', 'nul,', ',null]', ']'];

function orderWith(number: number, certificates: readonly object[]): OrderRecord {
  const read = readOrderRecord({ ...acmeOrder({ orderNumber: String(number) }), certificates });
  assert.ok(read.ok, JSON.stringify(read));
  return read.record;
}

/** Orders of every kind: all fields and few, hostile texts, and some certificates just below and above the limit. */
function variedOrders(): OrderRecord[] {
  const last = namesOf(CERTIFICATE_SHAPE).at(-1) ?? '';
  const plain = acmeCertificate();
  const { certificateID: _, ...withoutID } = plain;
  const hostile = TEXTS.map((text, index) => ({
    ...plain,
    certificateID: `99999999999999${10 + index}`,
    objectType: text,
    ...(index % 2 === 0 ? { slId: text, [last]: text } : { FQDN: text }),
  }));
  const valid = {
    ...plain,
    certificateID: '7',
    certificateStatus: 'Valid',
    serialNumber: '0A',
    notBefore: '1969-06-11T11:57:00Z',
    notAfter: '2027-06-11T11:57:01Z',
  };
  const many = Array.from({ length: 300 }, () => ({ ...withoutID, FQDN: 'ü'.repeat(20) }));
  const size = Buffer.byteLength(
    JSON.stringify(packCertificate(orderWith(1, [many[0] ?? {}]).certificates[0] ?? plain)),
  );
  // A bracket at either end, and a comma between two.
  const fitting = Math.floor((PACKED_LIMIT_BYTES - 1) / (size + 1));
  return [
    orderWith(1, [plain]),
    orderWith(2, [withoutID]),
    orderWith(3, hostile),
    orderWith(4, [valid, withoutID]),
    orderWith(5, many.slice(0, fitting)),
    orderWith(6, many.slice(0, fitting + 1)),
    orderWith(7, many),
  ];
}

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
  const database = await emptyDatabase(t);
  const orders = variedOrders();
  const store = await openStore(database, 'write');
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(store.orders, orders);
  await store.close();
  await execute(database, `DROP TRIGGER "orderOfOlderProgram" ${isPostgres ? 'ON "order"' : ''}`);
  await execute(database, 'ALTER TABLE "order" DROP COLUMN "packedCertificates"');
  await execute(
    database,
    'CREATE TRIGGER "orderOfOlderProgram" ' +
      (isPostgres
        ? 'BEFORE INSERT ON "order" EXECUTE FUNCTION "refuseOlderProgram"()'
        : 'BEFORE INSERT ON "order" BEGIN SELECT 1; END'),
  );
  await execute(
    database,
    isPostgres ? 'UPDATE "orderBook" SET "schemaVersion" = 7' : 'PRAGMA user_version = 8',
  );
  const migrated = await openStore(database, 'write');
  t.after(() => migrated.close());
  const rows = await execute(database, 'SELECT "packedCertificates" FROM "order" ORDER BY "orderNumber"');
  assert.deepEqual(
    rows.map((row) => row['packedCertificates']),
    orders.map(packedCertificates),
  );
  assert.deepEqual((await verified(migrated)).problems, []);
  // Those above the limit are found all the same.
  const reading = await migrated.statusReader.read('acme-hosting', { orderNumber: '7', queryType: 1 });
  assert.ok('status' in reading);
  assert.equal(reading.status.orders[0]?.certificates.length, 300);
});
