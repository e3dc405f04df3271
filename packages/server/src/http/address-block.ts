/** The block that an address is counted with: its addresses usually belong to one client. */

/** An IPv4 address by itself; of an IPv6 address the first 64 bits, as `2001:db8:0:1`. */
export function addressBlock(address: string): string {
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::', 2);
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : Math.max(0, 8 - first.length - last.length);
  return [...first, ...Array<string>(zeros).fill('0'), ...last]
    .slice(0, 4)
    .map((group) => group.toLowerCase().replace(/^0+(?=.)/, ''))
    .join(':');
}

/**
 * The network that an address is counted with beside its block: many blocks in one hand. Of an IPv4 address the first
 * 24 bits, of an IPv6 address the first 48.
 */
export function addressNetwork(address: string): string {
  const isIPv6 = address.includes(':');
  return addressBlock(address)
    .split(isIPv6 ? ':' : '.')
    .slice(0, 3)
    .join(isIPv6 ? ':' : '.');
}
