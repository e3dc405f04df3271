/** The shared SQL on PostgreSQL. */

import type { Dialect, Query, Sql, Step, Steps, Value } from '../queries/sql.ts';
import { type Connection, type Database, SNAPSHOT } from './connection-pool.ts';

const msOf = (time: string) => `floor(extract(epoch FROM ${time}) * 1000)::bigint`;

/** The time when the transaction began, in milliseconds since 1970. */
export const NOW_MS = msOf('now()');
/** The time at a statement, where that of the dialect is that of its transaction. */
export const CLOCK_MS = msOf('clock_timestamp()');

const DIALECT: Dialect = {
  nowMs: NOW_MS,
  nowSeconds: 'floor(extract(epoch FROM now()))::bigint',
  lockRows: 'FOR NO KEY UPDATE',
  lockUnlockedRows: 'FOR UPDATE SKIP LOCKED',
  lockKeys: 'FOR KEY SHARE',
  lockOrders: 'SELECT 1 FROM feed FOR UPDATE',
  joinFromLeft: 'JOIN',
  indexedBy: () => '',
  listed: 'SELECT value::bigint FROM jsonb_array_elements_text(?1::text::jsonb)',
};

export function postgresSql(database: Database): Sql {
  return {
    dialect: DIALECT,
    query<Row>(shared: string): Query<Row> {
      const text = numbered(shared);
      const all = (...values: Value[]) => database.run<Row>(text, values);
      return { text, all, get: async (...values) => (await all(...values))[0] };
    },
    change(shared) {
      const text = numbered(shared);
      return { text, run: (...values) => database.change(text, values) };
    },
    transaction: (work) => database.transaction((connection) => follow(work(), connection)),
    snapshot: (work) => database.transaction((connection) => follow(work(), connection), SNAPSHOT),
  };
}

/** `?1` and `?` as PostgreSQL writes them. */
export function numbered(text: string): string {
  let last = 0;
  return text.replace(/\?(\d*)/g, (_, number: string) => `$${number || ++last}`);
}

/** Goes through steps on a connection. */
export async function follow<Result>(steps: Steps<Result>, connection: Connection): Promise<Result> {
  for (let next = steps.next(); ; next = steps.next(await take(next.value, connection))) {
    if (next.done) return next.value;
  }
}

async function take(step: Step, connection: Connection): Promise<unknown> {
  if ('locks' in step) return connection.run(`LOCK TABLE ${step.locks} IN SHARE ROW EXCLUSIVE MODE`);
  if ('asks' in step) return (await connection.run<{ now: number }>(`SELECT ${CLOCK_MS} AS now`, []))[0]?.now;
  if ('reads' in step) return connection.run(step.reads, step.values);
  const changed = await Promise.all(step.runs.map((values) => connection.change(step.writes, values)));
  return changed.reduce((total, count) => total + count, 0);
}
