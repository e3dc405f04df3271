/**
 * The certificates of an order, packed into the column `packedCertificates` of its row, so that a status request reads
 * one row. It repeats the rows of the table `certificate`, which stay what changes, searches and pages go by; each
 * transaction that writes an order writes both.
 *
 * The text is a JSON list with a list for each certificate, in the order of their positions:
 * `[["5550001",null,"SSL","www.example.com","Awaiting Validation",null,2,1]]`. The values of a certificate are those of
 * its columns, in the order of {@link PACKED_FIELDS}, without the nulls at the end. A new field comes last:
 * entries of the history have the same order (`created-entry.ts`), and are never written again.
 */

import {
  CERTIFICATE_ON_WIRE,
  CERTIFICATE_SHAPE,
  type CertificateRecord,
  type OrderRecord,
} from '@cert-order-status/protocol';
import { columnValue, recordFrom } from './order-rows.ts';

/**
 * The most bytes, in UTF-8, that the certificates of an order are packed into. Above it the column is empty, and
 * readers go by the table `certificate`. The migrations repeat the number.
 */
export const PACKED_LIMIT_BYTES = 16 * 1024;

/** What the column holds of an order whose certificates are above the limit. */
export const NOT_PACKED = '';

/** The fields on the wire in their packed order: those of revision 1.2, the validity period, then those added later. */
export const PACKED_ON_WIRE = CERTIFICATE_ON_WIRE.toSorted((one, other) => groupOf(one) - groupOf(other));

function groupOf({ since, form }: (typeof CERTIFICATE_ON_WIRE)[number]): number {
  if (since === '1.2') return 0;
  return form === 'seconds' ? 1 : 2;
}

/** The names of the values of a packed certificate. */
export const PACKED_FIELDS = ['certificateID', ...PACKED_ON_WIRE.map(({ name }) => name)] as const;

const PACKED_COLUMNS = PACKED_FIELDS.map((name) => ({ name, kind: CERTIFICATE_SHAPE[name].kind }));

/**
 * Values of {@link PACKED_FIELDS}: checks the wire's number, times seconds since 1970. Those at the end may be absent.
 */
export type PackedCertificate = readonly (string | number | null)[];

/** What the column `packedCertificates` holds of an order. */
export function packedCertificates({ certificates }: OrderRecord): string {
  const texts: string[] = [];
  // The brackets; the comma behind each certificate but the last.
  let bytes = 1;
  for (const certificate of certificates) {
    const text = JSON.stringify(packCertificate(certificate));
    bytes += Buffer.byteLength(text) + 1;
    if (bytes > PACKED_LIMIT_BYTES) return NOT_PACKED;
    texts.push(text);
  }
  return `[${texts.join(',')}]`;
}

/** The certificates of a column `packedCertificates`; undefined for {@link NOT_PACKED}. */
export function unpackedCertificates(column: string): readonly PackedCertificate[] | undefined {
  return column === NOT_PACKED ? undefined : JSON.parse(column);
}

/** A certificate as a list. */
export function packCertificate(certificate: CertificateRecord): PackedCertificate {
  return withoutNullsAtEnd(PACKED_COLUMNS.map(({ name, kind }) => columnValue(kind, certificate[name])));
}

/** The certificate that {@link packCertificate} has packed. */
export function unpackCertificate(packed: PackedCertificate): CertificateRecord {
  return recordFrom(
    CERTIFICATE_SHAPE,
    Object.fromEntries(PACKED_FIELDS.map((name, at) => [name, packed[at]])),
  );
}

/** The values up to the last that is not null. */
export function withoutNullsAtEnd<Value>(values: readonly Value[]): readonly Value[] {
  return values.slice(0, values.findLastIndex((value) => value !== null) + 1);
}
