/** Which certificates of a response are which of those that are known. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CertificateRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { matchReceived } from '../../src/upstreams/match-received.ts';

suite('certificates', () => {
  const at = (...serialNumbers: readonly string[]): CertificateRecord[] =>
    serialNumbers.map((serialNumber) => (serialNumber === '' ? {} : { serialNumber }));
  const cases: readonly (readonly [
    string,
    readonly string[],
    readonly string[],
    readonly (number | undefined)[],
  ])[] = [
    ['all new', [], ['', 'A'], [0, 1]],
    ['by place', ['', ''], ['', ''], [0, 1]],
    ['issued by now', ['', ''], ['', 'B'], [0, 1]],
    ['by serial number, in any place', ['A', 'B', ''], ['B', 'A', ''], [1, 0, 2]],
    ['reissued', ['A'], ['B'], [1]],
    ['waiting to be reissued', ['A', 'B'], ['A', ''], [0, 1]],
    ['reissued, and another', ['A', ''], ['B', '', ''], [3, 1, 2]],
    ['without place, as another has come there', ['A', ''], ['C', '', 'B', ''], [4, 1, 2, 3]],
    ['left by another', ['', 'A'], ['A', ''], [1, 0]],
    ['fewer than known', ['A', 'B', ''], ['A'], [0]],
  ];
  for (const [what, known, given, expected] of cases) {
    test(`are matched: ${what}`, () => {
      assert.deepEqual(matchReceived(at(...known), at(...given), 2000), expected);
    });
  }

  test('beyond the limit are left out', () => {
    assert.deepEqual(matchReceived(at('A', 'B'), at('C', 'D', ''), 4), [3, undefined, 2]);
  });

  test('match the same ones when the same response comes again', () => {
    const some = fc.array(fc.constantFrom('', '', 'A', 'B', 'C', 'D', 'E'), { maxLength: 8 });
    const once = some.map((all) => all.filter((each, index) => each === '' || all.indexOf(each) === index));
    fc.assert(
      fc.property(some, once, fc.nat({ max: 4 }), (known, given, room) => {
        const limit = Math.max(known.length, given.length) + room;
        const before = at(...known);
        const first = matchReceived(before, at(...given), limit);
        const indexes = first.filter((index) => index !== undefined);
        assert.equal(new Set(indexes).size, indexes.length);
        // As a record takes them over; a certificate that lacks its number keeps it, or does not.
        for (const keeps of [true, false]) {
          const later = [...before];
          for (const [place, index] of first.entries()) {
            const serialNumber = given[place] || (keeps ? later[index ?? -1]?.serialNumber : undefined);
            if (index !== undefined) later[index] = serialNumber === undefined ? {} : { serialNumber };
          }
          assert.ok(later.length <= limit && Object.keys(later).length === later.length, 'there are no gaps');
          assert.deepEqual(matchReceived(later, at(...given), limit), first);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
