import type { DatabaseSync } from 'node:sqlite';
import type { OperatorLogin, OperatorLogins } from '../store.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

/** The record of operators' logins in SQLite. */
export function sqliteOperatorLogins(database: DatabaseSync): OperatorLogins {
  const add = prepareWrite(
    database,
    `INSERT INTO operatorLogin VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET times = times + excluded.times`,
  );
  const list = database.prepare(
    'SELECT * FROM operatorLogin ORDER BY at DESC, surface, tokenName, address, succeeded LIMIT ?',
  );

  return {
    async add(logins) {
      await inTransaction(database, () => {
        for (const { at, surface, tokenName, address, succeeded, times } of logins) {
          add(at, surface, tokenName, address, succeeded ? 1 : 0, times);
        }
      });
    },
    async list(limit) {
      return list
        .all(limit)
        .map((row) => ({ ...row, succeeded: row['succeeded'] === 1 }) as unknown as OperatorLogin);
    },
  };
}
