/** Schemas that the management API and the customer API share. */

import { Type } from 'typebox';
import { PROBLEMS, RULE_NAMES } from './problem.ts';

/** Of an object without other fields. */
export const EXACT = { additionalProperties: false } as const;

/** What texts match. */
export const NO_CONTROL_CHARACTERS = '^[^\\u0000-\\u001f\\u007f]*$';

/** A text, its length in code points. */
export function text(maxLength: number, description: string) {
  return Type.String({ minLength: 1, maxLength, pattern: NO_CONTROL_CHARACTERS, description });
}

/** As JSON a whole number is exact only up to 2^53 - 1; as a string it always is. */
export function number(digits: number, description: string) {
  return Type.Unsafe<string | number>({
    type: ['string', 'integer'],
    pattern: `^[0-9]{1,${digits}}$`,
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    description,
  });
}

/** One of several words. */
export function word<Word extends string>(words: readonly Word[], description: string) {
  return Type.Unsafe<Word>({ type: 'string', enum: [...words], description });
}

/** A time. */
export function moment(description: string) {
  return Type.String({ format: 'date-time', description });
}

/** What a problem document consists of. */
export const ProblemSchema = Type.Object(
  {
    type: word(
      Object.keys(PROBLEMS).map((kind) => `urn:problem-type:cert-order-status:${kind}`),
      'The kind of problem.',
    ),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String({ description: 'What is wrong with this request, as text.' }),
    errors: Type.Optional(
      Type.Array(
        Type.Object({
          field: Type.String({
            description: 'For example certificates[0].dcvStatus; empty for the whole body.',
          }),
          rule: Type.Optional(word(RULE_NAMES, 'The rule of the order database that is broken.')),
          message: Type.String(),
        }),
      ),
    ),
  },
  { $id: 'Problem', description: 'A problem document (RFC 9457).' },
);

const PAGE_LIMIT_MAXIMUM = 1000;
/** The default number of changes of a response. */
export const HISTORY_LIMIT = 100;

/** How many a response returns at most. */
export const pageLimit = Type.Optional(
  Type.Integer({
    minimum: 1,
    maximum: PAGE_LIMIT_MAXIMUM,
    description: 'The most that a response returns; 100 by default.',
  }),
);

/** The longest long poll: beyond this, most proxies close a silent connection. */
const LONGEST_WAIT_SECONDS = 55;

/** How long a request for changes waits, in seconds. */
export const waitSeconds = Type.Optional(
  Type.Integer({
    minimum: 0,
    maximum: LONGEST_WAIT_SECONDS,
    description: 'How many seconds to wait for a change when there is none yet.',
  }),
);
