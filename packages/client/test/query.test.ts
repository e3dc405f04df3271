import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import type { OrderStatusQuery } from '../src/index.ts';
import { statusQueryOf } from '../src/query.ts';

describe('A query', () => {
  const TAKEN = [
    [{ orderNumber: '7250060' }, { orderNumber: '7250060', queryType: 1 }],
    [{ orderNumber: 7250060 }, { orderNumber: '7250060', queryType: 1 }],
    [
      { orderNumber: 7250060n, queryType: 0 },
      { orderNumber: '7250060', queryType: 0 },
    ],
    [
      { orderNumber: '0007250060', queryType: 2 },
      { orderNumber: '7250060', queryType: 2 },
    ],
    [{ orderNumber: '999999999999999999' }, { orderNumber: '999999999999999999', queryType: 1 }],
    [{ certificateID: '9999999999999999' }, { certificateID: '9999999999999999', queryType: 1 }],
    [{ certificateID: 9999999999999999n }, { certificateID: '9999999999999999', queryType: 1 }],
    [{ certificateID: Number.MAX_SAFE_INTEGER }, { certificateID: '9007199254740991', queryType: 1 }],
    [
      { orderNumber: 1, certificateID: 2, queryType: undefined },
      { orderNumber: '1', certificateID: '2', queryType: 1 },
    ],
    [
      { orderNumber: undefined, certificateID: 2 },
      { certificateID: '2', queryType: 1 },
    ],
    [
      { orderNumber: 1, showValidityPeriod: true },
      { orderNumber: '1', queryType: 1, showValidityPeriod: true },
    ],
    [
      { orderNumber: 1, showValidityPeriod: false },
      { orderNumber: '1', queryType: 1 },
    ],
  ] as const;
  for (const [query, canonical] of TAKEN) {
    test(`${inspect(query)} is taken`, () => assert.deepEqual(statusQueryOf(query), canonical));
  }

  const REFUSED = [
    [{}, /^TypeError: either orderNumber or certificateID must be given/],
    [
      { orderNumber: 2 ** 53 },
      /^RangeError: orderNumber: 9007199254740992 is beyond .* give it as a string or a bigint/,
    ],
    [{ certificateID: 9999999999999998 }, /^RangeError: certificateID: 9999999999999998 is beyond/],
    [{ orderNumber: 0 }, /^RangeError: orderNumber: '0' is not a number of 1 to 18 digits and at least 1/],
    [{ orderNumber: -1 }, /^RangeError: orderNumber: '-1'/],
    [{ orderNumber: 1.5 }, /^RangeError: orderNumber: '1.5'/],
    [{ orderNumber: Number.NaN }, /^RangeError: orderNumber: 'NaN'/],
    [{ orderNumber: '' }, /^RangeError: orderNumber: ''/],
    [{ orderNumber: ' 1' }, /^RangeError: orderNumber: ' 1'/],
    [{ orderNumber: '1000000000000000000' }, /^RangeError: orderNumber/],
    [
      { certificateID: 10n ** 16n },
      /^RangeError: certificateID: '10000000000000000' is not a number of 1 to 16 digits/,
    ],
    [{ orderNumber: null }, /^TypeError: orderNumber: must be a string, a bigint or a number/],
    [{ orderNumber: 1, queryType: 3 }, /^RangeError: queryType: 3 is not 0, 1 or 2/],
    [{ orderNumber: 1, queryType: '1' }, /^RangeError: queryType/],
    [
      { orderNumber: 1, showValidityPeriod: 'N' },
      /^TypeError: showValidityPeriod: must be true or false, and is string/,
    ],
  ] as const;
  for (const [query, message] of REFUSED) {
    test(`${inspect(query)} is refused`, () => {
      assert.throws(() => statusQueryOf(query as unknown as OrderStatusQuery), message);
    });
  }
});
