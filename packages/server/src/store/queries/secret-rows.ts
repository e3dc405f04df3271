import type { KeyUse, SealedSecret, SecretRows } from '../../secrets/secret-rows.ts';
import { all, get, lockTable, run, runEach, type Sql, type Steps } from './sql.ts';

const COLUMNS = '"secretID", purpose, owner, "keyID", ciphertext';
/** The table of one row that is locked by what depends on which key is the current one. */
const CURRENT = '"currentSecretKey"';

/** Without secrets any key may take the place of one that may be lost. */
const CURRENT_KEY = `SELECT "keyID" FROM ${CURRENT} WHERE EXISTS (SELECT 1 FROM secret)`;
const CLEAR_CURRENT = `DELETE FROM ${CURRENT}`;
const SET_CURRENT = `INSERT INTO ${CURRENT} ("keyID") VALUES (?)`;

/** A step that stores a secret, for transactions that also store what it belongs to; see `SecretRows.put`. */
export function putSecretOn(sql: Sql) {
  const { nowMs } = sql.dialect;
  const current = sql.query<{ keyID: string }>(CURRENT_KEY);
  const clearCurrent = sql.change(CLEAR_CURRENT);
  const setCurrent = sql.change(SET_CURRENT);
  const removeEnded = sql.change(`DELETE FROM secret WHERE expires <= ${nowMs}`);
  const removeEarlier = sql.change(
    'DELETE FROM secret WHERE purpose = ? AND owner = ? AND expires IS NOT NULL',
  );
  const end = sql.change(`
    UPDATE secret SET expires = ${nowMs} + CAST(?3 AS bigint)
    WHERE purpose = ?1 AND owner = ?2 AND expires IS NULL`);
  const add = sql.change(`
    INSERT INTO secret (${COLUMNS}, created) VALUES (?, ?, ?, ?, ?, ${nowMs})`);
  return function* (secret: SealedSecret, overlapMs: number): Steps<boolean> {
    const { secretID, purpose, owner, keyID, ciphertext } = secret;
    yield* lockTable(CURRENT);
    const known = (yield* get(current))?.keyID;
    if (known !== undefined && known !== keyID) return false;
    if (known === undefined) {
      yield* run(clearCurrent);
      yield* run(setCurrent, keyID);
    }
    yield* run(removeEarlier, purpose, owner);
    yield* run(end, purpose, owner, overlapMs);
    yield* run(removeEnded);
    yield* run(add, secretID, purpose, owner, keyID, ciphertext);
    return true;
  };
}

/** The encrypted secrets. */
export function secretRowsOn(sql: Sql): SecretRows {
  const { nowMs } = sql.dialect;
  const isValid = `(expires IS NULL OR expires > ${nowMs})`;
  const putSecret = putSecretOn(sql);
  const current = sql.query<{ keyID: string }>(CURRENT_KEY);
  const clearCurrent = sql.change(CLEAR_CURRENT);
  const setCurrent = sql.change(SET_CURRENT);
  const of = sql.query<SealedSecret>(`
    SELECT ${COLUMNS} FROM secret WHERE purpose = ? AND owner = ? AND ${isValid}
    ORDER BY expires IS NULL DESC, expires DESC`);
  const remove = sql.change('DELETE FROM secret WHERE purpose = ? AND owner = ?');
  const list = sql.query<SealedSecret>(`
    SELECT ${COLUMNS} FROM secret WHERE "secretID" > ? AND ${isValid} ORDER BY "secretID" LIMIT ?`);
  const reencrypt = sql.change(
    'UPDATE secret SET "keyID" = ?, ciphertext = ? WHERE "secretID" = ? AND ciphertext = ?',
  );
  const keyUses = sql.query<KeyUse>(`
    SELECT "keyID", count(*) AS secrets FROM secret WHERE ${isValid} GROUP BY "keyID" ORDER BY "keyID"`);

  return {
    async currentKeyID() {
      return (await current.get())?.keyID;
    },
    async makeCurrent(keyID) {
      await sql.transaction(function* () {
        yield* lockTable(CURRENT);
        yield* run(clearCurrent);
        yield* run(setCurrent, keyID);
      });
    },
    put: (secret, overlapMs) => sql.transaction(() => putSecret(secret, overlapMs)),
    of: ({ purpose, owner }) => of.all(purpose, owner),
    async remove({ purpose, owner }) {
      return (await remove.run(purpose, owner)) > 0;
    },
    list: ({ after, limit }) => list.all(after, limit),
    reencrypt: (keyID, values) =>
      sql.transaction(function* () {
        yield* lockTable(CURRENT);
        const [known] = yield* all(current);
        // Without secrets there is nothing left that would need another ciphertext.
        if (known !== undefined && known.keyID !== keyID) return false;
        yield* runEach(
          reencrypt,
          values.map(({ secretID, before, ciphertext }) => [keyID, ciphertext, secretID, before]),
        );
        return true;
      }),
    keyUses: () => keyUses.all(),
  };
}
