/** A change as the account may see it: what became of its order and when, without personal data, author and reason. */

import { CERTIFICATE_SHAPE, fieldsOf, ORDER_SHAPE, type OrderRecord } from '@cert-order-status/protocol';
import { type Change, observedAtOf } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import { publicFields, withoutPersonalData } from '../orders/personal-data.ts';

/** What a field has become. */
type PublicDifference = Omit<Difference, 'before'>;

/** A change without its cursor. */
export type PublicChange = Pick<Change, 'orderNumber' | 'version' | 'at'> & {
  /** Left out for a change that was made here. */
  readonly observedAt?: string | undefined;
} & (
    | { readonly kind: 'created'; readonly order: OrderRecord }
    | { readonly kind: 'changed'; readonly differences: readonly PublicDifference[] }
  );

const PUBLIC_FIELDS: ReadonlySet<string> = new Set(
  [...fieldsOf(ORDER_SHAPE), ...fieldsOf(CERTIFICATE_SHAPE)]
    .filter(([, { privacy }]) => privacy === 'public')
    .map(([name]) => name),
);

/** Undefined when the account may see nothing of it. */
export function publicChange(change: Change): PublicChange | undefined {
  const { orderNumber, version, at } = change;
  const told = { orderNumber, version, at, observedAt: observedAtOf(change) };
  if (change.kind === 'created') {
    return { ...told, kind: 'created', order: withoutPersonalData(change.order) };
  }
  const differences = change.differences
    .filter(({ field }) => PUBLIC_FIELDS.has(field))
    .map(({ certificate, certificateID, field, after }) => ({
      certificate,
      certificateID,
      field,
      after: field === 'certificates' && isObject(after) ? publicFields(after) : after,
    }));
  return differences.length === 0 ? undefined : { ...told, kind: 'changed', differences };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
