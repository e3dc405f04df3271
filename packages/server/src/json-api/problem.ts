/** Errors of the management API and the customer API as problem documents (RFC 9457). */

import type { RecordProblem } from '@cert-order-status/protocol';
import type { AdminError } from '../accounts/admin-error.ts';
import type { Refusal } from '../orders/change-request.ts';
import { describeBrokenRules, RULES, type RuleName } from '../orders/rules.ts';

/** Every kind of problem, with its HTTP status and what it says in general. */
export const PROBLEMS = {
  'malformed-request': { status: 400, title: 'The request cannot be read' },
  'invalid-parameter': { status: 400, title: 'A parameter of the request is invalid' },
  'unknown-cursor': { status: 410, title: 'The history has no such cursor' },
  unauthorized: { status: 401, title: 'Valid credentials are needed' },
  'insufficient-scope': { status: 403, title: "The token's scope does not allow this" },
  'not-https': { status: 403, title: 'The request was not made over https' },
  'not-found': { status: 404, title: 'Not found' },
  'method-not-allowed': { status: 405, title: 'The path has other methods' },
  'already-exists': { status: 409, title: 'It already exists' },
  'limit-reached': { status: 409, title: 'There are as many as there may be' },
  'order-number-taken': { status: 409, title: 'The order number is in use otherwise' },
  'rule-broken': { status: 409, title: 'The change breaks a rule of the order database' },
  'version-mismatch': { status: 412, title: 'The order is not in the state that the request expects' },
  'too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'The type of the body is not supported here' },
  'invalid-record': { status: 422, title: 'The body is invalid' },
  'too-many-failures': {
    status: 429,
    title: 'Too many requests with invalid credentials came from the address',
  },
  'too-many-requests': { status: 429, title: 'The account has sent too many requests' },
  'wait-replaced': { status: 429, title: 'A newer request waits in the place of this one' },
  'no-secret-key': { status: 500, title: 'The service cannot encrypt or decrypt secrets' },
  'internal-error': { status: 500, title: 'The service failed to process the request' },
  overloaded: { status: 503, title: 'The service has too much to do' },
  'database-busy': { status: 503, title: 'The database is busy' },
  'database-unavailable': { status: 503, title: 'The database is unavailable' },
} as const satisfies Record<string, { readonly status: number; readonly title: string }>;

/** The end of a problem's type. */
export type ProblemKind = keyof typeof PROBLEMS;

/** What is wrong with one field, or which rule its value would break. */
export interface ProblemEntry {
  /** `certificates[0].dcvStatus`; empty for the whole. */
  readonly field: string;
  readonly rule?: RuleName;
  readonly message: string;
}

/** The document. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly ProblemEntry[];
}

/** What else a problem may have. */
interface ProblemDetails {
  readonly errors?: readonly ProblemEntry[] | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Thrown by a request handler; the API responds with its document. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly kind: ProblemKind;
  readonly document: ProblemDocument;
  /** Of the response. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: ProblemKind, detail: string, { errors, headers = {} }: ProblemDetails = {}) {
    super(detail);
    this.kind = kind;
    this.headers = headers;
    const { status, title } = PROBLEMS[kind];
    const type = `urn:problem-type:cert-order-status:${kind}`;
    this.document = { type, title, status, detail, errors };
  }
}

/** The most entries that a document holds. */
export const ENTRIES_LIMIT = 100;

/** The response to a refused change. */
export function problemOf(refusal: Refusal): Problem {
  switch (refusal.kind) {
    case 'not found':
      return new Problem('not-found', refusal.message);
    case 'version mismatch':
      return new Problem('version-mismatch', refusal.message);
    case 'invalid':
      return invalidRecord(refusal.problems);
    case 'rules':
      return new Problem('rule-broken', describeBrokenRules(refusal.broken), {
        errors: refusal.broken
          .slice(0, ENTRIES_LIMIT)
          .map(({ field, rule, message }) => ({ field, rule, message })),
      });
  }
}

/** The problem of an account that was not changed. */
export function problemOfAdminError({ kind, field, problem, message }: AdminError): Problem {
  return kind === 'invalid' ? invalidRecord([{ path: field, message: problem }]) : new Problem(kind, message);
}

/** The response to a body that is not a valid record. */
export function invalidRecord(problems: readonly RecordProblem[]): Problem {
  const entries = problems.map(({ path, message }) => ({ field: path, message }));
  return new Problem('invalid-record', detailOf(entries), { errors: entries });
}

/** The response to an invalid parameter. */
export function invalidParameter(field: string, message: string): Problem {
  return new Problem('invalid-parameter', `${field}: ${message}`, { errors: [{ field, message }] });
}

/** How many entries the detail repeats. */
const DETAILED = 5;

/** One line of the first entries. */
export function detailOf(entries: readonly ProblemEntry[]): string {
  const shown = entries
    .slice(0, DETAILED)
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
  const others = entries.length - shown.length;
  return [...shown, ...(others > 0 ? [`and ${others} more`] : [])].join('; ');
}

/** The names of all rules, for the API's description. */
export const RULE_NAMES = Object.keys(RULES) as readonly RuleName[];
