/** Searching the order database in SQLite. */

import { asciiLowerCase, CHECK_STATUS_NUMBERS, CHECKS } from '@cert-order-status/protocol';
import { spellingsOf } from '../../orders/domain-name.ts';
import type { OrderFilter } from '../../orders/order-filter.ts';
import type { OrderPage } from '../../orders/order-store.ts';
import { rowsOf, type Steps, type Value } from '../queries/sql.ts';

/** Up to how many rows are looked up and sorted, rather than all of them gone through in order. */
const FEW = 5000;

/** Greater than any character that may follow a prefix. */
const LAST_CHARACTER = '\u{10FFFF}';

/** A condition on a column. An index on the column is only used where that is asked for. */
interface Condition {
  readonly column: string;
  /** At least one, of which one is true. */
  readonly comparisons: readonly string[];
  readonly values: readonly Value[];
}

/**
 * The numbers of the orders that match, in order.
 *
 * SQLite keeps no count of how many rows a value has, so that is found out first: if an index leads to a few rows
 * only, these are taken; else the orders are gone through by number until the page is full.
 */
export function* searchOrders(filter: OrderFilter, page: OrderPage): Steps<readonly string[]> {
  const certificate = certificateConditions(filter);
  const changed = changedCondition(filter);
  let lead: Condition | undefined;
  for (const condition of certificate) {
    if (lead !== undefined || !INDEXED_OF_CERTIFICATE.has(condition.column)) continue;
    if (yield* leadsToFew('certificate c', condition)) lead = condition;
  }
  const changedLeads = changed !== undefined && (yield* leadsToFew('"order" o', changed));

  const parts = [plain({ column: 'o.orderNumber', comparisons: ['> ?'], values: [page.after ?? '0'] })];
  if (filter.account !== undefined) {
    const comparisons = ['= (SELECT accountID FROM account WHERE loginName = ?)'];
    parts.push(plain({ column: 'o.accountID', comparisons, values: [filter.account] }));
  }
  if (filter.orderStatus !== undefined) {
    const condition = { column: 'o.orderStatusMeaning', comparisons: ['= ?'], values: [filter.orderStatus] };
    parts.push(filter.account === undefined ? plain(condition) : withoutIndex(condition));
  }
  if (changed !== undefined) {
    const { sql, values } = plain({ ...changed, column: 'changed' });
    const led = { sql: `o.orderNumber IN (SELECT orderNumber FROM "order" WHERE ${sql})`, values };
    parts.push(changedLeads ? led : withoutIndex(changed));
  }
  if (certificate.length > 0) {
    const { sql, values } = all(
      certificate.map((condition) => (condition === lead ? plain(condition) : withoutIndex(condition))),
    );
    parts.push({
      sql:
        lead === undefined
          ? `EXISTS (SELECT 1 FROM certificate c WHERE c.orderNumber = o.orderNumber AND ${sql})`
          : `o.orderNumber IN (SELECT c.orderNumber FROM certificate c WHERE ${sql})`,
      values,
    });
  }
  const { sql, values } = all(parts);
  const rows = yield* rowsOf<{ orderNumber: string }>(
    `SELECT CAST(o.orderNumber AS TEXT) AS orderNumber FROM "order" o WHERE ${sql} ORDER BY o.orderNumber LIMIT ?`,
    [...values, page.limit],
  );
  return rows.map(({ orderNumber }) => orderNumber);
}

const FQDN = 'lower(c.FQDN)';
const CERTIFICATE_MEANING = 'c.certificateStatusMeaning';
const NOT_AFTER = 'c.notAfter';
const INDEXED_OF_CERTIFICATE = new Set([FQDN, CERTIFICATE_MEANING, NOT_AFTER]);
/** As in the index of certificates by expiry. */
const IN_USE = "c.notAfter IS NOT NULL AND c.certificateStatusMeaning IN ('issued', 'replaced')";

function certificateConditions({
  certificateStatus,
  expiresBefore,
  FQDN: exact,
  FQDNPrefix: prefix,
  checks = {},
  anyCheck,
}: OrderFilter): Condition[] {
  const conditions: Condition[] = [];
  const add = (column: string, comparison: string, ...values: Value[]) =>
    conditions.push({ column, comparisons: [comparison], values });
  if (exact !== undefined) {
    const spellings = spellingsOf(asciiLowerCase(exact));
    add(FQDN, `IN (${spellings.map(() => '?').join(', ')})`, ...spellings);
  }
  if (prefix !== undefined) {
    const ranges = spellingsOf(asciiLowerCase(prefix)).map((from) => [from, from + LAST_CHARACTER]);
    conditions.push({
      column: FQDN,
      comparisons: ranges.map(() => 'BETWEEN ? AND ?'),
      values: ranges.flat(),
    });
  }
  if (expiresBefore !== undefined) add(NOT_AFTER, `< ? AND ${IN_USE}`, Math.ceil(expiresBefore / 1000));
  if (certificateStatus !== undefined) add(CERTIFICATE_MEANING, '= ?', certificateStatus);
  for (const check of CHECKS) {
    const state = checks[check];
    if (state !== undefined) add(`c.${check}`, '= ?', CHECK_STATUS_NUMBERS[state]);
  }
  if (anyCheck !== undefined) {
    const columns = CHECKS.map((check) => `c.${check}`).join(', ');
    add('', `? IN (${columns})`, CHECK_STATUS_NUMBERS[anyCheck]);
  }
  return conditions;
}

function changedCondition({ changedSince }: OrderFilter): Condition | undefined {
  return changedSince === undefined
    ? undefined
    : { column: 'o.changed', comparisons: ['>= ?'], values: [changedSince] };
}

function* leadsToFew(table: string, condition: Condition): Steps<boolean> {
  const { sql, values } = plain(condition);
  const [row] = yield* rowsOf<{ rows: number }>(
    `SELECT count(*) AS rows FROM (SELECT 1 FROM ${table} WHERE ${sql} LIMIT ?)`,
    [...values, FEW],
  );
  return row !== undefined && row.rows < FEW;
}

interface Part {
  readonly sql: string;
  readonly values: readonly Value[];
}

function plain({ column, comparisons, values }: Condition): Part {
  return { sql: `(${comparisons.map((each) => `${column} ${each}`).join(' OR ')})`, values };
}

/** A column with a plus before it is a term that no index has. */
function withoutIndex(condition: Condition): Part {
  return condition.column === '' ? plain(condition) : plain({ ...condition, column: `+${condition.column}` });
}

function all(parts: readonly Part[]): Part {
  return { sql: parts.map(({ sql }) => sql).join(' AND '), values: parts.flatMap(({ values }) => values) };
}
