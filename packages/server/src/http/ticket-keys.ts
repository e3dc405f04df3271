/**
 * The secret with which a server encrypts the TLS sessions that its clients keep (session tickets), renewed regularly:
 * a key that leaks reveals the sessions of its time only.
 */

import { randomBytes } from 'node:crypto';

/** What TLS derives its keys from. */
const TICKET_KEYS_BYTES = 48;

/**
 * How long one secret is used, in milliseconds. Sessions begun under an earlier one are not resumed: their clients do
 * a full handshake, once.
 */
const TICKET_KEYS_LIFETIME_MS = 12 * 60 * 60 * 1000;

/** The secret in use, in base64. */
export interface TicketKeys {
  readonly current: string;
  /** Renews it no more. */
  stop(): void;
}

/**
 * Draws a secret at random, and another when its time is over.
 *
 * @param onRenewed is told of each but the first.
 * @param lifetimeMs 12 hours when left out.
 */
export function startTicketKeys(
  onRenewed: (keys: string) => void,
  lifetimeMs = TICKET_KEYS_LIFETIME_MS,
): TicketKeys {
  let current = newKeys();
  const timer = setInterval(() => {
    current = newKeys();
    onRenewed(current);
  }, lifetimeMs).unref();
  return {
    get current() {
      return current;
    },
    stop: () => clearInterval(timer),
  };
}

function newKeys(): string {
  return randomBytes(TICKET_KEYS_BYTES).toString('base64');
}
