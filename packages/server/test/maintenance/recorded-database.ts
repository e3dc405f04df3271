/** Databases that the version before has made, with what it answered from them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { execute, postgresDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const RECORDED = new URL('./databases/recorded/', import.meta.url);

/** The names of those on SQLite, and on PostgreSQL, with their schemas. */
type OnSqlite = 'sqlite-6' | 'sqlite-8';
type OnPostgres = 'postgres-5' | 'postgres-7';

/** A database of the SQLite schema 6. */
export const sqliteSchema6 = (t: TestContext) => recordedSqlite(t, 'sqlite-6');
/** A database of the SQLite schema 8, the last without `packedCertificates`. */
export const sqliteSchema8 = (t: TestContext) => recordedSqlite(t, 'sqlite-8');
/** A database of the PostgreSQL schema 5. */
export const postgresSchema5 = (t: TestContext) => recordedPostgres(t, 'postgres-5');
/** A database of the PostgreSQL schema 7, the last without `packedCertificates`. */
export const postgresSchema7 = (t: TestContext) => recordedPostgres(t, 'postgres-7');

function recordedSqlite(t: TestContext, name: OnSqlite): string {
  const path = join(temporaryFolder(t), 'orders.db');
  writeFileSync(path, unpacked(`${name}.db.gz`));
  return `sqlite:${path}`;
}

async function recordedPostgres(t: TestContext, name: OnPostgres): Promise<string> {
  const database = await postgresDatabase(t);
  await execute(database, unpacked(`${name}.sql.gz`).toString());
  return database;
}

/** What the version before answered, exported and remembered, line by line. */
export function recordedAnswersOf(name: OnSqlite | OnPostgres): string[] {
  return unpacked(`${name}.answers.gz`).toString().trimEnd().split('\n');
}

function unpacked(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(name, RECORDED)));
}
