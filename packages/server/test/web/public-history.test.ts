import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Change } from '../../src/orders/change.ts';
import { publicHistory } from '../../src/web/public-history.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

const BY = { kind: 'token', name: 'SECRET-NAME' } as const;
const COMMON = {
  orderNumber: '7250060',
  by: BY,
  reason: 'SECRET-REASON',
  waivedRules: ['order-transition'],
} as const;
const AT = '2026-06-11T11:57:00.000Z';

function changed(differences: Extract<Change, { kind: 'changed' }>['differences']): Change {
  return { ...COMMON, kind: 'changed', cursor: '2', version: 2, at: AT, differences };
}

test('tells which field changed, to what, and when; the newest first', () => {
  const created: Change = {
    ...COMMON,
    kind: 'created',
    cursor: '1',
    version: 1,
    at: '2026-06-10T11:57:00.000Z',
    order: acmeOrder(),
  };
  const later = changed([
    { field: 'orderStatus', before: 'Pending', after: 'Rejected' },
    { field: 'orderStatusReason', after: 'Not yours' },
    { certificateID: '5550001', field: 'dcvStatus', before: 'in-progress', after: 'completed' },
    { certificateID: '5550001', field: 'FQDN', before: 'www.example.com' },
    { field: 'certificates', after: acmeCertificate({ certificateID: '6' }) },
  ]);
  assert.deepEqual(publicHistory([later, created], 'account'), [
    {
      at: AT,
      changedFields: [
        { what: 'Order', to: 'Rejected', isMilestone: true },
        { what: 'Reason', to: 'Not yours', isMilestone: false },
        { certificate: 'certificate 5550001', what: 'Domain control', to: 'done', isMilestone: false },
        { certificate: 'certificate 5550001', what: 'Domain name', isMilestone: false },
        { certificate: 'certificate 6', what: 'Certificate', to: 'added to the order', isMilestone: true },
      ],
      more: 0,
    },
    {
      at: '2026-06-10T11:57:00.000Z',
      changedFields: [{ what: 'Order', to: 'Pending, recorded since then', isMilestone: true }],
      more: 0,
    },
  ]);
});

test('never tells who, or why, or whose order it was', () => {
  const history = publicHistory(
    [
      changed([
        { field: 'account', before: 'SECRET-ACCOUNT', after: 'SECRET-ACCOUNT-2' },
        { field: 'somethingNew', before: 'SECRET-1', after: 'SECRET-2' },
        { field: 'orderStatus', before: 'SECRET-3', after: 'Cancelled' },
      ]),
      changed([{ field: 'account', after: 'SECRET-ACCOUNT' }]),
    ],
    'account',
  );
  assert.equal(history.length, 1);
  assert.doesNotMatch(JSON.stringify(history), /SECRET/);
});

test('tells whoever has a link nothing of the orders around it', () => {
  const change = changed([
    { field: 'replacesOrderNumber', after: '7250001' },
    { field: 'orderStatus', before: 'Pending', after: 'Cancelled' },
  ]);
  assert.match(JSON.stringify(publicHistory([change], 'account')), /7250001/);
  const [event] = publicHistory([change], 'link');
  assert.deepEqual(event?.changedFields, [{ what: 'Order', to: 'Cancelled', isMilestone: true }]);
  assert.deepEqual(
    publicHistory([changed([{ field: 'replacesOrderNumber', before: '7250001' }])], 'link'),
    [],
  );
});

test('of a change of very many fields the first are told, and how many there are', () => {
  const differences = Array.from({ length: 14_000 }, (_, index) => ({
    certificateID: String(index),
    field: 'dcvStatus',
    after: 'completed',
  }));
  const [event] = publicHistory([changed(differences)], 'account');
  assert.deepEqual([event?.changedFields.length, event?.more], [20, 13_980]);
});
