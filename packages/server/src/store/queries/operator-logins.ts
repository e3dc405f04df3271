import { hoursOf, loginsWithinLimit, operatorLoginKey } from '../../accounts/operator-login-entries.ts';
import type { OperatorLogin, OperatorLogins } from '../../accounts/operator-logins.ts';
import { all, lockTable, runEach, type Sql } from './sql.ts';
import { summed } from './summed.ts';

const TABLE = '"operatorLogin"';
const KEY = 'at, surface, "tokenName", address, succeeded';

type KeyRow = Omit<OperatorLogin, 'succeeded' | 'times'> & { readonly succeeded: boolean | number };
type LoginRow = KeyRow & Pick<OperatorLogin, 'times'>;

/** The record of operators' logins. */
export function operatorLoginsOn(sql: Sql): OperatorLogins {
  const ofHour = sql.query<KeyRow>(`SELECT ${KEY} FROM ${TABLE} WHERE at >= ? AND at < ?`);
  const add = sql.change(`
    INSERT INTO ${TABLE} (${KEY}, times) VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (${KEY}) DO UPDATE SET times = ${TABLE}.times + excluded.times`);
  const list = sql.query<LoginRow>(`
    SELECT ${KEY}, times FROM ${TABLE} ORDER BY at DESC, surface, "tokenName", address, succeeded LIMIT ?`);

  return {
    async add(logins) {
      await sql.transaction(function* () {
        yield* lockTable(TABLE);
        for (const hour of hoursOf(logins)) {
          const stored = (yield* all(ofHour, hour.from, hour.until)).map(withBoolean);
          const added = summed(loginsWithinLimit(hour, stored), operatorLoginKey, 'times');
          yield* runEach(
            add,
            added.map(({ at, surface, tokenName, address, succeeded, times }) => [
              at,
              surface,
              tokenName,
              address,
              succeeded,
              times,
            ]),
          );
        }
      });
    },
    async list(limit) {
      return (await list.all(limit)).map(withBoolean);
    },
  };
}

function withBoolean<Row extends KeyRow>(row: Row) {
  return { ...row, succeeded: Boolean(row.succeeded) };
}
