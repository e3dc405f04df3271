/** The networks that an account may be bound to. */

import { growingCache } from '../growing-cache.ts';
import { Networks, networkProblem } from '../http/networks.ts';

/** The most networks that an account may be bound to. */
export const ALLOWED_ADDRESSES_LIMIT = 100;
/** How many lists of networks are kept ready: to make a long one takes longer than a page does. */
const READY_LISTS = 1000;

const ready = growingCache<string, Networks>(READY_LISTS);

/**
 * Whether an account may send requests from an address.
 *
 * @param allowedAddresses the networks that it is bound to, in CIDR notation; none: it may send requests from anywhere.
 */
export function allowsAddress(allowedAddresses: readonly string[], address: string): boolean {
  if (allowedAddresses.length === 0) return true;
  const key = allowedAddresses.join(',');
  let networks = ready.get(key);
  if (networks === undefined) {
    networks = new Networks(allowedAddresses);
    ready.set(key, networks);
  }
  return networks.has(address);
}

/** What is wrong with a list of networks, or undefined. */
export function allowedAddressesProblem(networks: readonly string[]): string | undefined {
  if (networks.length > ALLOWED_ADDRESSES_LIMIT) {
    return `an account is bound to ${ALLOWED_ADDRESSES_LIMIT} networks at most, and these are ${networks.length}`;
  }
  return networks.map(networkProblem).find((problem) => problem !== undefined);
}
