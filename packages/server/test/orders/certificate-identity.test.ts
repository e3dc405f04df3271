import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import { applyRules } from '../../src/orders/apply-rules.ts';
import { matchCertificates } from '../../src/orders/certificate-identity.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { differencesBetween } from '../../src/orders/differences.ts';
import { brokenPlacementRule } from '../../src/orders/placement-rules.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** `1 - 2`: a certificate with the ID 1, one without, and one with the ID 2. */
function list(ids: string): { certificateID?: string }[] {
  return ids.split(' ').map((id) => (id === '-' ? {} : { certificateID: id }));
}

describe('Which certificate is which', () => {
  for (const [earlier, later, places] of [
    ['1 2', '2 1', [1, 0]],
    ['1 2', '3 2 1', [undefined, 1, 0]],
    ['- -', '- -', [0, 1]],
    ['- 1 -', '1 - -', [1, 0, 2]],
    ['-', '- -', [0, undefined]],
    // One gains its ID in its place.
    ['1 - -', '1 7 -', [0, 1, 2]],
    ['1 - -', '1 - 7', [0, 1, 2]],
    ['- -', '7 8', [0, 1]],
    // None of those without has gained one when all of them are still there.
    ['-', '7 -', [undefined, 0]],
    // In another place it is a new one.
    ['1 -', '7 1', [undefined, 0]],
    ['1', '7', [undefined]],
  ] as const) {
    test(`${earlier} → ${later}`, () => {
      assert.deepEqual(matchCertificates(list(earlier), list(later)), places);
    });
  }
});

function certificate(FQDN: string, certificateID?: string): CertificateRecord {
  const { certificateID: _, ...others } = acmeCertificate({ FQDN });
  return certificateID === undefined ? others : { certificateID, ...others };
}

function order(...certificates: CertificateRecord[]): OrderRecord {
  return acmeOrder({ certificates });
}

test('certificates without an ID keep their places, and a change names them by number', () => {
  const before = order(certificate('a'), certificate('b', '5'), certificate('c'));
  const wanted = order(certificate('b', '5'), certificate('a2'), certificate('c'), certificate('d'));
  const applied = applyRules(before, wanted);
  assert.ok(applied.isLegal);
  assert.deepEqual(
    applied.record.certificates.map(({ FQDN }) => FQDN),
    ['a2', 'b', 'c', 'd'],
  );
  assert.deepEqual(differencesBetween(before, applied.record), [
    { certificate: 1, field: 'FQDN', before: 'a', after: 'a2' },
    { certificate: 4, field: 'certificates', after: certificate('d') },
  ]);
});

test('a certificate that gains its ID is the same one', () => {
  const before = order(certificate('a'), certificate('b'));
  const after = order(certificate('a'), certificate('b', '7'));
  assert.ok(applyRules(before, after).isLegal);
  assert.deepEqual(differencesBetween(before, after), [
    { certificate: 2, certificateID: '7', field: 'certificateID', before: undefined, after: '7' },
  ]);
});

test('a certificate without an ID is never removed either', () => {
  const before = order(certificate('a', '1'), certificate('b'));
  const context = { hasAccount: () => true, followed: () => undefined, holderOf: () => undefined };
  const broken = brokenPlacementRule(order(certificate('a', '1')), before, context);
  assert.equal(broken?.rule, 'certificate-never-removed');
  assert.match(broken?.message ?? '', /^certificate number 2 of order 7250060 is left out/);
});

test('a patch by number changes one without an ID, and may give it one', () => {
  const record = order(certificate('a', '1'), certificate('b'));
  const current = { record, version: 1, changed: '2026-06-11T11:57:00.000Z' };
  const patch = { certificatesByNumber: new Map([[2, { certificateID: '9', dcvStatus: 'completed' }]]) };
  const revision = patchOrder('7250060', patch).apply(current);
  assert.ok('record' in revision);
  assert.deepEqual(revision.record.certificates[1], { ...certificate('b', '9'), dcvStatus: 'completed' });
  const missing = patchOrder('7250060', { certificatesByNumber: new Map([[3, {}]]) }).apply(current);
  assert.deepEqual(missing, {
    refusal: { kind: 'not found', message: 'there is no certificate number 3 in order 7250060' },
  });
});

test('an order that came as it was is changed in other respects, and gets no other word of no known meaning', () => {
  const { dcvStatus: _, ...lacking } = certificate('a');
  const record = acmeOrder({
    orderStatus: 'Odd',
    certificates: [lacking, { ...certificate('b'), certificateStatus: 'Strange' }],
  });
  const current = { record, version: 1, changed: '2026-06-11T11:57:00.000Z' };
  const revise = (order: Record<string, unknown>) => patchOrder('7250060', { order }).apply(current);
  const kept = revise({ orderDateTime: '2026-01-01T00:00:00Z' });
  assert.ok('record' in kept);
  assert.deepEqual(kept.record, { ...record, orderDateTime: '2026-01-01T00:00:00Z' });
  assert.ok('record' in revise({ orderStatus: 'Completed' }));
  assert.ok('refusal' in revise({ orderStatus: 'Odder' }));
});
