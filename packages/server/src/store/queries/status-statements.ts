/**
 * The statements of the hot read. Each gives a row of {@link STATUS_COLUMNS} for the account that bears the login name
 * `?1`: with its order, or with nulls where there is none of that number, or where it is another account's. The numbers
 * asked for are `?2` and `?3`, as text: they do not fit a JavaScript number.
 */

import { ORDER_ON_WIRE, type StatusQuery } from '@cert-order-status/protocol';
import { NOT_PACKED, PACKED_FIELDS } from './packed-certificates.ts';

/** The most replacement orders that a response to queryType 2 holds. */
const REPLACEMENTS_LIMIT = 100;

/** The order's fields; its certificates are packed. */
export const ORDER_COLUMNS_ON_WIRE = ORDER_ON_WIRE.filter((field) => field.form !== 'certificates');

/**
 * The columns of an account `a`, of its order `o`, and the certificates of that. `waitMs` says for how long a followed
 * order that is not there is not asked for at its upstream, which has not answered yet; it is null for any other one.
 */
export const STATUS_COLUMNS = [
  'accountID',
  'credentialVersion',
  'disabled',
  ...ORDER_COLUMNS_ON_WIRE.map(({ name }) => name),
  'packedCertificates',
  'waitMs',
] as const;

/** Which numbers are asked for. */
export type GivenNumbers = 'order' | 'certificate' | 'both';

/** The statements for one kind of numbers. */
export interface StatusStatements {
  /** The order as its row has it: its certificates may be {@link NOT_PACKED}. */
  readonly order: string;
  /** The same with certificates that are read from rows of their own: of all, or of the one asked for. */
  readonly unpackedOrder: string;
  /** That, and after it the orders that replace it, each in a row with one column more, which says that it is one. */
  readonly withReplacements: string;
}

/**
 * The statements, by the numbers that are given.
 *
 * @param engine.jsonList what the engine calls the function that makes a JSON list of values.
 * @param engine.nowMs the time by the database's clock, in milliseconds since 1970.
 */
export function statusStatements(engine: {
  readonly jsonList: string;
  readonly nowMs: string;
}): Readonly<Record<GivenNumbers, StatusStatements>> {
  const { jsonList } = engine;
  const statements = (given: GivenNumbers): StatusStatements => {
    const ofAsked = fromRows(jsonList, CERTIFICATE_ASKED_FOR[given]);
    const waitMs = given === 'certificate' ? NO_WAIT : untilRequest(engine.nowMs);
    return {
      order: `SELECT ${columns('o."packedCertificates"', waitMs)} ${FROM[given]}`,
      unpackedOrder: `SELECT ${columns(ofAsked, waitMs)} ${FROM[given]}`,
      withReplacements: withReplacements(
        `SELECT ${columns(whole(ofAsked), waitMs)} ${FROM[given]}`,
        jsonList,
      ),
    };
  };
  return { order: statements('order'), certificate: statements('certificate'), both: statements('both') };
}

/** Which numbers a query has, and the values for them: the first is all that the statement `order` needs. */
export function givenNumbers({
  orderNumber,
  certificateID,
}: StatusQuery): readonly [GivenNumbers, string, ...string[]] {
  if (certificateID === undefined) return ['order', orderNumber ?? '0'];
  return orderNumber === undefined ? ['certificate', certificateID] : ['both', orderNumber, certificateID];
}

const BY_ORDER_NUMBER = `
  FROM account a
  LEFT JOIN "order" o ON o."orderNumber" = CAST(?2 AS bigint) AND o."accountID" = a."accountID"
  WHERE a."loginName" = ?1`;

/** A certificate that belongs to another account takes the same steps as one that does not exist. */
const BY_CERTIFICATE_ID = `
  FROM account a
  LEFT JOIN "order" o
    ON o."orderNumber" =
      coalesce((SELECT "orderNumber" FROM certificate WHERE "certificateID" = CAST(?2 AS bigint)), 0)
    AND o."accountID" = a."accountID"
  WHERE a."loginName" = ?1`;

const FROM = {
  order: BY_ORDER_NUMBER,
  certificate: BY_CERTIFICATE_ID,
  both: BY_ORDER_NUMBER,
} as const satisfies Record<GivenNumbers, string>;

const CERTIFICATE_ASKED_FOR = {
  order: '',
  certificate: 'AND c."certificateID" = CAST(?2 AS bigint)',
  both: 'AND c."certificateID" = CAST(?3 AS bigint)',
} as const satisfies Record<GivenNumbers, string>;

const NO_WAIT = 'NULL';

/** Looked up only where there is no such order of the account. */
function untilRequest(nowMs: string): string {
  return `CASE WHEN o."orderNumber" IS NULL THEN (
    SELECT coalesce(f."nextRequest", 0) - ${nowMs} FROM "followedOrder" f
    WHERE f."orderNumber" = CAST(?2 AS bigint) AND f."accountID" = a."accountID" AND f.state = 'waiting') END`;
}

function columns(certificates: string, waitMs = NO_WAIT): string {
  return STATUS_COLUMNS.map((name) => {
    if (name === 'packedCertificates') return `${certificates} AS "${name}"`;
    if (name === 'waitMs') return `${waitMs} AS "${name}"`;
    if (name === 'orderNumber') return `CAST(o."${name}" AS text) AS "${name}"`;
    return name === 'accountID' || name === 'credentialVersion' || name === 'disabled'
      ? `a."${name}"`
      : `o."${name}"`;
  }).join(', ');
}

/** The packed certificates of an order `o`, from the table that has a row for each. */
function fromRows(jsonList: string, condition = ''): string {
  const values = PACKED_FIELDS.map((name) =>
    name === 'certificateID' ? `CAST(c."${name}" AS text)` : `c."${name}"`,
  );
  return `(
    SELECT '[' || coalesce(string_agg(CAST(${jsonList}(${values.join(', ')}) AS text), ',' ORDER BY c.position), '')
      || ']'
    FROM certificate c WHERE c."orderNumber" = o."orderNumber" ${condition})`;
}

/** The certificates as the order's row has them, unless it has not. */
function whole(certificates: string): string {
  return `CASE o."packedCertificates" WHEN '${NOT_PACKED}' THEN ${certificates} ELSE o."packedCertificates" END`;
}

/**
 * UNION, not UNION ALL: a loop, should there ever be one, ends here. Of CROSS JOINs SQLite goes through the left side:
 * through the few orders that replace the one, not through those of the account.
 */
function withReplacements(asked: string, jsonList: string): string {
  const order = `"orderDateTime" NULLS LAST, CAST("orderNumber" AS bigint)`;
  return `
    WITH RECURSIVE asked AS MATERIALIZED (${asked}),
    later ("orderNumber") AS (
      SELECT o."orderNumber" FROM asked
      JOIN "order" o ON o."replacesOrderNumber" = CAST(asked."orderNumber" AS bigint)
      UNION
      SELECT o."orderNumber" FROM "order" o JOIN later ON o."replacesOrderNumber" = later."orderNumber"
    ), first ("orderNumber") AS (
      SELECT o."orderNumber" FROM asked CROSS JOIN later CROSS JOIN "order" o
      WHERE o."orderNumber" = later."orderNumber" AND o."accountID" = asked."accountID"
        AND o."orderNumber" <> CAST(asked."orderNumber" AS bigint)
      ORDER BY o."orderDateTime" NULLS LAST, o."orderNumber" LIMIT ${REPLACEMENTS_LIMIT}
    )
    SELECT * FROM (
      SELECT asked.*, 0 AS "isLater" FROM asked
      UNION ALL
      SELECT ${columns(whole(fromRows(jsonList)))}, 1
      FROM first JOIN "order" o ON o."orderNumber" = first."orderNumber"
      JOIN account a ON a."accountID" = o."accountID"
    ) found
    ORDER BY "isLater", ${order}`;
}
