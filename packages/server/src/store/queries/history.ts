/**
 * The history of changes, read. Cursors come into sight in their order, as orders are written by one transaction at a
 * time.
 */

import { randomBytes } from 'node:crypto';
import type { Author, Change } from '../../orders/change.ts';
import { EPOCH_BYTES, isOfEpoch, parseCursor } from '../../orders/cursor.ts';
import { HISTORY_START, type History } from '../../orders/history.ts';
import { ENTRY_START, orderOfEntry, RECORD_TO_ENTRY } from './created-entry.ts';
import { get, run, type Sql, type Value } from './sql.ts';
import { dateTimeOfMs } from './times.ts';

/** Accounts that are told of changes by webhooks. */
const WITH_WEBHOOKS = `SELECT "accountID" FROM "webhookEndpoint" WHERE state <> 'disabled'`;

/** How many characters of JSON, about, a page holds at most. */
const PAGE_BYTES = 8 * 1024 * 1024;
/** The same of a page that a person reads, or that a process reads for which other requests wait meanwhile. */
const SMALL_PAGE_BYTES = 1024 * 1024;

/** Above every version. */
const MOST_VERSIONS = Number.MAX_SAFE_INTEGER;

/** A change's columns; `made` in milliseconds since 1970. */
export interface ChangeRow {
  readonly cursor: string;
  readonly orderNumber: string;
  readonly version: number;
  readonly made: number;
  readonly authorKind: Author['kind'];
  readonly authorName: string;
  readonly reason: string | null;
  readonly overruled: string | null;
  readonly created: string | null;
  readonly differences: string;
}

/** The span of an account's changes; places in decimal. */
interface SpanRow {
  readonly epoch: string;
  readonly pruned: string | null;
  readonly latest: string | null;
}

/** Reads a page: at most so many changes, those that the condition finds for the values. */
type ReadPage = (limit: number, ...values: Value[]) => Promise<readonly Change[]>;

/** What an engine does its own way. */
interface Engine {
  /** The table with the one row that holds the epoch and its `renewals`, and the epoch's column. */
  readonly epochTable: string;
  readonly epochColumn: string;
  /**
   * Prepares to read pages. What is too much to hold is not read, but for the first change.
   *
   * @param columns of {@link ChangeRow}.
   * @param condition whose values are `?2` and so on, as `?1` is the limit.
   * @param order columns of the table `change`.
   * @param pageLength how many characters of JSON, about, a page holds at most.
   */
  pages(columns: string, condition: string, order: string, pageLength: number): ReadPage;
}

/** The history. */
export function historyOn(sql: Sql, { epochTable, epochColumn, pages }: Engine): History {
  const columns = `(SELECT ${epochColumn} FROM ${epochTable}) || '_' || cursor AS cursor,
    CAST("orderNumber" AS text) AS "orderNumber", version, made, "authorKind", "authorName", reason, overruled,
    created, differences`;
  const later = '"orderNumber" = ?2 AND version > ?3';
  const earlier = '"orderNumber" = ?2 AND version < CAST(?3 AS bigint)';
  const ofOrder = pages(columns, later, 'version', PAGE_BYTES);
  const latestOfOrder = pages(columns, earlier, 'version DESC', SMALL_PAGE_BYTES);
  const after = pages(columns, 'cursor > ?2', 'cursor', PAGE_BYTES);
  const afterOfAccount = pages(columns, '"accountID" = ?2 AND cursor > ?3', 'cursor', SMALL_PAGE_BYTES);
  const span = sql.query<SpanRow>(`
    SELECT (SELECT ${epochColumn} FROM ${epochTable}) AS epoch,
      CAST((SELECT cursor FROM "prunedChanges" WHERE "accountID" = ?1) AS text) AS pruned,
      CAST((SELECT max(cursor) FROM change WHERE "accountID" = ?1) AS text) AS latest`);
  // Without DISTINCT, for which SQLite would go through a whole index.
  const changedAfter = sql.query<{ accountID: number | null }>(
    'SELECT "accountID" FROM change WHERE cursor > ?',
  );
  const told = 'cursor > ?2 AND cursor <= CAST(?3 AS bigint) AND NOT "isSilent"';
  const toldOfEndpoints = `${told} AND "accountID" IN (${WITH_WEBHOOKS})`;
  const toldOfAll = pages(columns, toldOfEndpoints, 'cursor', SMALL_PAGE_BYTES);
  const byCommandLine = `"authorKind" = 'command line'`;
  const toldAhead = pages(
    columns,
    `${toldOfEndpoints} AND NOT (${byCommandLine}) AND NOT EXISTS (
      SELECT 1 FROM change AS earlier WHERE earlier."orderNumber" = change."orderNumber"
        AND earlier.cursor > CAST(?4 AS bigint) AND earlier.cursor < change.cursor
        AND earlier.${byCommandLine} AND NOT earlier."isSilent")`,
    'cursor',
    SMALL_PAGE_BYTES,
  );
  const toldOfAccount = pages(columns, `${told} AND "accountID" = ?4`, 'cursor', SMALL_PAGE_BYTES);
  const at = pages(columns, 'cursor = ?2', 'cursor', SMALL_PAGE_BYTES);
  const hasLater = sql.query('SELECT 1 FROM change WHERE "orderNumber" = ? AND version > ? LIMIT 1');
  const hasEarlier = sql.query('SELECT 1 FROM change WHERE "orderNumber" = ? AND version < ? LIMIT 1');
  const one = sql.query('SELECT 1 FROM change WHERE cursor = ?');
  const latest = sql.query<{ cursor: string | null }>(
    `SELECT (SELECT ${epochColumn} FROM ${epochTable}) || '_' || max(cursor) AS cursor FROM change`,
  );
  const epoch = sql.query<{ epoch: string; renewals: number }>(
    `SELECT ${epochColumn} AS epoch, renewals FROM ${epochTable}`,
  );
  const lockEpoch = sql.query(`SELECT renewals FROM ${epochTable} ${sql.dialect.lockRows}`);
  const rememberEpoch = sql.change(REMEMBER_EPOCH(epochTable, epochColumn));
  const renew = sql.change(`UPDATE ${epochTable} SET ${epochColumn} = ?, renewals = renewals + 1`);

  async function epochNow() {
    const row = await epoch.get();
    return { epoch: row?.epoch ?? '', isFirst: row?.renewals === 0 };
  }

  return {
    async ofOrder(orderNumber, { after = 0, limit }) {
      const changes = await ofOrder(limit, orderNumber, after);
      const last = changes.at(-1);
      const more = last !== undefined && (await hasLater.get(orderNumber, last.version)) !== undefined;
      return { changes, more };
    },
    async latestOfOrder(orderNumber, { before = MOST_VERSIONS, limit }) {
      const changes = await latestOfOrder(limit, orderNumber, before);
      const last = changes.at(-1);
      const more = last !== undefined && (await hasEarlier.get(orderNumber, last.version)) !== undefined;
      return { changes, more };
    },
    after: (cursor, limit) => after(limit, parseCursor(cursor).place),
    afterOfAccount: (accountID, place, limit) => afterOfAccount(limit, accountID, place),
    async accountSpan(accountID) {
      const row = await span.get(accountID);
      const start = BigInt(row?.pruned ?? 0);
      const latest = BigInt(row?.latest ?? 0);
      return { epoch: row?.epoch ?? '', start, end: latest > start ? latest : start };
    },
    async accountsChangedAfter(cursor) {
      const rows = await changedAfter.all(parseCursor(cursor).place);
      return [...new Set(rows.flatMap(({ accountID }) => accountID ?? []))];
    },
    forWebhooks: ({ after, upTo, accountID }, limit) =>
      accountID === undefined ? toldOfAll(limit, after, upTo) : toldOfAccount(limit, after, upTo, accountID),
    forWebhooksAhead: ({ after, upTo, since }, limit) => toldAhead(limit, after, upTo, since),
    async at(place) {
      return (await at(1, place))[0];
    },
    async isKnown(cursor) {
      const parsed = parseCursor(cursor);
      if (!isOfEpoch(parsed, await epochNow())) return false;
      return parsed.place === HISTORY_START || (await one.get(parsed.place)) !== undefined;
    },
    async latest() {
      return (await latest.get())?.cursor ?? HISTORY_START;
    },
    epoch: epochNow,
    async renewEpoch() {
      const epoch = newEpoch();
      await sql.transaction(function* () {
        yield* get(lockEpoch);
        yield* run(rememberEpoch);
        yield* run(renew, epoch);
      });
      return epoch;
    },
  };
}

/** Writes down up to which change the epoch lasts that is about to be renewed. */
export const REMEMBER_EPOCH = (epochTable: string, epochColumn: string) => `
  INSERT INTO "pastEpoch" (renewal, value, "lastCursor")
  SELECT renewals, ${epochColumn}, (SELECT coalesce(max(cursor), 0) FROM change) FROM ${epochTable}`;

/** An epoch that no history has had. */
export function newEpoch(): string {
  return randomBytes(EPOCH_BYTES).toString('hex');
}

/** As many of the rows as are not too much to hold; the first in any case. */
export function pageOf(rows: Iterable<ChangeRow>, pageLength: number): readonly Change[] {
  const changes: Change[] = [];
  let length = 0;
  for (const row of rows) {
    length += lengthOf(row);
    if (length > pageLength && changes.length > 0) break;
    changes.push(changeOf(row));
  }
  return changes;
}

/** How many characters of JSON, about, a change takes when it is read. */
function lengthOf({ created, differences }: ChangeRow): number {
  if (created === null) return differences.length;
  return created.startsWith(ENTRY_START) ? RECORD_TO_ENTRY * created.length : created.length;
}

/** The same in SQL. */
export const LENGTH_OF_CHANGE = `CASE WHEN created LIKE '${ENTRY_START}%' THEN ${RECORD_TO_ENTRY} ELSE 1 END
  * length(coalesce(created, differences))`;

function changeOf(row: ChangeRow): Change {
  return {
    cursor: row.cursor,
    orderNumber: row.orderNumber,
    version: row.version,
    at: dateTimeOfMs(row.made),
    by: { kind: row.authorKind, name: row.authorName },
    reason: row.reason ?? undefined,
    waivedRules: row.overruled === null ? undefined : JSON.parse(row.overruled),
    ...(row.created === null
      ? { kind: 'changed', differences: JSON.parse(row.differences) }
      : { kind: 'created', order: orderOfEntry(row.created, row.orderNumber) }),
  };
}
