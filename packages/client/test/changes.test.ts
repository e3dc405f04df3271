import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { detailedOrderStatus } from '../../protocol/test/arbitraries.ts';
import { changesBetween, type ReceivedOrder } from '../src/index.ts';

const ORDER: ReceivedOrder = {
  orderNumber: '7250060',
  orderStatus: 'Pending',
  suggestedOrgDetails: { status: 'NotYetCompleted' },
  certificates: [
    { certificateStatus: 'Awaiting Validation', dcvStatus: 'in-progress' },
    { caaStatus: 'completed' },
  ],
};

describe('What changed', () => {
  const ROWS: readonly (readonly [string, readonly ReceivedOrder[], readonly string[]])[] = [
    ['nothing', [ORDER], []],
    ['the order', [{ ...ORDER, orderStatus: 'Completed' }], ['orderStatus: Pending → Completed']],
    [
      'one certificate',
      [
        {
          ...ORDER,
          certificates: [{ ...ORDER.certificates[0], dcvStatus: 'completed' }, { caaStatus: 'completed' }],
        },
      ],
      ['certificates[0].dcvStatus: in-progress → completed'],
    ],
    [
      'a certificate more',
      [{ ...ORDER, certificates: [...ORDER.certificates, { FQDN: 'a.example' }] }],
      ['certificates[2].FQDN: (none) → a.example'],
    ],
    [
      'the end of a validity period',
      [
        {
          ...ORDER,
          certificates: [
            { ...ORDER.certificates[0], notAfter: new Date('2026-06-11T12:00:00Z') },
            { caaStatus: 'completed' },
          ],
        },
      ],
      ['certificates[0].notAfter: (none) → 2026-06-11T12:00:00.000Z'],
    ],
    [
      'a certificate less',
      [{ ...ORDER, certificates: ORDER.certificates.slice(0, 1) }],
      ['certificates[1].caaStatus: completed → (none)'],
    ],
    [
      'suggested organisations',
      [{ ...ORDER, suggestedOrgDetails: { status: 'Found', organizations: [{ localityName: 'Leeds' }] } }],
      [
        'suggestedOrgDetails.status: NotYetCompleted → Found',
        'suggestedOrgDetails.organizations[0].localityName: (none) → Leeds',
      ],
    ],
    [
      'a replacement order',
      [ORDER, { orderNumber: '7250061', certificates: [{ FQDN: 'a.example' }] }],
      ['orders[1].orderNumber: (none) → 7250061', 'orders[1].certificates[0].FQDN: (none) → a.example'],
    ],
    ['a parameter of a later version', [{ ...ORDER, extra: { x: '1' } }], ['extra.x: (none) → 1']],
  ];
  for (const [name, orders, changes] of ROWS) {
    test(name, () => assert.deepEqual(changesBetween({ orders: [ORDER] }, { orders }).map(String), changes));
  }

  test('is nothing between equal answers, and something between others', () => {
    fc.assert(
      fc.property(detailedOrderStatus, detailedOrderStatus, (one, other) => {
        assert.deepEqual(changesBetween(one, structuredClone(one)), []);
        const isEqual = JSON.stringify(one) === JSON.stringify(other);
        assert.equal(changesBetween(one, other).length === 0, isEqual);
      }),
    );
  });

  test('is the same the other way round, the other way round', () => {
    fc.assert(
      fc.property(detailedOrderStatus, detailedOrderStatus, (one, other) => {
        const there = changesBetween(one, other).map(({ path, before, after }) => [path, before, after]);
        const back = changesBetween(other, one).map(({ path, before, after }) => [path, after, before]);
        assert.deepEqual(there.toSorted(), back.toSorted());
      }),
    );
  });
});
