import type { DatabaseSync } from 'node:sqlite';
import { hoursOf, loginsWithinLimit, type OperatorLoginKey } from '../../accounts/operator-login-entries.ts';
import type { OperatorLogin, OperatorLogins } from '../../accounts/operator-logins.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

/** The record of operators' logins in SQLite. */
export function sqliteOperatorLogins(database: DatabaseSync): OperatorLogins {
  const ofHour = database.prepare(
    'SELECT at, surface, tokenName, address, succeeded FROM operatorLogin WHERE at >= ? AND at < ?',
  );
  const add = prepareWrite(
    database,
    `INSERT INTO operatorLogin VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET times = times + excluded.times`,
  );
  const list = database.prepare(
    'SELECT * FROM operatorLogin ORDER BY at DESC, surface, tokenName, address, succeeded LIMIT ?',
  );
  const withBoolean = (row: object) =>
    ({ ...row, succeeded: (row as { succeeded: number }).succeeded === 1 }) as unknown;

  return {
    async add(logins) {
      await inTransaction(database, () => {
        for (const hour of hoursOf(logins)) {
          const stored = ofHour.all(hour.from, hour.until).map(withBoolean) as OperatorLoginKey[];
          for (const login of loginsWithinLimit(hour, stored)) {
            const { at, surface, tokenName, address, succeeded, times } = login;
            add(at, surface, tokenName, address, succeeded ? 1 : 0, times);
          }
        }
      });
    },
    async list(limit) {
      return list.all(limit).map(withBoolean) as OperatorLogin[];
    },
  };
}
