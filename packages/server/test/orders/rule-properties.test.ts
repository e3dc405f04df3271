/** What holds for any change whatever. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { differencesBetween } from '../../src/orders/differences.ts';
import { brokenStateRules } from '../../src/orders/state-rules.ts';

const record = recordInput.map((input) => {
  const read = readOrderRecord(input);
  assert.ok(read.ok);
  return read.record;
});

/** Two states of one order: the later one has the earlier one's certificates, in other states, and more. */
const change = fc.tuple(record, record, fc.boolean()).map(([before, other, isShuffled]) => {
  const earlier = before.certificates.map(({ certificateID }, index) => ({
    ...(other.certificates[index] ?? before.certificates[index]),
    certificateID,
  }));
  const added = other.certificates
    .slice(before.certificates.length)
    .filter(({ certificateID }) => earlier.every((each) => each.certificateID !== certificateID));
  const certificates = isShuffled ? [...added, ...earlier.toReversed()] : [...earlier, ...added];
  const after = { ...other, orderNumber: before.orderNumber, account: before.account, certificates };
  // By chance it would replace itself.
  if (after.replacesOrderNumber === before.orderNumber) delete after.replacesOrderNumber;
  return { before, after: after as OrderRecord };
});

const exemption = fc.constantFrom(undefined, { kind: 'forced', reason: 'any' } as const);

test('a new order that is legal is consistent, and legal again', () => {
  fc.assert(
    fc.property(record, exemption, (wanted, exemption) => {
      const judgement = applyRules(undefined, wanted, exemption);
      if (!judgement.isLegal) return;
      assert.deepEqual(brokenStateRules(judgement.record), []);
      assert.deepEqual(applyRules(judgement.record, wanted), judgement);
    }),
  );
});

test('a legal change leads from a consistent order to a consistent one, forced or not', () => {
  fc.assert(
    fc.property(change, exemption, ({ before, after }, exemption) => {
      const start = applyRules(undefined, before, { kind: 'as-is' });
      assert.ok(start.isLegal);
      if (start.waivedRules.length > 0) return;
      const judgement = applyRules(start.record, after, exemption);
      if (!judgement.isLegal) return;
      assert.deepEqual(brokenStateRules(judgement.record), []);
      const again = applyRules(judgement.record, after, exemption);
      assert.ok(again.isLegal);
      assert.deepEqual(again.record, judgement.record);
    }),
  );
});

test('a legal record is in canonical form', () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      const judgement = applyRules(before, after, { kind: 'forced', reason: 'any' });
      if (!judgement.isLegal) return;
      const read = readOrderRecord(judgement.record);
      assert.ok(read.ok);
      assert.equal(JSON.stringify(read.record), JSON.stringify(judgement.record));
    }),
  );
});

test('any legacy data is legal as it is, with the certificates of the database in their places', () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      const judgement = applyRules(before, after, { kind: 'as-is' });
      assert.ok(judgement.isLegal);
      const ids = judgement.record.certificates.map(({ certificateID }) => certificateID);
      assert.deepEqual(
        ids.slice(0, before.certificates.length),
        before.certificates.map(({ certificateID }) => certificateID),
      );
    }),
  );
});

test('the differences, applied to what was before, make what is after', () => {
  fc.assert(
    fc.property(change, ({ before, after }) => {
      const judgement = applyRules(before, after, { kind: 'as-is' });
      assert.ok(judgement.isLegal);
      const rebuilt = structuredClone(before) as unknown as Record<string, unknown> & {
        certificates: Record<string, unknown>[];
      };
      for (const { certificateID, field, before: was, after: is } of differencesBetween(
        before,
        judgement.record,
      )) {
        const target =
          certificateID === undefined
            ? rebuilt
            : rebuilt.certificates.find((each) => each['certificateID'] === certificateID);
        assert.ok(target);
        if (certificateID === undefined && field === 'certificates') {
          rebuilt.certificates.push(is as Record<string, unknown>);
          continue;
        }
        assert.deepEqual(target[field], was);
        if (is === undefined) delete target[field];
        else target[field] = is;
      }
      assert.deepEqual(rebuilt, judgement.record);
    }),
  );
});
