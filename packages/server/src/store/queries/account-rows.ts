/** What rows of accounts say, as every engine gives them. */

/** The networks that an account may ask from; none: from anywhere. */
export function networksOf(allowedAddresses: string | null): readonly string[] {
  return allowedAddresses === null ? [] : allowedAddresses.split(',');
}
