/** The hot read on SQLite. */

import type { DatabaseSync } from 'node:sqlite';
import type { StatusQuery } from '@cert-order-status/protocol';
import type { StatusReader, StatusReading } from '../../orders/status-reader.ts';
import { isUnpacked, readingOf, type StatusRow } from '../queries/status-rows.ts';
import { givenNumbers, type StatusStatements, statusStatements } from '../queries/status-statements.ts';
import { NOW_MS } from './sql.ts';
import { snapshotsOf } from './transaction.ts';

/** A read that waits for the turn that it is part of. */
interface WaitingRead {
  readonly loginName: string;
  readonly query: StatusQuery;
  resolve(reading: StatusReading): void;
  reject(error: unknown): void;
}

/**
 * The hot read on SQLite. The requests that one turn of the event loop has received are read in one transaction, as
 * a transaction costs as much as a read. It begins after the last of them was received: each sees every change that was
 * acknowledged before it was sent.
 */
export function sqliteStatusReader(database: DatabaseSync): StatusReader {
  const prepare = (sql: string) => {
    const statement = database.prepare(sql);
    statement.setReturnArrays(true);
    return statement;
  };
  const prepareEach = ({ order, unpackedOrder, withReplacements }: StatusStatements) => ({
    order: prepare(order),
    unpackedOrder: prepare(unpackedOrder),
    withReplacements: prepare(withReplacements),
  });
  const texts = statusStatements({ jsonList: 'json_array', nowMs: NOW_MS });
  const statements = {
    order: prepareEach(texts.order),
    certificate: prepareEach(texts.certificate),
    both: prepareEach(texts.both),
  };
  const inSnapshot = snapshotsOf(database);
  let waiting: WaitingRead[] = [];

  function read({ loginName, query }: WaitingRead): StatusReading {
    const [given, number, ...others] = givenNumbers(query);
    const { order, unpackedOrder, withReplacements } = statements[given];
    if (query.queryType === 2) {
      const [row, ...later] = withReplacements.all(loginName, number, ...others) as unknown as StatusRow[];
      return readingOf(row, query, later);
    }
    const row = order.get(loginName, number) as StatusRow | undefined;
    if (!isUnpacked(row)) return readingOf(row, query);
    return readingOf(unpackedOrder.get(loginName, number, ...others) as StatusRow | undefined, query);
  }

  function readWaiting(): void {
    const reads = waiting;
    waiting = [];
    try {
      inSnapshot(() => {
        for (const each of reads) {
          // One that fails is the failure of its own request alone.
          try {
            each.resolve(read(each));
          } catch (error) {
            each.reject(error);
          }
        }
      });
    } catch (error) {
      // The transaction did not begin, or did not end: those that have been read stay so.
      for (const each of reads) each.reject(error);
    }
  }

  return {
    read(loginName, query) {
      return new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(readWaiting);
        waiting.push({ loginName, query, resolve, reject });
      });
    },
  };
}
