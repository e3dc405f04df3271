/** From a host's name to its addresses. */

import { lookup, Resolver } from 'node:dns/promises';
import { OutboundError } from './outbound-error.ts';

/** How long each DNS server may take for a response, in milliseconds, and how often it is asked. */
const SERVER_TIMEOUT_MS = 2000;
const SERVER_TRIES = 2;
/** The most addresses of a name. Services of any size have fewer than 20. */
export const ADDRESSES_LIMIT = 64;

/**
 * Finds every address of a host, at least one.
 *
 * @throws {OutboundError} `name-not-resolved`
 * @throws the signal's reason when it is aborted.
 */
export type ResolveName = (host: string, signal: AbortSignal) => Promise<readonly string[]>;

/**
 * Resolves with DNS alone, as is right for names that customers chose: names of /etc/hosts and of search domains are
 * not found, and a slow name server holds up no thread of the process, as `lookup` would.
 *
 * @param servers addresses, with a port if it is not 53, in place of the system's servers.
 */
export function dnsResolver(servers?: readonly string[]): ResolveName {
  return async (host, signal) => {
    signal.throwIfAborted();
    // A new one each time: it takes 0.03 ms, can be cancelled by itself, and knows the system's servers of now.
    const resolver = new Resolver({ timeout: SERVER_TIMEOUT_MS, tries: SERVER_TRIES });
    if (servers !== undefined) resolver.setServers(servers);
    const cancel = () => resolver.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const families = await Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)]);
      signal.throwIfAborted();
      const addresses = families.flatMap((family) => (family.status === 'fulfilled' ? family.value : []));
      const failure = families.find((family) => family.status === 'rejected');
      return limited(host, addresses, failure?.reason);
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  };
}

/** Resolves as the system does, /etc/hosts included: for the operator's names. */
export const systemResolver: ResolveName = async (host, signal) => {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = () => reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const found = await Promise.race([settled(lookup(host, { all: true, order: 'ipv4first' })), aborted]);
    return limited(host, found.addresses, found.error);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
};

async function settled(
  looking: Promise<{ address: string }[]>,
): Promise<{ addresses: readonly string[]; error?: unknown }> {
  try {
    return { addresses: (await looking).map(({ address }) => address) };
  } catch (error) {
    return { addresses: [], error };
  }
}

function limited(host: string, addresses: readonly string[], error: unknown): readonly string[] {
  if (addresses.length === 0) {
    const { code = 'no addresses' } = (error ?? {}) as NodeJS.ErrnoException;
    throw new OutboundError('name-not-resolved', `the host ${host} was not found (${code})`, {
      cause: error,
    });
  }
  if (addresses.length > ADDRESSES_LIMIT) {
    throw new OutboundError(
      'name-not-resolved',
      `the host ${host} has more than ${ADDRESSES_LIMIT} addresses`,
    );
  }
  return addresses;
}
