/** Which addresses requests may go to. */

import { Networks } from '../http/networks.ts';
import { isGlobalAddress, reachedAddress } from './global-address.ts';
import { ownAddresses } from './own-addresses.ts';

/** What the policy depends on. */
export interface AddressPolicySettings {
  /** Networks, in CIDR notation, that URLs of the operator may lead to although they are not public. */
  readonly allowNetworks?: readonly string[];
  /** The ports on which this service listens. */
  readonly ownPorts?: readonly number[];
}

/** Addresses of which every one is this machine's, on every machine. */
const THIS_MACHINE = new Networks(['0.0.0.0/8', '127.0.0.0/8', '::/127']);

/** Decides by the number of an address, whatever name it belongs to. */
export class AddressPolicy {
  readonly #allowed: Networks;
  readonly #ownPorts: ReadonlySet<number>;
  readonly #ownAddresses: () => ReadonlySet<string>;

  /** @param addressesOfMachine the addresses of this machine now. */
  constructor(
    { allowNetworks = [], ownPorts = [] }: AddressPolicySettings,
    addressesOfMachine: () => ReadonlySet<string> = ownAddresses,
  ) {
    this.#ownAddresses = addressesOfMachine;
    this.#allowed = new Networks(allowNetworks);
    this.#ownPorts = new Set(ownPorts);
  }

  /**
   * Why no request may go to an address and port, or undefined.
   *
   * - A port of this service on this machine is refused to all.
   * - A customer's URL may lead to public addresses of other machines: what this machine offers to itself is often not
   *   behind its firewall.
   * - The operator's may lead to any public address, and to the allowed networks.
   */
  refusal(
    address: string,
    port: number,
    isOperators: boolean,
  ): 'own-listener' | 'address-not-allowed' | undefined {
    const reached = reachedAddress(address);
    const isOwn = THIS_MACHINE.has(reached) || this.#ownAddresses().has(reached);
    if (isOwn && this.#ownPorts.has(port)) return 'own-listener';
    if (isOperators && this.#allowed.has(reached)) return undefined;
    if (!isGlobalAddress(address)) return 'address-not-allowed';
    return isOwn && !isOperators ? 'address-not-allowed' : undefined;
  }
}
