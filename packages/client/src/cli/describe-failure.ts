/** What a question ended in, and what to do about it, for a person. */

import {
  InvalidArgumentError,
  type OrderStatusError,
  PermissionDeniedError,
  TransportError,
} from '../errors.ts';
import { printable } from './output.ts';

/** One line. */
export function describeFailure(error: OrderStatusError): string {
  const message = printable(error.message);
  const hint = hintFor(error);
  return hint === undefined ? message : `${message}: ${hint}`;
}

/** Whether the failure is about the order asked about alone, so that other questions may still be answered. */
export function isAboutTheOrder(error: unknown): boolean {
  return (
    error instanceof InvalidArgumentError &&
    (error.argument === 'orderNumber' || error.argument === 'certificateID')
  );
}

function hintFor(error: OrderStatusError): string | undefined {
  if (isAboutTheOrder(error)) return "there is none of that number, or it is not the account's";
  if (error instanceof PermissionDeniedError) return 'is the login right, and the password?';
  if (error instanceof TransportError && error.reason === 'tls') {
    return "a test server's certificate is trusted with --ca FILE, any with --insecure";
  }
  return undefined;
}
