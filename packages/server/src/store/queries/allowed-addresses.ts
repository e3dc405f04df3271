/**
 * The column with the networks that an account is bound to: separated by commas; null when it may send requests from
 * anywhere.
 */

/** @returns none when it may send requests from anywhere. */
export function networksOf(allowedAddresses: string | null): readonly string[] {
  return allowedAddresses === null ? [] : allowedAddresses.split(',');
}

export function allowedAddressesOf(networks: readonly string[]): string | null {
  return networks.length === 0 ? null : networks.join(',');
}
