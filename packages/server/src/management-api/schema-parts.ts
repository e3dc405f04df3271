/** Schemas of single values, shared by all parts of the management API. */

import { Type } from 'typebox';

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
