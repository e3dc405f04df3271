import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  CERTIFICATE_ID_DIGITS,
  canonicalNumber,
  codePointLength,
  ORDER_NUMBER_DIGITS,
} from '../src/index.ts';

describe('Order numbers and certificate IDs', () => {
  test('an order number has at most 18 digits', () => {
    assert.equal(canonicalNumber('999999999999999999', ORDER_NUMBER_DIGITS), '999999999999999999');
    assert.equal(canonicalNumber('1000000000000000000', ORDER_NUMBER_DIGITS), undefined);
  });

  test('a certificate ID has at most 16 digits (the spec, section 1)', () => {
    assert.equal(canonicalNumber('9999999999999999', CERTIFICATE_ID_DIGITS), '9999999999999999');
    assert.equal(canonicalNumber('10000000000000000', CERTIFICATE_ID_DIGITS), undefined);
  });

  test('leading zeros are harmless within the digit limit', () => {
    assert.equal(canonicalNumber('0000000000000007', 16), '7');
    assert.equal(canonicalNumber('00000000000000007', 16), undefined);
    assert.equal(canonicalNumber('0100', 16), '100');
  });

  test('the value is at least 1', () => {
    assert.equal(canonicalNumber('1', 16), '1');
    assert.equal(canonicalNumber('0', 16), undefined);
    assert.equal(canonicalNumber('0000', 16), undefined);
  });

  test('no sign, no white space, no decimal point, no other digits than 0–9', () => {
    for (const text of ['', '-1', '+1', ' 1', '1 ', '1\n', '1.0', '1e3', '0x1', '1_000', '١', '１', '1n']) {
      assert.equal(canonicalNumber(text, 16), undefined, JSON.stringify(text));
    }
  });

  test('every number within the digits is kept exactly, however many zeros lead it', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, 999_999_999_999_999_999n), fc.nat(18), (number, width) => {
        assert.equal(canonicalNumber(String(number).padStart(width, '0'), 18), String(number));
      }),
    );
  });
});

describe('The unit of every limit is the code point', () => {
  test('a surrogate pair is one, half of one is one', () => {
    assert.equal(codePointLength(''), 0);
    assert.equal(codePointLength('aé'), 2);
    assert.equal(codePointLength('😀😀'), 2);
    assert.equal(codePointLength('\uD83D'), 1);
    assert.equal(codePointLength('\uDE00\uD83D'), 2);
    assert.equal(codePointLength('\uD83D\uD83D\uDE00\uDE00'), 3);
  });

  test('on any string it counts as the platform iterates', () => {
    const units = fc.oneof(fc.nat(0xffff), fc.constantFrom(0xd83d, 0xde00));
    fc.assert(
      fc.property(fc.array(units), (codes) => {
        const text = String.fromCharCode(...codes);
        assert.equal(codePointLength(text), [...text].length);
      }),
    );
  });
});
