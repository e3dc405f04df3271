import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CERTIFICATE_STATUSES,
  certificateMeaning,
  KNOWN_CERTIFICATE_STATES,
  KNOWN_ORDER_STATES,
  ORDER_STATUSES,
  orderMeaning,
  reasonInWord,
} from '../src/index.ts';

describe('The meaning of a word for a state', () => {
  test('every word of the table, in any letters, has its meaning', () => {
    for (const [states, meaningOf] of [
      [KNOWN_ORDER_STATES, orderMeaning],
      [KNOWN_CERTIFICATE_STATES, certificateMeaning],
    ] as const) {
      for (const { word, meaning } of states) {
        for (const spelled of [word, word.toUpperCase(), word.toLowerCase(), ` ${word} `]) {
          assert.equal(meaningOf(spelled), meaning, spelled);
        }
      }
    }
  });

  test("the service's own words are known, and seen in this method", () => {
    const own = (states: readonly { word: string; source: string; seenIn: string }[]) =>
      states
        .filter(({ source, seenIn }) => source === 'service' && seenIn === 'this-method')
        .map(({ word }) => word);
    assert.deepEqual(own(KNOWN_ORDER_STATES), [...ORDER_STATUSES]);
    assert.deepEqual(own(KNOWN_CERTIFICATE_STATES), [...CERTIFICATE_STATUSES]);
  });

  for (const [word, meaning, reason] of [
    ['Rejected: not the owner', 'rejected', 'not the owner'],
    ['REVOKED:key compromise: reported', 'revoked', 'key compromise: reported'],
    ['PRE-SIGN FAILED: CAA: Not authorized to issue', 'awaiting-caa', 'CAA: Not authorized to issue'],
    ['Rejected:', 'rejected', undefined],
    // Success is claimed for the exact words alone.
    ['Issued: soon', 'unknown', undefined],
    ['Issued (pending)', 'unknown', undefined],
    ['Not Issued', 'unknown', undefined],
    ['\u0130ssued', 'unknown', undefined],
    ['Rejected by mistake', 'unknown', undefined],
    ['', 'unknown', undefined],
    [undefined, 'unknown', undefined],
    ['constructor', 'unknown', undefined],
  ] as const) {
    test(`${word} is ${meaning}`, () => {
      assert.equal(certificateMeaning(word), meaning);
      assert.equal(reasonInWord(word), reason);
    });
  }

  test('words of orders and of certificates are kept apart', () => {
    assert.equal(orderMeaning('Issued'), 'unknown');
    assert.equal(certificateMeaning('Completed'), 'unknown');
  });
});
