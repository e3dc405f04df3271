/** Names of events: the same on every attempt, and of no two events alike. */

import { createHmac } from 'node:crypto';

const PREFIX = 'msg_';
/** How many characters of base64url: 192 bits. */
const ID_CHARACTERS = 32;

/** What makes an event the one that it is. */
export interface EventIdentity {
  readonly endpointID: string;
  /** Of the cursor: after a restore the same number stands for another change. */
  readonly epoch: string;
  /** The change's place in the history. */
  readonly cursor: number;
  /** See `ChangeEvent`. */
  readonly place: number;
  readonly type: string;
}

/**
 * The `webhook-id` of an event: a keyed hash, so that it tells nothing of how many changes there are.
 *
 * @param key the database's own.
 */
export function eventIDOf(key: string, { endpointID, epoch, cursor, place, type }: EventIdentity): string {
  const hash = createHmac('sha256', key).update(JSON.stringify([endpointID, epoch, cursor, place, type]));
  return PREFIX + hash.digest('base64url').slice(0, ID_CHARACTERS);
}
