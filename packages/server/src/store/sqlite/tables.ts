import type { DatabaseSync } from 'node:sqlite';

/** Every table of the current schema. */
export const TABLES = [
  'account',
  'accountToken',
  'certificate',
  'change',
  'currentSecretKey',
  'epoch',
  'firstIssue',
  'followedOrder',
  'guessCounter',
  'guessKey',
  'jobLease',
  'loginFailure',
  'operatorLogin',
  'order',
  'pastEpoch',
  'prunedChanges',
  'secret',
  'session',
  'shareLink',
  'token',
  'upstream',
  'webhookAttempt',
  'webhookEndpoint',
  'webhookEvent',
  'webhookFeed',
] as const;

/**
 * Fails as a statement does that names a table that is not there: the other statements are prepared when they first
 * run, which may be long after.
 */
export function requireTables(database: DatabaseSync): void {
  database.prepare(TABLES.map((table) => `SELECT 1 FROM "${table}"`).join(' UNION ALL '));
}
