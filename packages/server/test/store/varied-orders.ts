/** Orders of every kind that a compact form must hold. */

import assert from 'node:assert/strict';
import { CERTIFICATE_SHAPE, namesOf, type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import { PACKED_LIMIT_BYTES, packCertificate } from '../../src/store/queries/packed-certificates.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** Texts that JSON writes in several ways, and ends of lists that look like nulls. */
const TEXTS = ['"', '\\', '\\\\"\\', 'größe 日本 😀', '\u2028\u2029', '/</script>', 'nul,', ',null]', ']'];

function orderWith(number: number, certificates: readonly object[]): OrderRecord {
  const read = readOrderRecord({ ...acmeOrder({ orderNumber: String(number) }), certificates });
  assert.ok(read.ok, JSON.stringify(read));
  return read.record;
}

/** Orders of every kind: all fields and few, hostile texts, and some certificates just below and above the limit. */
export function variedOrders(): OrderRecord[] {
  const last = namesOf(CERTIFICATE_SHAPE).at(-1) ?? '';
  const plain = acmeCertificate({ certificateID: '1000001' });
  const { certificateID: _, ...withoutID } = plain;
  const hostile = TEXTS.map((text, index) => ({
    ...plain,
    certificateID: `89999999999999${10 + index}`,
    objectType: text,
    ...(index % 2 === 0 ? { slId: text, [last]: text } : { FQDN: text }),
  }));
  const valid = {
    ...plain,
    certificateID: '1000007',
    certificateStatus: 'Valid',
    serialNumber: '0A',
    notBefore: '1969-06-11T11:57:00Z',
    notAfter: '2027-06-11T11:57:01Z',
  };
  const many = Array.from({ length: 300 }, () => ({ ...withoutID, FQDN: 'ü'.repeat(20) }));
  const size = Buffer.byteLength(
    JSON.stringify(packCertificate(orderWith(1001, [many[0] ?? {}]).certificates[0] ?? plain)),
  );
  // A bracket at either end, and a comma between two.
  const fitting = Math.floor((PACKED_LIMIT_BYTES - 1) / (size + 1));
  return [
    orderWith(1001, [plain]),
    orderWith(1002, [withoutID]),
    orderWith(1003, hostile),
    orderWith(1004, [valid, withoutID]),
    orderWith(1005, many.slice(0, fitting)),
    orderWith(1006, many.slice(0, fitting + 1)),
    orderWith(1007, many),
  ];
}
