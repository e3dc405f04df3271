/** The query, as users of the library may write it. */

import {
  CERTIFICATE_ID_DIGITS,
  canonicalNumber,
  ORDER_NUMBER_DIGITS,
  type QueryType,
  type StatusQuery,
  type Writable,
} from '@cert-order-status/protocol';

/**
 * An order number or a certificate ID in decimal digits. A `number` must be a safe integer: beyond that
 * (9007199254740991) JavaScript rounds, and certificate IDs do go beyond it.
 */
export type DecimalNumber = string | bigint | number;

/** Which order, or which certificate, and how much of it. With both numbers: that certificate of that order. */
export type OrderStatusQuery = {
  /**
   * 0 the status only, 1 (default) the seven checks too, 2 also the orders that replace this one
   * (spec, section 1).
   */
  readonly queryType?: QueryType | undefined;
  /**
   * Whether certificates have `notBefore` and `notAfter`. Services of revision 1.2 do not know the argument, and answer
   * with an `UnrecognisedArgumentError`; false does not send it.
   */
  readonly showValidityPeriod?: boolean | undefined;
} & (
  | { readonly orderNumber: DecimalNumber; readonly certificateID?: DecimalNumber | undefined }
  | { readonly orderNumber?: DecimalNumber | undefined; readonly certificateID: DecimalNumber }
);

const DETAILS: QueryType = 1;

/**
 * The query in the protocol's canonical form.
 *
 * @throws TypeError when neither number is given, or something is of a wrong type.
 * @throws RangeError when a number is none that the API takes, or rounded already.
 */
export function statusQueryOf(query: OrderStatusQuery): StatusQuery {
  const { queryType = DETAILS, showValidityPeriod = false } = query;
  if (queryType !== 0 && queryType !== 1 && queryType !== 2) {
    throw new RangeError(`queryType: ${String(queryType)} is not 0, 1 or 2`);
  }
  if (typeof showValidityPeriod !== 'boolean') {
    throw new TypeError(`showValidityPeriod: must be true or false, and is ${typeof showValidityPeriod}`);
  }
  const orderNumber = decimal('orderNumber', query.orderNumber, ORDER_NUMBER_DIGITS);
  const certificateID = decimal('certificateID', query.certificateID, CERTIFICATE_ID_DIGITS);
  if (orderNumber === undefined && certificateID === undefined) {
    throw new TypeError('either orderNumber or certificateID must be given');
  }
  const canonical: Writable<StatusQuery> = {
    ...(orderNumber !== undefined && { orderNumber }),
    ...(certificateID !== undefined && { certificateID }),
    queryType,
  };
  if (showValidityPeriod) canonical.showValidityPeriod = true;
  return canonical;
}

function decimal(name: string, given: DecimalNumber | undefined, mostDigits: number): string | undefined {
  if (given === undefined) return undefined;
  if (typeof given === 'number' && Number.isInteger(given) && !Number.isSafeInteger(given)) {
    throw new RangeError(
      `${name}: ${given} is beyond what a JavaScript number holds exactly: give it as a string or a bigint`,
    );
  }
  if (typeof given !== 'string' && typeof given !== 'bigint' && typeof given !== 'number') {
    throw new TypeError(`${name}: must be a string, a bigint or a number, and is ${typeof given}`);
  }
  const canonical = canonicalNumber(String(given), mostDigits);
  if (canonical === undefined) {
    throw new RangeError(`${name}: '${given}' is not a number of 1 to ${mostDigits} digits and at least 1`);
  }
  return canonical;
}
