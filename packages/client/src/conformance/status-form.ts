/** The orders and certificates of a response, by the numbers of its parameters (2.2). */

import { CERTIFICATE_ON_WIRE, ORDER_ON_WIRE, ORGANIZATION_DETAILS } from '@cert-order-status/protocol';
import type { FormReading } from './form-reading.ts';

/** Parameters of an order (`X_…`), in the document's order. */
const ORDER_PARAMETERS: readonly string[] = ORDER_ON_WIRE.flatMap(({ name, form }) => {
  if (form === 'certificates') return [];
  return form === 'organizations' ? [name, ...ORGANIZATION_DETAILS] : [name];
});
/** Parameters of a certificate (`X_Y_…`), in the document's order. */
const CERTIFICATE_PARAMETERS: readonly string[] = CERTIFICATE_ON_WIRE.map(({ name }) => name);
/** The parameters of a certificate's validity period. */
export const VALIDITY_PARAMETERS: readonly string[] = CERTIFICATE_ON_WIRE.flatMap(({ name, form }) =>
  form === 'seconds' ? [name] : [],
);

const FROM_QUERY_TYPE_1: readonly string[] = CERTIFICATE_ON_WIRE.flatMap(({ name, fromQueryType }) =>
  fromQueryType === 0 ? [] : [name],
);

/** Whether a parameter, by its whole name, comes with queryType 1 and 2 alone. */
export function isAbsentAtQueryType0(parameter: string): boolean {
  return FROM_QUERY_TYPE_1.includes(parameter.replace(/^\d{1,6}_\d{1,6}_/, ''));
}

/** The parameters of one certificate, or of one order. */
export interface Numbered {
  readonly number: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** An order of a response. */
export interface NumberedOrder extends Numbered {
  readonly certificates: readonly Numbered[];
}

/** A response as orders, and what does not fit. */
export interface StatusForm {
  readonly orders: readonly NumberedOrder[];
  /** Names that are not documented, apart from errorCode and errorMessage. */
  readonly unknown: readonly string[];
  readonly duplicates: readonly string[];
  readonly empty: readonly string[];
}

/** Groups the parameters of a successful response. */
export function readStatusForm(form: FormReading): StatusForm {
  const orders = new Map<
    number,
    { parameters: Map<string, string>; certificates: Map<number, Map<string, string>> }
  >();
  const unknown: string[] = [];
  const seen = new Set<string>();
  const duplicates: string[] = [];
  const empty: string[] = [];
  for (const { name, value } of form.parameters) {
    if (seen.has(name)) duplicates.push(name);
    seen.add(name);
    if (value === '') empty.push(name);
    const [, x = '', y, field = ''] = /^(\d{1,6})_(?:(\d{1,6})_)?(.+)$/s.exec(name) ?? [];
    const isDocumented = (y === undefined ? ORDER_PARAMETERS : CERTIFICATE_PARAMETERS).includes(field);
    if (x === '') {
      if (name !== 'errorCode' && name !== 'errorMessage') unknown.push(name);
      continue;
    }
    if (!isDocumented || String(Number(x)) !== x || (y !== undefined && String(Number(y)) !== y))
      unknown.push(name);
    const order = orders.get(Number(x)) ?? { parameters: new Map(), certificates: new Map() };
    orders.set(Number(x), order);
    if (y === undefined) {
      if (!order.parameters.has(field)) order.parameters.set(field, value);
      continue;
    }
    const certificate = order.certificates.get(Number(y)) ?? new Map<string, string>();
    order.certificates.set(Number(y), certificate);
    if (!certificate.has(field)) certificate.set(field, value);
  }
  return {
    orders: [...orders].map(([number, { parameters, certificates }]) => ({
      number,
      parameters,
      certificates: [...certificates].map(([position, fields]) => ({ number: position, parameters: fields })),
    })),
    unknown,
    duplicates,
    empty,
  };
}

/** The names as the document orders them: of each order first its own, then those of its certificates. */
export function isInDocumentedOrder(form: FormReading): boolean {
  let last: readonly number[] = [0];
  for (const { name } of form.parameters) {
    const rank = rankOf(name);
    if (rank === undefined) continue;
    if (compare(last, rank) > 0) return false;
    last = rank;
  }
  return true;
}

function rankOf(name: string): readonly number[] | undefined {
  if (name === 'errorCode') return [0];
  if (name === 'errorMessage') return [0, 1];
  const [, x, y, field = ''] = /^(\d{1,6})_(?:(\d{1,6})_)?(.+)$/s.exec(name) ?? [];
  if (x === undefined) return undefined;
  const place = (y === undefined ? ORDER_PARAMETERS : CERTIFICATE_PARAMETERS).indexOf(field);
  return place === -1 ? undefined : [Number(x), y === undefined ? 0 : Number(y), place];
}

function compare(a: readonly number[], b: readonly number[]): number {
  for (let index = 0; index < Math.max(a.length, b.length); index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
