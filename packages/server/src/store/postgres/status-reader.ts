/** The hot read on PostgreSQL: one statement, so one round trip and one state of the database. */

import type { StatusReader } from '../../orders/status-reader.ts';
import { isUnpacked, readingOf, type StatusRow } from '../queries/status-rows.ts';
import {
  givenNumbers,
  ORDER_COLUMNS_ON_WIRE,
  STATUS_COLUMNS,
  type StatusStatements,
  statusStatements,
} from '../queries/status-statements.ts';
import type { Database } from './connection-pool.ts';
import { NOW_MS, numbered } from './sql.ts';
import type { TextRow } from './text-rows.ts';

const STATEMENTS = statusStatements({ jsonList: 'json_build_array', nowMs: NOW_MS });
const NUMBERED = {
  order: numberedEach(STATEMENTS.order),
  certificate: numberedEach(STATEMENTS.certificate),
  both: numberedEach(STATEMENTS.both),
};

function numberedEach({ order, unpackedOrder, withReplacements }: StatusStatements): StatusStatements {
  return {
    order: numbered(order),
    unpackedOrder: numbered(unpackedOrder),
    withReplacements: numbered(withReplacements),
  };
}

const DISABLED_AT = STATUS_COLUMNS.indexOf('disabled');
const NUMBERS: ReadonlySet<string> = new Set([
  'accountID',
  'credentialVersion',
  'waitMs',
  ...ORDER_COLUMNS_ON_WIRE.filter(({ form }) => form === 'minute').map(({ name }) => name),
]);
/** Where a row has numbers. */
const NUMBERS_AT = STATUS_COLUMNS.flatMap((name, at) => (NUMBERS.has(name) ? [at] : []));

/** The hot read on PostgreSQL. */
export function postgresStatusReader(database: Pick<Database, 'texts'>): StatusReader {
  const rows = async (statement: string, values: readonly string[]) =>
    (await database.texts(statement, values)).map(statusRow);
  return {
    async read(loginName, query) {
      const [given, number, ...others] = givenNumbers(query);
      const { order, unpackedOrder, withReplacements } = NUMBERED[given];
      if (query.queryType === 2) {
        const [row, ...later] = await rows(withReplacements, [loginName, number, ...others]);
        return readingOf(row, query, later);
      }
      const [row] = await rows(order, [loginName, number]);
      if (!isUnpacked(row)) return readingOf(row, query);
      const [unpacked] = await rows(unpackedOrder, [loginName, number, ...others]);
      return readingOf(unpacked, query);
    },
  };
}

/** A row with its numbers and truth values, where the server writes texts. */
function statusRow(texts: TextRow): StatusRow {
  const row: (string | number | boolean | null)[] = [...texts];
  for (const at of NUMBERS_AT) if (row[at] !== null) row[at] = Number(row[at]);
  row[DISABLED_AT] = row[DISABLED_AT] === 't';
  return row;
}
