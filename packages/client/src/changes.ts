/** What differs between two responses to the same request. */

import type { ReceivedOrderStatus } from '@cert-order-status/protocol';

/** One parameter that is not what it was. */
export interface StatusChange {
  /**
   * Where: `orderStatus`, `certificates[0].dcvStatus` of the order asked about; of an order that replaces it
   * `orders[1].certificates[0].dcvStatus`.
   */
  readonly path: string;
  /** Left out when it was not there. */
  readonly before?: string;
  /** Left out when it is no longer there. */
  readonly after?: string;
  /** For example `certificates[0].dcvStatus: in-progress → completed`. */
  toString(): string;
}

/** Everything that differs, in the order of the later response; removed parts come last. */
export function changesBetween(before: ReceivedOrderStatus, after: ReceivedOrderStatus): StatusChange[] {
  const earlier = parametersOf(before);
  const later = parametersOf(after);
  return [...new Set([...later.keys(), ...earlier.keys()])]
    .filter((path) => earlier.get(path) !== later.get(path))
    .map((path) => changeAt(path, earlier.get(path), later.get(path)));
}

function changeAt(path: string, before: string | undefined, after: string | undefined): StatusChange {
  return {
    path,
    ...(before !== undefined && { before }),
    ...(after !== undefined && { after }),
    toString: () => `${path}: ${before ?? '(none)'} → ${after ?? '(none)'}`,
  };
}

/** Each text and time of a response by its path. */
function parametersOf({ orders, ...rest }: ReceivedOrderStatus): Map<string, string> {
  const [first, ...others] = orders;
  const parameters = new Map<string, string>();
  collect(first ?? {}, '', parameters);
  for (const [index, order] of others.entries()) collect(order, `orders[${index + 1}]`, parameters);
  collect(rest, '', parameters);
  return parameters;
}

function collect(value: unknown, path: string, into: Map<string, string>): void {
  if (value instanceof Date) {
    into.set(path, value.toISOString());
  } else if (Array.isArray(value)) {
    for (const [index, item] of value.entries()) collect(item, `${path}[${index}]`, into);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value))
      collect(item, path === '' ? name : `${path}.${name}`, into);
  } else {
    into.set(path, String(value));
  }
}
