/** Numbers as arguments of a command. */

import { CERTIFICATE_ID_DIGITS, canonicalNumber, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import { CommandFailure, WRONG_USAGE } from './command-failure.ts';

/** The order number that an argument stands for. */
export function orderNumberOf(given: string): string {
  return numberOf(given, 'an order number', ORDER_NUMBER_DIGITS);
}

/** The certificate ID that an argument stands for. */
export function certificateIDOf(given: string): string {
  return numberOf(given, 'a certificate ID', CERTIFICATE_ID_DIGITS);
}

function numberOf(given: string, what: string, digits: number): string {
  const number = canonicalNumber(given, digits);
  if (number !== undefined) return number;
  throw new CommandFailure(`${what} has 1 to ${digits} digits and is at least 1`, WRONG_USAGE);
}
