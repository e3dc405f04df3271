/** An upstream in memory, for simulated days: what it says of each order at each moment, and what has been decided. */

import assert from 'node:assert/strict';
import { decodeResponse } from '@cert-order-status/protocol';
import type { AskResult } from '../../src/upstreams/ask-upstream.ts';
import { type FakeOrder, statusBody } from './fake-upstream.ts';

const HOUR_MS = 3_600_000;

/** What a request finds. `text` is what the order is made of: it has changed when that has. */
export type Finding =
  | {
      readonly kind: 'order';
      readonly order: FakeOrder;
      readonly isSettled: boolean;
      readonly isInLastSteps: boolean;
      /** Of the validity of an issued certificate, in milliseconds since 1970. */
      readonly endMs?: number;
    }
  | { readonly kind: 'unknown' }
  | {
      readonly kind: 'problem';
      readonly problem: 'unreachable' | 'call-limit' | 'login-refused' | 'invalid-response';
      readonly retryAfterMs?: number;
    }
  /** The process ends during the request. */
  | { readonly kind: 'crash' };

const OPEN = { csrStatus: '1', dcvStatus: '0', caaStatus: '0' };
const LAST = { csrStatus: '1', dcvStatus: '2', caaStatus: '1' };

function pending(number: number, checks: FakeOrder = OPEN, word = 'Pending'): Finding {
  const certificate = Object.fromEntries(Object.entries(checks).map(([name, value]) => [`1_${name}`, value]));
  return {
    kind: 'order',
    order: {
      orderNumber: String(number),
      orderStatus: word,
      '1_certificateStatus': 'Awaiting Validation',
      ...certificate,
    },
    isSettled: false,
    isInLastSteps: checks === LAST,
  };
}

function issued(number: number, endMs?: number): Finding {
  return {
    kind: 'order',
    order: {
      orderNumber: String(number),
      orderStatus: 'Completed',
      '1_certificateStatus': 'Issued',
      '1_serialNumber': 'AB01',
      ...(endMs !== undefined && { '1_notAfter': String(endMs / 1000) }),
    },
    isSettled: true,
    isInLastSteps: false,
    ...(endMs !== undefined && { endMs }),
  };
}

/**
 * What a request finds.
 *
 * @param hours since the simulation began, by a clock that nothing sets.
 * @param count of requests before this one.
 */
export function findingOf(number: number, hours: number, startMs: number, count: number): Finding {
  if (count % 97 === 96) return { kind: 'crash' };
  if (hours >= 8 && hours < 8.7) return { kind: 'problem', problem: 'unreachable' };
  if (hours >= 20.5 && hours < 21) {
    return { kind: 'problem', problem: 'call-limit', retryAfterMs: 20 * 60_000 };
  }
  if (hours >= 28.5 && hours < 29.5) return { kind: 'problem', problem: 'login-refused' };
  switch (number % 10) {
    case 1:
      if (hours < 6) return pending(number);
      return hours < 30 ? pending(number, LAST) : issued(number, startMs + 20 * 24 * HOUR_MS);
    case 2:
      return issued(number);
    case 3:
      return { kind: 'unknown' };
    case 4:
      return hours < 20 ? pending(number) : { kind: 'unknown' };
    case 5:
      return pending(number, OPEN, Math.floor(hours / 5) % 2 === 0 ? 'Pending' : 'Awaiting payment');
    case 6:
      return hours < 40 ? issued(number) : pending(number);
    case 7:
      return number % 50 === 7 ? { kind: 'problem', problem: 'invalid-response' } : pending(number, LAST);
    case 9:
      return hours < 10 ? pending(number) : { ...pending(number, OPEN, 'Cancelled'), ...SETTLED };
    default:
      return pending(number);
  }
}

const SETTLED = { isSettled: true, isInLastSteps: false } as const;

/** The same as a response. */
export function resultOf(finding: Finding): AskResult {
  switch (finding.kind) {
    case 'unknown':
      return { kind: 'unknown order' };
    case 'problem':
      return { message: 'a problem', ...finding };
    case 'crash':
      throw new Error('the process ends');
    case 'order': {
      const decoded = decodeResponse(Buffer.from(statusBody([finding.order])));
      assert.equal(decoded.kind, 'status');
      return { kind: 'status', status: decoded.status };
    }
  }
}
