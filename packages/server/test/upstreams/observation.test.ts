/** What responses make of the orders that are known. */

import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  decodeResponse,
  type OrderRecord,
  type ReceivedOrderStatus,
  readOrderRecord,
} from '@cert-order-status/protocol';
import fc from 'fast-check';
import {
  type ObservedOrder,
  observeOrder,
  predecessorOf,
  replacementsIn,
} from '../../src/upstreams/observation.ts';
import { NOTE_LIMIT, NOTES_LIMIT, ObservationNotes } from '../../src/upstreams/observation-notes.ts';
import { type FakeOrder, PENDING, statusBody } from './fake-upstream.ts';

const TERMS = { account: 'acme', orderNumber: '7250060', replacesOrderNumber: undefined };
const NOT_IN_RESPONSE = '1 known certificate not in the response: as last known';

function received(orders: readonly FakeOrder[]): ReceivedOrderStatus {
  const decoded = decodeResponse(Buffer.from(statusBody(orders)));
  assert.equal(decoded.kind, 'status');
  return decoded.status;
}

function observe(before: OrderRecord | undefined, order: FakeOrder, terms: ObservedOrder = TERMS) {
  const notes = new ObservationNotes();
  const [first] = received([order]).orders;
  const record = observeOrder(before, first ?? { certificates: [] }, terms, notes);
  return { record: record ?? assert.fail(notes.list().join()), notes: notes.list() };
}

/** One order after the other: what is known in the end. */
function after(...orders: readonly FakeOrder[]): OrderRecord {
  const last = orders.reduce<OrderRecord | undefined>(
    (before, order) => observe(before, order).record,
    undefined,
  );
  return last ?? assert.fail('there is no order');
}

const ISSUED: FakeOrder = {
  ...PENDING,
  orderStatus: 'Completed',
  '1_certificateStatus': 'Issued',
  '1_serialNumber': 'ab01',
  '1_notBefore': '1750000000',
  '1_notAfter': '1780000000',
  '1_dcvStatus': '1',
};

suite('a record', () => {
  test('holds what the response says, word for word', () => {
    const { record, notes } = observe(undefined, {
      ...PENDING,
      orderStatus: 'In the post',
      '1_certificateStatus': ' made to  measure ',
      suggestedOrgDetails: 'Status=FOUND&1_organizationName=Acme+Ltd&1_countryName=GB&2_postalCode=LS1',
      '1_shippingEmail': 'a@example.com',
    });
    assert.deepEqual(record, {
      account: 'acme',
      orderNumber: '7250060',
      orderDateTime: '2025-06-11T11:57:00Z',
      orderStatus: 'In the post',
      suggestedOrgDetails: {
        status: 'Found',
        organizations: [{ organizationName: 'Acme Ltd', countryName: 'GB' }, { postalCode: 'LS1' }],
      },
      certificates: [
        {
          objectType: 'SSL',
          FQDN: 'www.example.com',
          certificateStatus: ' made to  measure ',
          csrStatus: 'completed',
          dcvStatus: 'in-progress',
          shippingEmail: 'a@example.com',
        },
      ],
    });
    assert.deepEqual(notes, []);
  });

  test('has the serial number in upper case, and validity in UTC', () => {
    const [certificate] = observe(undefined, ISSUED).record.certificates;
    assert.equal(certificate?.serialNumber, 'AB01');
    assert.equal(certificate?.notBefore, '2025-06-15T15:06:40Z');
    assert.equal(certificate?.notAfter, '2026-05-28T20:26:40Z');
  });

  test('of a response that says next to nothing has one certificate, and an unknown state', () => {
    const { record, notes } = observe(undefined, { orderNumber: '7250060' });
    assert.deepEqual(record, {
      account: 'acme',
      orderNumber: '7250060',
      orderStatus: 'Unknown',
      certificates: [{}],
    });
    assert.deepEqual(notes, ['the response holds no certificate']);
    const { record: later, notes: none } = observe(record, PENDING);
    assert.equal(later.certificates.length, 1);
    assert.deepEqual(none, []);
  });

  test('keeps what later responses leave out, while the state is the same', () => {
    const known = observe(undefined, {
      ...ISSUED,
      orderStatusReason: 'r',
      suggestedOrgDetails: 'NotFound',
    }).record;
    const { record, notes } = observe(known, { orderNumber: '7250060', '1_certificateStatus': 'Issued' });
    assert.deepEqual(record, known);
    assert.deepEqual(notes, []);
    assert.deepEqual(observe(known, { orderNumber: '7250060' }).notes, [NOT_IN_RESPONSE]);
  });

  test('drops reasons and checks of an earlier state, and keeps the certificate', () => {
    const revoked = { '1_certificateStatus': 'Revoked', orderStatus: 'Pending' };
    const known = {
      ...ISSUED,
      orderStatus: 'Rejected',
      orderStatusReason: 'r',
      '1_certificateStatusReason': 'c',
    };
    assert.deepEqual(after(known, revoked).certificates, [
      {
        objectType: 'SSL',
        FQDN: 'www.example.com',
        certificateStatus: 'Revoked',
        serialNumber: 'AB01',
        notBefore: '2025-06-15T15:06:40Z',
        notAfter: '2026-05-28T20:26:40Z',
      },
    ]);
    assert.equal(after(known, revoked).orderStatusReason, undefined);
  });

  test('drops serial number and validity of a certificate that waits to be issued again', () => {
    assert.deepEqual(after(ISSUED, { '1_certificateStatus': 'Awaiting Validation' }).certificates, [
      { objectType: 'SSL', FQDN: 'www.example.com', certificateStatus: 'Awaiting Validation' },
    ]);
  });

  test('reads dates of the wire, with seconds too', () => {
    assert.equal(after({ orderDateTime: '2025-06-11 11:57:30' }).orderDateTime, '2025-06-11T11:57:30Z');
    assert.equal(after({ orderDateTime: '2025-06-11T11:57Z' }).orderDateTime, '2025-06-11T11:57:00Z');
  });

  test('keeps the link, and its account and number', () => {
    const terms = { ...TERMS, replacesOrderNumber: '12' };
    assert.equal(observe(undefined, PENDING, terms).record.replacesOrderNumber, '12');
  });
});

suite('what a record cannot hold', () => {
  const bad: readonly (readonly [string, FakeOrder, string | RegExp])[] = [
    ['a date', { orderDateTime: '11 June 2025' }, /^orderDateTime left out: it must be an RFC 3339 time/],
    ['a date that does not exist', { orderDateTime: '2025-02-30 11:57' }, /^orderDateTime left out/],
    [
      'a state that is too long',
      { orderStatus: 'x'.repeat(65) },
      'orderStatus left out: it must be at most 64 characters long',
    ],
    [
      'a control character',
      { '1_FQDN': 'a\u0007b' },
      'certificate 1: FQDN left out: it must not hold control characters',
    ],
    [
      'a serial number',
      { '1_serialNumber': 'abc' },
      /^certificate 1: serialNumber left out: it must be an even number/,
    ],
    ['a time', { '1_notAfter': '999999999999' }, /^certificate 1: notAfter left out/],
    [
      'a reason',
      { '1_certificateStatusReason': 'x'.repeat(1025) },
      /certificateStatusReason left out: it must be at most/,
    ],
    [
      'a country',
      { suggestedOrgDetails: 'Found', countryName: 'GBR', postalCode: 'x' },
      /^organization 1: countryName/,
    ],
    ['a word', { suggestedOrgDetails: 'Perhaps' }, 'suggestedOrgDetails left out: its word is not known'],
    ['a check', { '1_dcvStatus': '7' }, 'no known parameter, or no known value of one: dcvStatus'],
    [
      'a parameter',
      { 'odd name': '7', later: '1' },
      'no known parameter, or no known value of one: "odd name", later',
    ],
  ];
  for (const [what, order, note] of bad) {
    test(`is left out and noted: ${what}`, () => {
      const known = observe(undefined, { ...ISSUED, suggestedOrgDetails: 'NotApplicable' }).record;
      const { record, notes } = observe(known, { ...ISSUED, ...order });
      assert.equal(notes.length, 1, notes.join());
      if (note instanceof RegExp) assert.match(notes[0] ?? '', note);
      else assert.equal(notes[0], note);
      if (!('suggestedOrgDetails' in order)) assert.deepEqual(record, known);
    });
  }

  test('may be everything', () => {
    const order = Object.fromEntries(
      Array.from({ length: 3000 }, (_, index) => [
        [`${index + 1}_FQDN`, '\u0001'],
        [`${index + 1}_certificateStatus`, 'x'.repeat(500)],
        [`${index + 1}_unknown`, 'x'],
        [`name${index}`, 'x'],
      ]).flat(),
    );
    const { record, notes } = observe(undefined, order);
    assert.equal(record.certificates.length, 2000);
    assert.equal(notes.length, NOTES_LIMIT);
    assert.equal(notes[0], '1000 certificates left out: an order has at most 2000');
    assert.match(notes.at(-1) ?? '', /^3983 further notes$/);
    for (const note of notes) assert.ok(note.length <= NOTE_LIMIT);
  });

  test('is never guessed from a certificate with the serial number of another', () => {
    const { record, notes } = observe(undefined, { ...ISSUED, '2_serialNumber': 'AB01', '2_FQDN': 'b' });
    assert.equal(record.certificates.length, 1);
    assert.deepEqual(notes, ['certificate 2 left out: another has the same serialNumber']);
  });
});

test('certificates beyond the limit are left out', () => {
  const certificates = Array.from({ length: 2000 }, (_, index) => ({
    FQDN: String(index),
    serialNumber: 'AB',
  }));
  const full = { ...observe(undefined, PENDING).record, certificates };
  const { record, notes } = observe(full, { '1_serialNumber': 'CD' });
  assert.equal(record.certificates.length, 2000);
  assert.deepEqual(notes, [
    '1 certificate left out: an order has at most 2000',
    '2000 known certificates not in the response: as last known',
  ]);
});

suite('replacements', () => {
  const replacements = (...numbers: readonly (string | undefined)[]) => {
    const notes = new ObservationNotes();
    const orders = numbers.map(
      (orderNumber): FakeOrder => (orderNumber === undefined ? { later: 'x' } : { orderNumber }),
    );
    const found = replacementsIn(received([PENDING, ...orders]), '7250060', notes);
    return { numbers: found.map(({ orderNumber }) => orderNumber), notes: notes.list() };
  };

  test('are told apart by their numbers', () => {
    assert.deepEqual(replacements('0012', '13'), { numbers: ['12', '13'], notes: [] });
    assert.deepEqual(replacements('12', undefined, '0', 'abc', '1'.repeat(19), '12', '7250060'), {
      numbers: ['12'],
      notes: [
        'order 3 of the response left out: it has no order number',
        'order 4 of the response left out: it has no order number',
        'order 5 of the response left out: it has no order number',
        'order 6 of the response left out: it has no order number',
        'order 12 left out where it is in the response again',
        'order 7250060 left out where it is in the response again',
      ],
    });
  });

  test('are a hundred at most', () => {
    const { numbers, notes } = replacements(...Array.from({ length: 150 }, (_, index) => String(index + 1)));
    assert.equal(numbers.length, 100);
    assert.deepEqual(notes, ['50 orders beyond the limit of 101 left out']);
  });

  test('replace the order asked for, until a later one turns out to be between', () => {
    const notes = new ObservationNotes();
    const link = (
      orderNumber: string,
      before: string | undefined,
      asked: string,
      ...predecessors: string[]
    ) => predecessorOf({ orderNumber, before }, { asked, predecessors: new Set(predecessors) }, notes);
    assert.equal(link('3', undefined, '1'), '1');
    assert.equal(link('3', '1', '1'), '1');
    assert.equal(link('3', '1', '2', '1'), '2');
    assert.equal(link('3', '2', '1'), '2');
    assert.equal(link('3', '9', '2', '1'), '9');
    assert.deepEqual(notes.list(), []);
    assert.equal(link('1', undefined, '2', '1'), undefined);
    assert.equal(link('1', '0', '2', '1', '0'), '0');
    assert.equal(notes.list()[0], 'order 1 is replaced by order 2, and cannot replace it');
  });
});

suite('any response', () => {
  const text = fc.oneof(
    fc.constantFrom(
      'Pending',
      'Completed',
      'Issued',
      'Awaiting Validation',
      'Revoked',
      '1',
      '2',
      'AB01',
      'ab02',
      'GB',
    ),
    fc.constantFrom(
      '2025-06-11 11:57',
      '1780000000',
      'Found',
      'Status=Found&1_postalCode=1',
      '\u0000',
      'x'.repeat(2000),
    ),
    fc.string({ unit: 'binary', maxLength: 30 }),
  );
  const certificateField = fc.constantFrom(
    ...['serialNumber', 'FQDN', 'objectType', 'certificateStatus', 'certificateStatusReason', 'dcvStatus'],
    ...['notBefore', 'notAfter', 'slId', 'later'],
  );
  const name = fc.oneof(
    fc.constantFrom(
      'orderNumber',
      'orderStatus',
      'orderStatusReason',
      'orderDateTime',
      'suggestedOrgDetails',
    ),
    fc.constantFrom('countryName', 'organizationName'),
    fc.tuple(fc.integer({ min: 1, max: 4 }), certificateField).map(([y, field]) => `${y}_${field}`),
    fc.tuple(fc.integer({ min: 1, max: 4 }), certificateField).map(([y, field]) => `${y}_${field}`),
    fc.string({ maxLength: 12 }),
  );
  const order = fc.dictionary(name, text, { maxKeys: 25 });

  test('makes a record, loses no certificate, and changes nothing when it comes again', () => {
    fc.assert(
      fc.property(fc.array(order, { minLength: 1, maxLength: 5 }), (orders) => {
        let before: OrderRecord | undefined;
        for (const each of orders) {
          const { record, notes } = observe(before, each);
          assert.deepEqual(readOrderRecord(record, 'observed'), { ok: true, record });
          assert.ok(record.certificates.length >= (before?.certificates.length ?? 0));
          for (const [index, known] of (before?.certificates ?? []).entries()) {
            const now = record.certificates[index];
            for (const field of ['FQDN', 'objectType', 'certificateStatus', 'slId'] as const) {
              assert.ok(known[field] === undefined || now?.[field] !== undefined, `${field} is lost`);
            }
          }
          for (const field of ['orderDateTime', 'suggestedOrgDetails', 'orderStatus'] as const) {
            assert.ok(before?.[field] === undefined || record[field] !== undefined, `${field} is lost`);
          }
          assert.ok(notes.length <= NOTES_LIMIT && notes.every((note) => note.length <= NOTE_LIMIT));
          const again = observe(record, each);
          assert.equal(JSON.stringify(again.record), JSON.stringify(record));
          before = record;
        }
      }),
      { numRuns: 300 },
    );
  });
});
