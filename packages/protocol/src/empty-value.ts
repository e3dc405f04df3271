/** The error for what the wire has no place for. */

/** @param what is empty: a field, or an order, a certificate or an organisation without any. */
export function emptyValue(what: string): TypeError {
  return new TypeError(`${what} is empty: leave it out instead`);
}
