/** Databases that the version before has made, with what it answered from them. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { execute, postgresDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const RECORDED = new URL('./databases/recorded/', import.meta.url);

/** A database of the SQLite schema 6. */
export function sqliteSchema6(t: TestContext): string {
  const path = join(temporaryFolder(t), 'orders.db');
  writeFileSync(path, unpacked('sqlite-6.db.gz'));
  return `sqlite:${path}`;
}

/** A database of the PostgreSQL schema 5. */
export async function postgresSchema5(t: TestContext): Promise<string> {
  const database = await postgresDatabase(t);
  await execute(database, unpacked('postgres-5.sql.gz').toString());
  return database;
}

/** What the version before answered, exported and remembered, line by line. */
export function recordedAnswersOf(engine: 'sqlite-6' | 'postgres-5'): string[] {
  return unpacked(`${engine}.answers.gz`).toString().trimEnd().split('\n');
}

function unpacked(name: string): Buffer {
  return gunzipSync(readFileSync(new URL(name, RECORDED)));
}
