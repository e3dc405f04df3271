/** What the value of a field that others depend on means: a word itself, or the meaning of a state's word. */

import type { Field } from './field.ts';
import {
  CERTIFICATE_MEANINGS,
  certificateMeaning,
  certificateWord,
  ORDER_MEANINGS,
  orderMeaning,
  orderWord,
} from './states.ts';

/** What a value of the field means; the value itself where the field is no state. */
export function stateOf(field: Field | undefined, word: string): string {
  if (field?.kind !== 'state') return word;
  return field.of === 'order' ? orderMeaning(word) : certificateMeaning(word);
}

/** The word for what a value of the field means. */
export function wordOf(field: Field | undefined, state: string): string {
  return field?.kind === 'state' ? (WORDS[field.of].get(state) ?? state) : state;
}

/** One word for each known meaning of a state. */
export function knownWordsOf(field: Field): readonly string[] {
  return field.kind === 'state' ? [...WORDS[field.of].values()] : [];
}

const WORDS: Readonly<Record<'order' | 'certificate', ReadonlyMap<string, string>>> = {
  order: wordsFor(ORDER_MEANINGS, orderWord),
  certificate: wordsFor(CERTIFICATE_MEANINGS, certificateWord),
};

function wordsFor<Meaning extends string>(
  meanings: readonly Meaning[],
  wordFor: (meaning: Meaning) => string,
): ReadonlyMap<string, string> {
  return new Map(
    meanings.filter((meaning) => meaning !== 'unknown').map((meaning) => [meaning, wordFor(meaning)]),
  );
}
