import { CERTIFICATE_ID_DIGITS, canonicalNumber, ORDER_NUMBER_DIGITS } from '@cert-order-status/protocol';
import { InvalidArgumentError } from 'commander';

/** The order number that an argument stands for. */
export function orderNumberOf(given: string): string {
  return numberOf(given, ORDER_NUMBER_DIGITS);
}

/** The certificate ID that an argument stands for. */
export function certificateIDOf(given: string): string {
  return numberOf(given, CERTIFICATE_ID_DIGITS);
}

function numberOf(given: string, digits: number): string {
  const number = canonicalNumber(given, digits);
  if (number === undefined)
    throw new InvalidArgumentError(`It must have 1 to ${digits} digits and be at least 1.`);
  return number;
}
