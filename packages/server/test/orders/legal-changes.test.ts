import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CERTIFICATE_STATUSES,
  CHECK_STATUSES,
  CHECKS,
  ORDER_STATUSES,
  type OrderRecord,
  readOrderRecord,
} from '@cert-order-status/protocol';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { judgeChange } from '../../src/orders/judge-change.ts';
import { legalChanges } from '../../src/orders/legal-changes.ts';
import { patchOrder } from '../../src/orders/revisions.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** Whether the book would take the patch, with whatever has to be told with it. */
function isTaken(record: OrderRecord, certificateID: string | undefined, patch: object): boolean {
  const more: readonly object[] = [
    {},
    { orderStatusReason: 'a' },
    { certificateStatusReason: 'a' },
    { serialNumber: '0A' },
  ];
  return more.some((beside) => {
    const whole = { ...patch, ...beside };
    const { revise } = patchOrder(
      record.orderNumber,
      certificateID === undefined ? { order: whole } : { certificates: new Map([[certificateID, whole]]) },
    );
    const revision = revise({ record, version: 1, changed: '2026-06-11T11:57:00.000Z' });
    return 'record' in revision && judgeChange(record, revision.record).isLegal;
  });
}

test('what is offered is what the book takes, and nothing that it takes is left out', () => {
  fc.assert(
    fc.property(recordInput, (input) => {
      const read = readOrderRecord(input);
      assert.ok(read.ok);
      const { record } = read;
      const legal = legalChanges(record);
      for (const word of ORDER_STATUSES) {
        if (word === record.orderStatus) continue;
        assert.equal(
          legal.orderStatus.includes(word),
          isTaken(record, undefined, { orderStatus: word }),
          word,
        );
      }
      for (const certificate of record.certificates) {
        const { certificateID } = certificate;
        const offered = legal.certificates.get(certificateID);
        for (const word of CERTIFICATE_STATUSES) {
          if (word === certificate.certificateStatus) continue;
          const taken = isTaken(record, certificateID, { certificateStatus: word });
          assert.equal(offered?.certificateStatus.includes(word), taken, word);
        }
        for (const check of CHECKS) {
          for (const state of CHECK_STATUSES) {
            if (state === certificate[check]) continue;
            const taken = isTaken(record, certificateID, { [check]: state });
            assert.equal(offered?.checks.get(check)?.includes(state) ?? false, taken, `${check} ${state}`);
          }
        }
      }
    }),
  );
});

test('the steps of a certificate that waits', () => {
  const legal = legalChanges(acmeOrder());
  assert.deepEqual(legal.orderStatus, ['Rejected', 'Cancelled']);
  const steps = legal.certificates.get('5550001');
  assert.deepEqual(steps?.certificateStatus, ['Awaiting Brand Validation', 'Rejected']);
  assert.deepEqual(steps?.checks.get('dcvStatus'), ['not-required', 'not-completed', 'completed']);
  const ready = acmeCertificate({ dcvStatus: 'completed', caaStatus: 'completed' });
  const next = legalChanges(acmeOrder({ certificates: [ready] })).certificates.get('5550001');
  assert.deepEqual(next?.certificateStatus, ['Awaiting Brand Validation', 'Issued', 'Rejected']);
});

test('nothing may become of an order that is over', () => {
  const certificate = acmeCertificate({
    certificateStatus: 'Rejected',
    certificateStatusReason: 'Order cancelled',
  });
  const legal = legalChanges(acmeOrder({ orderStatus: 'Cancelled', certificates: [certificate] }));
  assert.deepEqual(legal.orderStatus, []);
  assert.deepEqual(legal.certificates.get('5550001')?.certificateStatus, []);
});
