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
import { runs } from '../../../protocol/test/runs.ts';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { legalChanges } from '../../src/orders/legal-changes.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** Orders, some of them with several certificates that differ in nothing but their IDs. */
const record = fc.tuple(recordInput, fc.integer({ min: 1, max: 2 })).map(([input, times]) => {
  const certificates = input.certificates.flatMap((certificate, index) =>
    Array.from({ length: times }, (_, copy) => ({ ...certificate, certificateID: 1 + index * times + copy })),
  );
  const read = readOrderRecord({ ...input, certificates });
  assert.ok(read.ok);
  return read.record;
});

/** Whether the database would take the patch, with whatever has to be told with it. */
function isTaken(record: OrderRecord, certificateID: string | undefined, patch: object): boolean {
  const more: readonly object[] = [
    {},
    { orderStatusReason: 'a' },
    { certificateStatusReason: 'a' },
    { serialNumber: '0A' },
  ];
  return more.some((beside) => {
    const whole = { ...patch, ...beside };
    const { apply: revise } = patchOrder(
      record.orderNumber,
      certificateID === undefined ? { order: whole } : { certificates: new Map([[certificateID, whole]]) },
    );
    const revision = revise({ record, version: 1, changed: '2026-06-11T11:57:00.000Z' });
    return 'record' in revision && applyRules(record, revision.record).isLegal;
  });
}

test('what is offered is what the database takes, and nothing that it takes is left out', () => {
  fc.assert(
    fc.property(record, (record) => {
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
        const offered = legal.certificates.get(certificate);
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
    { numRuns: runs(60) },
  );
});

/** An order of so many certificates, half of them issued, and how often a field of a certificate has been read. */
function countedOrder(count: number) {
  const counted = { reads: 0 };
  const certificates = Array.from({ length: count }, (_, index) => {
    const certificate = acmeCertificate({
      certificateID: String(index + 1),
      ...(index % 2 === 0 && { certificateStatus: 'Issued', serialNumber: '0A', caaStatus: 'completed' }),
      dcvStatus: 'completed',
    });
    return new Proxy(certificate, {
      get(target, name) {
        counted.reads++;
        return Reflect.get(target, name);
      },
    });
  });
  return { record: acmeOrder({ certificates }), counted };
}

test('the work for all certificates of an order is in proportion to their number', () => {
  const [once, twice] = [60, 120].map((count) => {
    const { record, counted } = countedOrder(count);
    assert.equal(legalChanges(record).certificates.size, count);
    return counted.reads;
  }) as [number, number];
  assert.ok(twice <= 2.2 * once, `fields of certificates read: ${once}, then ${twice}`);
});

test('the certificates of a page are judged alone, as they are among all', () => {
  const { record, counted } = countedOrder(60);
  const all = legalChanges(record).certificates;
  const ofAll = counted.reads;
  counted.reads = 0;
  const shown = record.certificates.slice(10, 20);
  const some = legalChanges(record, shown).certificates;
  assert.ok(counted.reads < ofAll / 3, `fields of certificates read: ${counted.reads} of ${ofAll}`);
  assert.deepEqual(
    [...some],
    shown.map((certificate) => [certificate, all.get(certificate)]),
  );
});

test('the steps of a certificate that waits', () => {
  const { orderStatus, first } = stepsOf(acmeOrder());
  assert.deepEqual(orderStatus, ['Rejected', 'Cancelled']);
  const waiting = ['Awaiting Brand Validation', 'PRE-SIGN FAILED', 'POST-SIGN FAILED'];
  assert.deepEqual(first?.certificateStatus, [...waiting, 'Rejected']);
  assert.deepEqual(first?.checks.get('dcvStatus'), ['not-required', 'not-completed', 'completed']);
  const ready = acmeCertificate({ dcvStatus: 'completed', caaStatus: 'completed' });
  const next = stepsOf(acmeOrder({ certificates: [ready] })).first;
  assert.deepEqual(next?.certificateStatus, [...waiting, 'Issued', 'Rejected']);
});

test('nothing may become of an order that is over', () => {
  const certificate = acmeCertificate({
    certificateStatus: 'Rejected',
    certificateStatusReason: 'Order cancelled',
  });
  const { orderStatus, first } = stepsOf(
    acmeOrder({ orderStatus: 'Cancelled', certificates: [certificate] }),
  );
  assert.deepEqual(orderStatus, []);
  assert.deepEqual(first?.certificateStatus, []);
});

/** The steps of an order, and of its first certificate. */
function stepsOf(record: OrderRecord) {
  const { orderStatus, certificates } = legalChanges(record);
  const [certificate] = record.certificates;
  return { orderStatus, first: certificate && certificates.get(certificate) };
}
