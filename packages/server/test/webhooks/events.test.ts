import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  type CertificateRecord,
  eventsOfChange,
  type OrderRecord,
  readOrderRecord,
  WEBHOOK_BODY_LIMIT_BYTES,
} from '@cert-order-status/protocol';
import fc from 'fast-check';
import { Webhook } from 'standardwebhooks';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import type { Change } from '../../src/orders/change.ts';
import { differencesBetween } from '../../src/orders/differences.ts';
import { isPersonal } from '../../src/orders/personal-data.ts';
import { eventBody, pingBody } from '../../src/webhooks/event-body.ts';
import { eventIDOf } from '../../src/webhooks/event-id.ts';
import { newWebhookSecret, signedHeaders } from '../../src/webhooks/signature.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

const AT = '2026-11-28T12:00:00.123Z';
const COMMON = {
  cursor: 'abcdef012345_7',
  orderNumber: '7250060',
  at: AT,
  by: { kind: 'token', name: 'x' },
} as const;

function created(order: OrderRecord): Change {
  return { ...COMMON, version: 1, kind: 'created', order };
}

function changed(before: OrderRecord, after: OrderRecord): Change {
  return { ...COMMON, version: 2, kind: 'changed', differences: differencesBetween(before, after) };
}

function typesOf(change: Change): string[] {
  return eventsOfChange(change).map(({ type, place }) => (place === 0 ? type : `${type} ${place}`));
}

function partOf(record: OrderRecord, version = 1) {
  return { record, version, changed: AT, certificateCount: record.certificates.length };
}

const withStatus = (certificateStatus: string, more: Partial<CertificateRecord> = {}) =>
  acmeCertificate({ certificateStatus, ...more });

test('a change makes one event of the order, and one for each certificate that reached a state of an event', () => {
  const certificates = ['Awaiting Validation', 'Issued', 'Expired', 'POST-SIGN FAILED', 'Rejected: no'].map(
    (status, index) => withStatus(status, { certificateID: String(index + 1) }),
  );
  assert.deepEqual(typesOf(created(acmeOrder({ certificates }))), [
    'order.created',
    'certificate.issued 2',
    'certificate.expired 3',
    'certificate.rejected 5',
  ]);
  for (const [orderStatus, type] of [
    ['Completed', 'order.completed'],
    ['Processed', 'order.completed'],
    ['Rejected', 'order.rejected'],
    ['Cancelled', 'order.cancelled'],
    ['Refunded', 'order.cancelled'],
    ['Awaiting payment', 'order.updated'],
    ['Something else', 'order.updated'],
  ] as const) {
    assert.deepEqual(typesOf(changed(acmeOrder(), acmeOrder({ orderStatus }))), [type], orderStatus);
  }
  for (const [certificateStatus, type] of [
    ['Issued', 'certificate.issued'],
    ['Valid', 'certificate.issued'],
    ['Revoked', 'certificate.revoked'],
    ['Expired', 'certificate.expired'],
    ['Replaced', 'certificate.replaced'],
    ['Rejected', 'certificate.rejected'],
  ] as const) {
    const after = acmeOrder({ certificates: [withStatus(certificateStatus)] });
    assert.deepEqual(typesOf(changed(acmeOrder(), after)), ['order.updated', `${type} 1`]);
  }
});

test("a state's other word is no other state, and a certificate that is added has reached its state", () => {
  const before = acmeOrder({ orderStatus: 'Completed', certificates: [withStatus('Issued')] });
  const after = acmeOrder({ orderStatus: 'Processed', certificates: [withStatus('Valid')] });
  assert.deepEqual(typesOf(changed(before, after)), ['order.updated']);
  const added = acmeOrder({
    certificates: [acmeCertificate(), withStatus('Issued', { certificateID: '9' })],
  });
  assert.deepEqual(typesOf(changed(acmeOrder(), added)), ['order.updated', 'certificate.issued 2']);
});

test('an event tells its change and the order as it is now, as a response has it', () => {
  const before = acmeOrder();
  const order = acmeOrder({
    orderStatus: 'Completed',
    certificates: [
      withStatus('Issued', {
        serialNumber: '0A',
        notBefore: '2026-01-01T00:00:00Z',
        notAfter: '2027-01-01T00:00:00Z',
      }),
      acmeCertificate({ certificateID: '5550002' }),
    ],
  });
  const change = changed(before, order);
  const later = { ...order, orderStatus: 'Cancelled' };
  const body = JSON.parse(eventBody({ type: 'order.completed', place: 0 }, change, partOf(later, 3)));
  const { order: told, changes, ...data } = body.data;
  assert.deepEqual(
    [body.type, body.timestamp, data],
    ['order.completed', AT, { version: 2, orderNumber: '7250060' }],
  );
  assert.deepEqual(changes, change.kind === 'changed' && JSON.parse(JSON.stringify(change.differences)));
  assert.equal(told.orderStatus, 'Cancelled');
  assert.equal(told.orderDateTime, '2025-06-11 11:57');
  const { certificateID, csrStatus, notAfter } = told.certificates[0];
  assert.deepEqual([certificateID, csrStatus, notAfter], ['5550001', 1, 1_798_761_600]);
  assert.equal('account' in told, false);

  const issued = JSON.parse(
    eventBody({ type: 'certificate.issued', place: 1 }, change, partOf(order, 2)),
  ).data;
  assert.deepEqual([issued.certificate, issued.certificateID], [1, '5550001']);
  assert.deepEqual(
    [...new Set(issued.changes.map((each: { certificate: number }) => each.certificate))],
    [1],
  );
  const [first] = eventsOfChange(created(order)).filter(({ place }) => place === 1);
  assert.ok(first);
  const { data: ofNew } = JSON.parse(eventBody(first, created(order), partOf(order)));
  assert.deepEqual([ofNew.certificateID, ofNew.changes], ['5550001', []]);
  assert.equal(ofNew.observedAt, undefined);
  const observed = { ...created(order), by: { kind: 'upstream', name: 'secret' } } as const;
  const ofObserved = eventBody(first, observed, partOf(order));
  assert.deepEqual([JSON.parse(ofObserved).data.observedAt, ofObserved.includes('secret')], [AT, false]);
  const following = { upstream: 'secret', observed: '2026-11-28T13:00:00.000Z' };
  const newest = JSON.parse(eventBody(first, observed, { ...partOf(order), following }));
  assert.equal(newest.data.observedAt, following.observed);
  assert.deepEqual(JSON.parse(pingBody(AT)), { type: 'ping', timestamp: AT, data: {} });
});

test('no event has personal data, and none is larger than 256 KiB', () => {
  fc.assert(
    fc.property(recordInput, recordInput, (one, other) => {
      const [before, after] = [readOrderRecord(one), readOrderRecord(other)];
      assert.ok(before.ok && after.ok);
      for (const change of [created(after.record), changed(before.record, after.record)]) {
        for (const event of eventsOfChange(change)) {
          const body = eventBody(event, change, partOf(after.record));
          assert.ok(Buffer.byteLength(body) <= WEBHOOK_BODY_LIMIT_BYTES);
          JSON.parse(body, (name, value) => {
            assert.ok(!isPersonal(name), name);
            assert.ok(name !== 'field' || !isPersonal(value), value);
            return value;
          });
        }
      }
    }),
  );
});

test('a larger order is told without certificates, and a larger change without differences; both say so', () => {
  const FQDN = `www.${'long.'.repeat(20)}example`;
  const certificates = (count: number, status = 'Awaiting Validation') =>
    Array.from({ length: count }, (_, index) =>
      withStatus(status, { certificateID: String(index + 1), FQDN }),
    );
  const order = acmeOrder({ certificates: certificates(1000) });
  const small = changed(acmeOrder({ certificates: certificates(1000) }), {
    ...order,
    orderStatus: 'Completed',
  });
  const without = JSON.parse(eventBody({ type: 'order.completed', place: 0 }, small, partOf(order))).data;
  assert.equal(without.order.certificatesOmitted, true);
  assert.equal(without.order.certificates, undefined);
  assert.equal(without.changes.length, 1);
  // Not all certificates were read.
  const part = { ...partOf(acmeOrder()), certificateCount: 2000 };
  const partial = JSON.parse(eventBody({ type: 'order.completed', place: 0 }, small, part)).data;
  assert.equal(partial.order.certificatesOmitted, true);
  const large = changed(order, acmeOrder({ certificates: certificates(2000, 'Valid') }));
  const least = JSON.parse(eventBody({ type: 'order.updated', place: 0 }, large, partOf(order))).data;
  assert.deepEqual([least.changesOmitted, least.changes], [true, undefined]);
  assert.equal(least.order.orderStatus, 'Pending');
});

test('the reference library verifies what is signed, with either secret during an overlap, and nothing altered', () => {
  const [current, previous] = [newWebhookSecret(), newWebhookSecret()];
  assert.match(current, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const body = JSON.stringify({ type: 'ping', text: 'ünïcode \u{1f511}' });
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const headers = signedHeaders({ eventID: 'msg_1', timestampSeconds, body }, [current, previous]);
  for (const secret of [current, previous])
    assert.deepEqual(new Webhook(secret).verify(body, headers), JSON.parse(body));
  assert.throws(() => new Webhook(newWebhookSecret()).verify(body, headers));
  assert.throws(() => new Webhook(current).verify(`${body} `, headers));
  assert.throws(() => new Webhook(current).verify(body, { ...headers, 'webhook-id': 'msg_2' }));
  const late = signedHeaders({ eventID: 'msg_1', timestampSeconds: timestampSeconds - 3600, body }, [
    current,
  ]);
  assert.throws(() => new Webhook(current).verify(body, late));
});

test('a receiver in Python, from the specification alone, verifies what is signed, and nothing altered', {
  skip: spawnSync('python3', ['--version']).status !== 0,
}, () => {
  const secret = newWebhookSecret();
  const body = JSON.stringify({ type: 'ping', text: 'ünïcode' });
  const timestampSeconds = Math.floor(Date.now() / 1000);
  const headers = signedHeaders({ eventID: 'msg_1', timestampSeconds, body }, [newWebhookSecret(), secret]);
  const program = fileURLToPath(new URL('verify.py', import.meta.url));
  const verify = (given: object) => {
    const input = JSON.stringify({ headers, body, secret, ...given });
    const { stdout, stderr } = spawnSync('python3', [program], { input, encoding: 'utf8' });
    return (stdout + stderr).trim();
  };
  assert.equal(verify({}), 'ping');
  assert.equal(verify({ body: `${body} ` }), 'wrong signature');
  assert.equal(verify({ secret: newWebhookSecret() }), 'wrong signature');
  assert.equal(verify({ headers: { ...headers, 'webhook-timestamp': '1' } }), 'stale');
});

test("an event's ID depends on everything that makes it the event that it is, and on the database's key", () => {
  const identity = { endpointID: 'we_1', epoch: 'e', cursor: 1, place: 0, type: 'order.updated' };
  const ids = new Set([
    eventIDOf('key', identity),
    eventIDOf('other key', identity),
    eventIDOf('key', { ...identity, endpointID: 'we_2' }),
    eventIDOf('key', { ...identity, epoch: 'f' }),
    eventIDOf('key', { ...identity, cursor: 2 }),
    eventIDOf('key', { ...identity, place: 1 }),
    eventIDOf('key', { ...identity, type: 'order.completed' }),
  ]);
  assert.equal(ids.size, 7);
  for (const id of ids) assert.match(id, /^msg_[\w-]{32}$/);
  assert.equal(eventIDOf('key', identity), eventIDOf('key', { ...identity }));
});
