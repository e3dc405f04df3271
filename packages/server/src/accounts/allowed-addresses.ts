/** From where an account may be allowed to ask. */

import { networkProblem } from '../transport/networks.ts';

/** The most networks that an account may be bound to. */
export const ALLOWED_ADDRESSES_LIMIT = 100;

/** What is wrong with a list of networks, or undefined. */
export function allowedAddressesProblem(networks: readonly string[]): string | undefined {
  if (networks.length > ALLOWED_ADDRESSES_LIMIT) {
    return `an account is bound to ${ALLOWED_ADDRESSES_LIMIT} networks at most, and these are ${networks.length}`;
  }
  return networks.map(networkProblem).find((problem) => problem !== undefined);
}
