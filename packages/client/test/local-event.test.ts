/** The bodies of events that a program of the account makes itself. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eventsOfChange, WEBHOOK_BODY_LIMIT_BYTES } from '@cert-order-status/protocol';
import type { FieldChange, OrderChange } from '../src/index.ts';
import { localEventBody, orderInEvents } from '../src/webhooks/local-event.ts';

const AT = '2026-06-11T12:03:20.118Z';
const received = { orderNumber: '7', orderStatus: 'Pending' };

function changed(...differences: readonly FieldChange[]): OrderChange {
  return { cursor: 'c', orderNumber: '7', version: 2, at: AT, kind: 'changed', differences };
}

test('without what a state was before, another word for the same meaning makes an event, too', () => {
  const types = (after: string) =>
    eventsOfChange(changed({ certificate: 2, field: 'certificateStatus', after })).map(({ type }) => type);
  assert.deepEqual(types('Valid'), ['order.updated', 'certificate.issued']);
  assert.deepEqual(types('Awaiting Validation'), ['order.updated']);
});

test('a certificate has the ID that the change names, and no personal data', () => {
  const change = changed(
    { certificate: 1, certificateID: '8', field: 'dcvStatus', after: 'completed' },
    { certificate: 2, field: 'certificates', after: { certificateID: '9', certificateStatus: 'Issued' } },
  );
  const certificates = [
    { dcvStatus: 'completed', shippingPostalCode: '12345' },
    { certificateStatus: 'Issued' },
    { certificateStatus: 'Issued' },
  ] as const;
  const order = orderInEvents({ ...received, certificates }, change);
  assert.deepEqual(JSON.parse(JSON.stringify(order)).certificates, [
    { certificateID: '8', dcvStatus: 1 },
    { certificateID: '9', certificateStatus: 'Issued' },
    { certificateStatus: 'Issued' },
  ]);
  const event = { type: 'certificate.issued', place: 2 } as const;
  const { data } = JSON.parse(localEventBody(event, change, order));
  assert.equal(data.observedAt, undefined);
  assert.equal(JSON.parse(localEventBody(event, { ...change, observedAt: AT }, order)).data.observedAt, AT);
  assert.deepEqual([data.certificate, data.certificateID, data.changes.length], [2, '9', 1]);
});

test('what is too large goes without certificates, and then without changes', () => {
  const event = { type: 'order.updated', place: 0 } as const;
  const certificates = Array.from({ length: 5000 }, () => ({ FQDN: `${'ü'.repeat(30)}.example.com` }));
  const dataOf = (change: OrderChange) => {
    const body = localEventBody(event, change, orderInEvents({ ...received, certificates }, change));
    assert.ok(Buffer.byteLength(body) <= WEBHOOK_BODY_LIMIT_BYTES);
    return JSON.parse(body).data;
  };
  const order = { ...received, certificatesOmitted: true };
  const common = { version: 2, orderNumber: '7' };
  const difference = { field: 'orderStatus', after: 'Pending' };
  assert.deepEqual(dataOf(changed(difference)), { ...common, changes: [difference], order });
  const many = Array.from({ length: 10_000 }, () => difference);
  assert.deepEqual(dataOf(changed(...many)), { ...common, changesOmitted: true, order });
  const huge = orderInEvents(
    { orderStatusReason: 'x'.repeat(WEBHOOK_BODY_LIMIT_BYTES), certificates: [] },
    changed(difference),
  );
  assert.throws(
    () => localEventBody(event, changed(difference), huge),
    /the order is too large for an event/,
  );
});

test('parts without any field are no response', () => {
  const orders = [{ certificates: [] }, { ...received, certificates: [{}] }];
  for (const order of orders) {
    assert.throws(() => orderInEvents(order, changed()), /^TransportError: .* without any field$/);
  }
});
