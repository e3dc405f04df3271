/** Networks of addresses, as operators write them. */

import { BlockList, isIP } from 'node:net';

/** What is wrong with a network such as `10.0.0.0/8`, `2001:db8::/32` or `192.0.2.7`, or undefined. */
export function networkProblem(network: string): string | undefined {
  return parseNetwork(network) === undefined
    ? `'${network}' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7`
    : undefined;
}

/** Some networks. */
export class Networks {
  readonly #list = new BlockList();

  /** @throws {RangeError} for a network that {@link networkProblem} finds fault with. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const parsed = parseNetwork(network);
      if (parsed === undefined) throw new RangeError(networkProblem(network));
      this.#list.addSubnet(parsed.address, parsed.prefix, parsed.family);
    }
  }

  /** False for a text that is not an address. */
  has(address: string): boolean {
    const family = isIP(address);
    return family !== 0 && this.#list.check(address, family === 4 ? 'ipv4' : 'ipv6');
  }
}

function parseNetwork(
  network: string,
): { address: string; prefix: number; family: 'ipv4' | 'ipv6' } | undefined {
  const [address = '', prefixText, ...rest] = network.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || address.includes('%')) return undefined;
  const most = family === 4 ? 32 : 128;
  if (prefixText !== undefined && !/^[0-9]{1,3}$/.test(prefixText)) return undefined;
  const prefix = prefixText === undefined ? most : Number(prefixText);
  return prefix > most ? undefined : { address, prefix, family: family === 4 ? 'ipv4' : 'ipv6' };
}
