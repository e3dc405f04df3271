/** Time, as the queue of webhooks knows it: by what is stored. */

import { execute } from '../store/databases.ts';

/** The stored times, in milliseconds since 1970. */
const TIMES = {
  webhookEvent: ['made', 'nextAttempt', 'ended', 'requested'],
  webhookEndpoint: ['notBefore', 'failingSince', 'lastSuccess'],
} as const;

/** Moves everything that has happened, and everything that is to happen, into the past. */
export async function letTimePass(database: string, ms: number): Promise<void> {
  for (const [table, columns] of Object.entries(TIMES)) {
    const moved = columns.map((column) => `"${column}" = "${column}" - ${ms}`).join(', ');
    await execute(database, `UPDATE "${table}" SET ${moved}`);
  }
}
