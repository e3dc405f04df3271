import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import { formatDateTime, parseDateTime } from '@cert-order-status/protocol';
import type { TokenSummary, Tokens } from '../../accounts/tokens.ts';
import { EVERY_ROW } from './every-row.ts';
import { inTransaction } from './transaction.ts';
import { prepareWrite } from './write-statement.ts';

const COLUMNS = 'name, scope, created, expires, revoked, lastUsed';

/** The tokens in SQLite. */
export function sqliteTokens(database: DatabaseSync): Tokens {
  const find = database.prepare(`SELECT ${COLUMNS} FROM token WHERE digest = ? AND revoked IS NULL`);
  const named = database.prepare('SELECT revoked FROM token WHERE name = ?');
  const list = database.prepare(`SELECT ${COLUMNS} FROM token WHERE name > ? ORDER BY name LIMIT ?`);
  const add = prepareWrite(
    database,
    'INSERT INTO token (name, scope, digest, created, expires) VALUES (?, ?, ?, unixepoch(), ?) ON CONFLICT (name) DO NOTHING',
  );
  const revoke = prepareWrite(database, 'UPDATE token SET revoked = unixepoch() WHERE name = ?');
  const use = prepareWrite(database, 'UPDATE token SET lastUsed = unixepoch() WHERE name = ?');

  return {
    async find(digest) {
      const row = find.get(digest);
      return row && tokenSummary(row);
    },
    async list({ after = '', limit = EVERY_ROW } = {}) {
      return list.all(after, limit).map(tokenSummary);
    },
    async add({ name, scope, digest, expires }) {
      const until = expires === undefined ? null : (parseDateTime(expires) as number);
      return inTransaction(database, () => add(name, scope, digest, until) === 1);
    },
    async revoke(name) {
      return inTransaction(database, () => {
        const row = named.get(name);
        if (row === undefined) return 'unknown token';
        if (row['revoked'] !== null) return 'was revoked';
        revoke(name);
        return 'revoked';
      });
    },
    async use(name) {
      await inTransaction(database, () => use(name));
    },
  };
}

function tokenSummary(row: Record<string, SQLOutputValue>): TokenSummary {
  return {
    name: row['name'] as string,
    scope: row['scope'] as TokenSummary['scope'],
    created: formatDateTime(row['created'] as number),
    ...moment('expires', row['expires']),
    ...moment('revoked', row['revoked']),
    ...moment('lastUsed', row['lastUsed']),
  };
}

function moment<Name extends string>(name: Name, second: SQLOutputValue | undefined) {
  return (typeof second === 'number' ? { [name]: formatDateTime(second) } : {}) as { [N in Name]?: string };
}
