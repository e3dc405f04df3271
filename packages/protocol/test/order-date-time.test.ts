import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { formatDateTime, formatOrderDateTime, parseDateTime } from '../src/index.ts';

/** 2025-06-11T11:57:00Z. */
const SECOND = 1749643020;
/** The first and the last second of the years 0000–9999. */
const FIRST_SECOND = -62167219200;
const LAST_SECOND = 253402300799;

describe('The spec, section 2.2: X_orderDateTime', () => {
  test('is YYYY-MM-DD HH:MM in UTC', () => {
    assert.equal(formatOrderDateTime(SECOND), '2025-06-11 11:57');
  });

  test('is shown to the minute, not rounded', () => {
    assert.equal(formatOrderDateTime(SECOND + 59), '2025-06-11 11:57');
    assert.equal(formatOrderDateTime(SECOND + 60), '2025-06-11 11:58');
    assert.equal(formatOrderDateTime(-1), '1969-12-31 23:59');
  });

  test('midnight is 00:00', () => {
    assert.equal(formatOrderDateTime(0), '1970-01-01 00:00');
  });
});

describe('One vocabulary: times are RFC 3339, kept to the second in UTC', () => {
  const read: [string, string, number][] = [
    ['in UTC', '2025-06-11T11:57:00Z', SECOND],
    ['in lower case', '2025-06-11t11:57:00z', SECOND],
    ['east of UTC', '2025-06-11T13:57:00+02:00', SECOND],
    ['west of UTC, on the day before', '2025-06-10T23:27:00-12:30', SECOND],
    ['at an unknown local offset', '2025-06-11T11:57:00-00:00', SECOND],
    ['with a fraction, which is dropped', '2025-06-11T11:57:00.999999999Z', SECOND],
    ['before 1970 with a fraction', '1969-12-31T23:59:59.9Z', -1],
    ['a leap day', '2024-02-29T00:00:00Z', 1709164800],
    ['the first second', '0000-01-01T00:00:00Z', FIRST_SECOND],
    ['the last second', '9999-12-31T23:59:59Z', LAST_SECOND],
  ];
  for (const [what, text, second] of read) {
    test(`${what}: ${text}`, () => assert.equal(parseDateTime(text), second));
  }

  const refused: [string, string][] = [
    ['no zone', '2025-06-11T11:57:00'],
    ['no seconds', '2025-06-11T11:57Z'],
    ['no time', '2025-06-11'],
    ['the wire’s own shape', '2025-06-11 11:57'],
    ['a space for the T', '2025-06-11 11:57:00Z'],
    ['white space around', ' 2025-06-11T11:57:00Z'],
    ['a line break after', '2025-06-11T11:57:00Z\n'],
    ['30 February', '2025-02-30T00:00:00Z'],
    ['29 February of no leap year', '2025-02-29T00:00:00Z'],
    ['month 13', '2025-13-01T00:00:00Z'],
    ['day 0', '2025-01-00T00:00:00Z'],
    ['24:00', '2025-06-11T24:00:00Z'],
    ['minute 60', '2025-06-11T11:60:00Z'],
    ['a leap second', '2016-12-31T23:59:60Z'],
    ['an offset of 24 hours', '2025-06-11T11:57:00+24:00'],
    ['an offset of 60 minutes', '2025-06-11T11:57:00+01:60'],
    ['an offset without colon', '2025-06-11T11:57:00+0200'],
    ['a fraction without digits', '2025-06-11T11:57:00.Z'],
    ['a year of five digits', '12025-06-11T11:57:00Z'],
    ['a signed year', '+002025-06-11T11:57:00Z'],
    ['before the year 0000 in UTC', '0000-01-01T00:59:59+01:00'],
    ['after the year 9999 in UTC', '9999-12-31T23:00:00-01:00'],
    ['nothing', ''],
  ];
  for (const [what, text] of refused) {
    test(`not ${what}: ${JSON.stringify(text)}`, () => assert.equal(parseDateTime(text), undefined));
  }

  test('written in UTC to the second', () => {
    assert.equal(formatDateTime(SECOND), '2025-06-11T11:57:00Z');
    assert.equal(formatDateTime(FIRST_SECOND), '0000-01-01T00:00:00Z');
    assert.equal(formatDateTime(LAST_SECOND), '9999-12-31T23:59:59Z');
  });

  test('every second of the years 0000–9999 survives writing and reading', () => {
    fc.assert(
      fc.property(fc.integer({ min: FIRST_SECOND, max: LAST_SECOND }), (second) => {
        const text = formatDateTime(second);
        assert.match(text, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.equal(parseDateTime(text), second);
      }),
    );
  });

  test('a moment is the same second in every zone', () => {
    const offset = fc.integer({ min: -23 * 60 - 59, max: 23 * 60 + 59 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4_000_000_000 }), offset, (second, minutes) => {
        const local = new Date((second + minutes * 60) * 1000).toISOString().slice(0, 19);
        const [hour, minute] = [Math.abs(minutes) / 60, Math.abs(minutes) % 60].map((part) =>
          String(Math.floor(part)).padStart(2, '0'),
        );
        assert.equal(parseDateTime(`${local}${minutes < 0 ? '-' : '+'}${hour}:${minute}`), second);
      }),
    );
  });

  test('never throws, whatever the text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d$/)),
        (text) => {
          const second = parseDateTime(text);
          if (second !== undefined) assert.equal(parseDateTime(formatDateTime(second)), second);
        },
      ),
      { numRuns: 1000 },
    );
  });
});
