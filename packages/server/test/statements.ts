/** The statements that reach the database. */

import { StatementSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { isPostgres } from './store/databases.ts';

/** Every statement that reaches the database from now on, but for the exchange of what is counted. */
export function statementsOf(t: TestContext): string[] {
  const seen: string[] = [];
  watchDatabase(t, (sql) => seen.push(sql));
  return seen;
}

/** How many rows the database gives from now on. */
export function countRows(t: TestContext): { count: number } {
  const rows = { count: 0 };
  watchDatabase(
    t,
    () => {},
    (count) => {
      rows.count += count;
    },
  );
  return rows;
}

type Method = (...given: unknown[]) => unknown;

function watchDatabase(
  t: TestContext,
  onStatement: (sql: string) => void,
  onRows: (count: number) => void = () => {},
): void {
  const note = (sql: string) => {
    if (!/guessCounter|loginFailure|clock_timestamp|^(BEGIN|COMMIT)/.test(sql)) onStatement(sql);
  };
  if (isPostgres) {
    const query = Client.prototype.query as unknown as Method;
    t.mock.method(Client.prototype, 'query', function (this: Client, ...given: unknown[]) {
      note(typeof given[0] === 'string' ? given[0] : (given[0] as { text: string }).text);
      const result = query.apply(this, given);
      if (result instanceof Promise) result.then(({ rows }) => onRows(rows?.length ?? 0)).catch(() => {});
      return result;
    });
    return;
  }
  const watch = (method: 'all' | 'get' | 'iterate' | 'run', of: (result: unknown) => unknown) => {
    const execute = StatementSync.prototype[method] as Method;
    t.mock.method(StatementSync.prototype, method, function (this: StatementSync, ...given: unknown[]) {
      note(this.sourceSQL);
      return of(execute.apply(this, given));
    });
  };
  const each = function* (rows: Iterable<unknown>) {
    for (const row of rows) {
      onRows(1);
      yield row;
    }
  };
  watch('run', (result) => result);
  watch('get', (row) => {
    if (row !== undefined) onRows(1);
    return row;
  });
  watch('all', (rows) => {
    onRows((rows as unknown[]).length);
    return rows;
  });
  watch('iterate', (rows) => each(rows as Iterable<unknown>));
}
