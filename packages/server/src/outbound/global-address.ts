/** Which IP addresses are on the public internet. */

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** IPv4 addresses inside IPv6 ones: mapped (RFC 4291, 2.5.5.2), and translated by a NAT64 gateway (RFC 6052, 2.1). */
const EMBEDDING: readonly [ipaddr.IPv6, number][] = [
  ipaddr.IPv6.parseCIDR('::ffff:0:0/96') as [ipaddr.IPv6, number],
  ipaddr.IPv6.parseCIDR('64:ff9b::/96') as [ipaddr.IPv6, number],
];

/** All that is assigned as global unicast (RFC 4291, 2.4); the rest of IPv6 is special or not assigned. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3') as [ipaddr.IPv6, number];

/** Services of clouds for their own machines, at addresses that are public by their number: Azure's. */
const METADATA_ADDRESSES: ReadonlySet<string> = new Set(['168.63.129.16']);

/**
 * The address that packets reach in the end, in its normal spelling: the IPv4 address in a mapped or NAT64 one, without
 * the zone.
 *
 * @param address an IPv4 or IPv6 address.
 */
export function reachedAddress(address: string): string {
  const [withoutZone = ''] = address.split('%', 1);
  return parse(withoutZone).toString();
}

/**
 * Whether an address is global unicast, and so belongs to one machine of the public internet. False for a text that is
 * no address, and for one with a zone.
 */
export function isGlobalAddress(address: string): boolean {
  if (isIP(address) === 0 || address.includes('%')) return false;
  const reached = parse(address);
  if (METADATA_ADDRESSES.has(reached.toString()) || reached.range() !== 'unicast') return false;
  return reached instanceof ipaddr.IPv4 || reached.match(GLOBAL_UNICAST);
}

function parse(address: string): ipaddr.IPv4 | ipaddr.IPv6 {
  if (isIP(address) === 4) return ipaddr.IPv4.parse(address);
  // The library takes ::192.0.2.7 for ::ffff:192.0.2.7; in the normal spelling there is no such doubt.
  const parsed = ipaddr.IPv6.parse(new URL(`http://[${address}]`).hostname.slice(1, -1));
  if (!EMBEDDING.some((network) => parsed.match(network))) return parsed;
  return new ipaddr.IPv4(parsed.toByteArray().slice(-4));
}
