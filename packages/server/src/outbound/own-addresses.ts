/** The addresses of this machine. */

import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { reachedAddress } from './global-address.ts';

/** Every address of an interface, in its normal spelling. They are looked up each time, as interfaces come and go. */
export function ownAddresses(): ReadonlySet<string> {
  try {
    const interfaces = Object.values(networkInterfaces()).flatMap((addresses = []) => addresses);
    return new Set(interfaces.map(({ address }) => reachedAddress(address)));
  } catch (error) {
    if (process.platform !== 'linux') throw error;
    // A unit file with RestrictAddressFamilies, as ours, does not allow the sockets that this takes (AF_NETLINK).
    return kernelAddresses();
  }
}

/** The same from the files in which Linux lists them. */
export function kernelAddresses(): ReadonlySet<string> {
  const ipv4 = readFileSync('/proc/self/net/fib_trie', 'utf8').matchAll(/\|-- (\S+)\n *\/32 host LOCAL/g);
  const ipv6 = readIfThere('/proc/self/net/if_inet6').matchAll(/^([0-9a-f]{32}) /gm);
  return new Set([
    ...Array.from(ipv4, ([, address = '']) => address),
    ...Array.from(ipv6, ([, digits = '']) => reachedAddress(digits.replace(/(....)(?=.)/g, '$1:'))),
  ]);
}

/** Empty on a machine without IPv6. */
function readIfThere(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
