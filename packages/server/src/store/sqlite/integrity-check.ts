import type { DatabaseSync } from 'node:sqlite';

/** What SQLite finds wrong with the file; empty when it is whole. */
export function integrityProblems(database: DatabaseSync): string[] {
  const found = database
    .prepare('PRAGMA integrity_check')
    .all()
    .map((row) => String(row['integrity_check']))
    .filter((line) => line !== 'ok');
  const dangling = database
    .prepare('PRAGMA foreign_key_check')
    .all()
    .map(
      (row) => `row ${row['rowid']} of ${row['table']} refers to a row of ${row['parent']} that is not there`,
    );
  return [...found, ...dangling];
}
