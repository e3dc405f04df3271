/** Searching, as tests that each engine runs: compared with going through all orders one by one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CERTIFICATE_MEANINGS,
  CERTIFICATE_STATUSES,
  type CertificateRecord,
  CHECK_STATUSES,
  CHECKS,
  certificateMeaning,
  ORDER_MEANINGS,
  ORDER_STATUSES,
  type OrderRecord,
  orderMeaning,
  readOrderRecord,
} from '@cert-order-status/protocol';
import fc from 'fast-check';
import { runs } from '../../../protocol/test/runs.ts';
import type { StoredOrder } from '../../src/orders/change-request.ts';
import type { OrderFilter } from '../../src/orders/order-filter.ts';
import type { OrderStore } from '../../src/orders/order-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import type { OpenEmpty } from './contract.ts';

const FQDNS = [
  'www.example.com',
  'WWW.Example.com',
  'www.example.org',
  'shop.example.com',
  '*.example.com',
  'w',
];

const TIMES = ['2026-01-01T00:00:00Z', '2026-01-01T00:00:01Z', '2027-06-30T23:59:59Z'];
/** The states of a certificate that has been issued. */
const ONCE_ISSUED = ['Issued', 'valid', 'Replaced', 'Revoked', 'Expired'];

const certificate = fc.record(
  {
    FQDN: fc.constantFrom(...FQDNS),
    certificateStatus: fc.constantFrom(
      ...CERTIFICATE_STATUSES,
      'valid',
      'PRE-SIGN FAILED',
      'Awaiting Validation (Brand)',
    ),
    dcvStatus: fc.constantFrom(...CHECK_STATUSES),
    caaStatus: fc.constantFrom(...CHECK_STATUSES),
    notAfter: fc.constantFrom(...TIMES),
  },
  { requiredKeys: ['certificateStatus', 'dcvStatus'] },
);
const someOrder = fc.record({
  account: fc.constantFrom('acme-hosting', 'other'),
  orderStatus: fc.constantFrom(...ORDER_STATUSES, 'Processed', 'canceled'),
  certificates: fc.array(certificate, { minLength: 1, maxLength: 3 }),
});

const someFilter: fc.Arbitrary<OrderFilter> = fc.record(
  {
    account: fc.constantFrom('acme-hosting', 'other', 'nobody'),
    orderStatus: fc.constantFrom(...ORDER_MEANINGS),
    certificateStatus: fc.constantFrom(...CERTIFICATE_MEANINGS),
    expiresBefore: fc.constantFrom(...TIMES.flatMap((time) => [Date.parse(time), Date.parse(time) + 1])),
    FQDN: fc.constantFrom(...FQDNS, 'ww', ''),
    FQDNPrefix: fc.constantFrom('www.', 'WWW.EXAMPLE', 'w', '', '*', '%', 'x'),
    checks: fc.record(
      { dcvStatus: fc.constantFrom(...CHECK_STATUSES), caaStatus: fc.constantFrom(...CHECK_STATUSES) },
      { requiredKeys: [] },
    ),
    anyCheck: fc.constantFrom(...CHECK_STATUSES),
  },
  { requiredKeys: [] },
);

function recordOf(
  made: typeof someOrder extends fc.Arbitrary<infer Made> ? Made : never,
  number: number,
): OrderRecord {
  const { account, orderStatus, certificates } = made;
  const read = readOrderRecord({
    ...acmeOrder({ account, orderNumber: String(number), orderStatus }),
    ...(orderStatus === 'Rejected' && { orderStatusReason: 'a reason' }),
    certificates: certificates.map(({ notAfter, ...each }, index) => ({
      certificateID: `${number}${index}`,
      objectType: 'SSL',
      ...each,
      ...(ONCE_ISSUED.includes(each.certificateStatus) && { serialNumber: '0A', notAfter }),
      ...(['Rejected', 'Revoked'].includes(each.certificateStatus) && {
        certificateStatusReason: 'a reason',
      }),
    })),
  });
  assert.ok(read.ok);
  return read.record;
}

function matches(
  { record, changed }: StoredOrder,
  { account, orderStatus, changedSince, ...ofCertificate }: OrderFilter,
): boolean {
  return (
    (account === undefined || record.account === account) &&
    (orderStatus === undefined || orderMeaning(record.orderStatus) === orderStatus) &&
    (changedSince === undefined || Date.parse(changed) >= changedSince) &&
    (JSON.stringify(ofCertificate) === '{}' ||
      record.certificates.some((each) => certificateMatches(each, ofCertificate)))
  );
}

function certificateMatches(each: CertificateRecord, filter: OrderFilter): boolean {
  const fqdn = each.FQDN?.toLowerCase();
  return (
    (filter.certificateStatus === undefined ||
      certificateMeaning(each.certificateStatus) === filter.certificateStatus) &&
    (filter.expiresBefore === undefined || expiresBefore(each, filter.expiresBefore)) &&
    (filter.FQDN === undefined || fqdn === filter.FQDN.toLowerCase()) &&
    (filter.FQDNPrefix === undefined || fqdn?.startsWith(filter.FQDNPrefix.toLowerCase()) === true) &&
    CHECKS.every((check) => filter.checks?.[check] === undefined || each[check] === filter.checks[check]) &&
    (filter.anyCheck === undefined || CHECKS.some((check) => each[check] === filter.anyCheck))
  );
}

function expiresBefore({ certificateStatus, notAfter }: CertificateRecord, moment: number): boolean {
  const isInUse = ['issued', 'replaced'].includes(certificateMeaning(certificateStatus));
  return isInUse && notAfter !== undefined && Date.parse(notAfter) < moment;
}

/** Page after page. */
async function searchAll(orderStore: OrderStore, filter: OrderFilter, limit: number): Promise<string[]> {
  const found: string[] = [];
  for (let after: string | undefined; ; ) {
    const page = await orderStore.search(filter, { limit, ...(after !== undefined && { after }) });
    found.push(...page.orders.map(({ record }) => record.orderNumber));
    if (!page.more) return found;
    after = page.orders.at(-1)?.record.orderNumber;
  }
}

/** Declares the tests for one engine. */
export function testSearch(engine: string, open: OpenEmpty): void {
  test(`${engine}: a search finds what matches, whatever the filter, page after page`, async (t) => {
    const { accounts, orders: orderStore } = await open(t);
    for (const account of ['acme-hosting', 'other']) await accounts.add(account, 'hash');
    const records = fc.sample(someOrder, 150).map((made, index) => recordOf(made, index * 7 + 95));
    const [early, late] = [records.slice(0, 100), records.slice(100)];
    await fillDatabase(orderStore, early);
    const since = Date.now() + 1;
    while (Date.now() < since);
    await fillDatabase(orderStore, late);
    const all: StoredOrder[] = [];
    for (const { orderNumber } of records) all.push((await orderStore.get(orderNumber)) as StoredOrder);

    await fc.assert(
      fc.asyncProperty(
        someFilter,
        fc.integer({ min: 1, max: 200 }),
        fc.constantFrom(undefined, since, 0),
        async (some, limit, changedSince) => {
          const { checks, ...others } = some;
          const filter = {
            ...others,
            ...(checks !== undefined && JSON.stringify(checks) !== '{}' && { checks }),
            ...(changedSince !== undefined && { changedSince }),
          };
          const expected = all
            .filter((each) => matches(each, filter))
            .map(({ record }) => record.orderNumber);
          assert.deepEqual(await searchAll(orderStore, filter, limit), expected);
        },
      ),
      { numRuns: runs(300) },
    );
  });

  test(`${engine}: a search finds the same where thousands match`, async (t) => {
    const { accounts, orders: orderStore } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    const count = 6000;
    const records = Array.from({ length: count }, (_, index) =>
      acmeOrder({
        orderNumber: String(index + 1),
        certificates: [
          acmeCertificate({
            certificateID: String(index + 1),
            dcvStatus: index % 1000 === 0 ? 'completed' : 'in-progress',
          }),
        ],
      }),
    );
    await fillDatabase(orderStore, records);
    const rare = Array.from({ length: 6 }, (_, index) => String(index * 1000 + 1));
    for (const filter of [
      { FQDN: 'www.example.com' },
      { FQDNPrefix: 'www' },
      { certificateStatus: 'awaiting' },
      { changedSince: 0 },
      { account: 'acme-hosting', orderStatus: 'pending' },
    ] as const) {
      assert.equal((await searchAll(orderStore, filter, 1000)).length, count);
      assert.deepEqual(
        await searchAll(orderStore, { ...filter, checks: { dcvStatus: 'completed' } }, 4),
        rare,
      );
    }
  });

  test(`${engine}: orders that match all the while are found once, whatever is written meanwhile`, async (t) => {
    const { accounts, orders: orderStore } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    const order = (number: number, dcvStatus: CertificateRecord['dcvStatus']) =>
      acmeOrder({
        orderNumber: String(number),
        certificates: [acmeCertificate({ certificateID: String(number), dcvStatus })],
      });
    const even = Array.from({ length: 100 }, (_, index) => order((index + 1) * 2, 'in-progress'));
    await fillDatabase(orderStore, even);
    const found: string[] = [];
    for (let after = '0'; ; ) {
      const page = await orderStore.search({ checks: { dcvStatus: 'in-progress' } }, { after, limit: 9 });
      found.push(...page.orders.map(({ record }) => record.orderNumber));
      const last = page.orders.at(-1)?.record.orderNumber;
      if (last === undefined) break;
      after = last;
      // Orders come in on both sides, and some of those that are there change without ceasing to match.
      await fillDatabase(orderStore, [
        order(Number(last) - 1, 'in-progress'),
        order(Number(last) + 1, 'completed'),
        { ...order(Number(last), 'in-progress'), orderDateTime: '2026-01-01T00:00:00Z' },
      ]);
    }
    assert.equal(new Set(found).size, found.length);
    for (const { orderNumber } of even) assert.ok(found.includes(orderNumber), orderNumber);
  });
}
