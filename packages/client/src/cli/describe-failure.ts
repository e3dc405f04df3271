/** Describes a failed request, and what to do about it, for people. */

import {
  CallLimitError,
  ErrorCodeError,
  InvalidArgumentError,
  type OrderStatusError,
  PermissionDeniedError,
  TransportError,
} from '../errors.ts';
import { FeedError } from '../feed/feed-errors.ts';
import { printable } from './output.ts';

const UNAUTHORIZED = 401;

/** One line. */
export function describeFailure(error: OrderStatusError): string {
  const message = printable(error.message) + describeExtra(error);
  const hint = hintFor(error);
  return hint === undefined ? message : `${message}: ${hint}`;
}

/** The most parameters of an error that are shown, and the longest that is shown of each, in UTF-16 code units. */
const EXTRA_SHOWN = 10;
const EXTRA_SHOWN_LENGTH = 500;

/** What the error's answer held beside its code and message: ` (errorItem: …, errorDetail: …)`. */
function describeExtra(error: OrderStatusError): string {
  const extra = Object.entries((error instanceof ErrorCodeError && error.extra) || {});
  if (extra.length === 0) return '';
  const shown = extra.slice(0, EXTRA_SHOWN).map(([name, value]) => `${cut(name)}: ${cut(value)}`);
  if (extra.length > EXTRA_SHOWN) shown.push(`and ${extra.length - EXTRA_SHOWN} more`);
  return ` (${printable(shown.join(', '))})`;
}

function cut(text: string): string {
  return text.length > EXTRA_SHOWN_LENGTH ? `${text.slice(0, EXTRA_SHOWN_LENGTH)}…` : text;
}

/** Whether the failure concerns only the order of the request, so that other requests may still succeed. */
export function isAboutTheOrder(error: unknown): boolean {
  return (
    error instanceof InvalidArgumentError &&
    (error.argument === 'orderNumber' || error.argument === 'certificateID')
  );
}

function hintFor(error: OrderStatusError): string | undefined {
  if (isAboutTheOrder(error)) return "there is none of that number, or it is not the account's";
  if (error instanceof PermissionDeniedError) return 'is the login right, and the password?';
  if (error instanceof CallLimitError) return 'the account has sent as many requests as it may for now';
  if (error instanceof FeedError && error.status === UNAUTHORIZED) {
    return 'is the token right, or the login and the password?';
  }
  if (error instanceof TransportError && error.reason === 'tls') {
    return "a test server's certificate is trusted with --ca FILE, any with --insecure";
  }
  return undefined;
}
