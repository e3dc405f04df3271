/** From where an account may be allowed to ask. */

import { growingCache } from '../growing-cache.ts';
import { Networks, networkProblem } from '../http/networks.ts';

/** The most networks that an account may be bound to. */
export const ALLOWED_ADDRESSES_LIMIT = 100;
/** How many lists of networks are kept ready: to make a long one takes longer than a page does. */
const READY_LISTS = 1000;

const ready = growingCache<string, Networks>(READY_LISTS);

/**
 * Whether an account may be used from an address.
 *
 * @param allowedAddresses the networks that it is bound to, as they are stored; null when it is bound to none.
 */
export function allowsAddress(allowedAddresses: string | null, address: string): boolean {
  if (allowedAddresses === null) return true;
  let networks = ready.get(allowedAddresses);
  if (networks === undefined) {
    networks = new Networks(networksOf(allowedAddresses));
    ready.set(allowedAddresses, networks);
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

/** The networks that an account is bound to, as they are stored; none: it may send requests from anywhere. */
export function networksOf(allowedAddresses: string | null): readonly string[] {
  return allowedAddresses === null ? [] : allowedAddresses.split(',');
}
