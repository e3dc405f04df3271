/** The hot read on PostgreSQL: one statement, so one round trip and one state of the database. */

import type { StatusReader } from '../../orders/status-reader.ts';
import { isUnpacked, readingOf } from '../queries/status-rows.ts';
import { givenNumbers, type StatusStatements, statusStatements } from '../queries/status-statements.ts';
import type { Connection } from './connection-pool.ts';
import { numbered } from './sql.ts';

const STATEMENTS = statusStatements('json_build_array');
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

/** The hot read on PostgreSQL. */
export function postgresStatusReader(database: Connection): StatusReader {
  return {
    async read(loginName, query) {
      const [given, number, ...others] = givenNumbers(query);
      const { order, unpackedOrder, withReplacements } = NUMBERED[given];
      const values = [loginName, number, ...others];
      if (query.queryType === 2) {
        const [row, ...later] = await database.lists(withReplacements, values);
        return readingOf(row, query, later);
      }
      const [row] = await database.lists(order, [loginName, number]);
      if (!isUnpacked(row)) return readingOf(row, query);
      const [unpacked] = await database.lists(unpackedOrder, values);
      return readingOf(unpacked, query);
    },
  };
}
