/** What every engine must tell of the database as a whole, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import { patchOrder } from '../../src/orders/change-request.ts';
import type { OrderStore } from '../../src/orders/order-store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import type { OpenEmpty } from './contract.ts';

const DAY = 86_400;
const DONE = {
  csrStatus: 'completed',
  dcvStatus: 'completed',
  ovCallBackStatus: 'completed',
  organizationValidationStatus: 'completed',
  evClickThroughStatus: 'not-required',
  caaStatus: 'completed',
} as const;

function order(
  number: number,
  certificate: Partial<CertificateRecord> = {},
  changes: Partial<OrderRecord> = {},
): OrderRecord {
  const certificates = [acmeCertificate({ certificateID: String(number), ...certificate })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

/** RFC 3339. */
function ago(seconds: number): string {
  return new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+/, '');
}

async function issue(orderStore: OrderStore, orderNumber: string): Promise<void> {
  const patch = { ...DONE, certificateStatus: 'Issued', serialNumber: '0A' };
  const [outcome] = await orderStore.change(
    [patchOrder(orderNumber, { certificates: new Map([[orderNumber, patch]]) })],
    TESTER,
  );
  assert.equal(outcome?.kind, 'changed');
}

/** Declares the tests for one engine. */
export function testReports(engine: string, open: OpenEmpty): void {
  test(`${engine}: reports of an empty database`, async (t) => {
    const { reports } = await open(t);
    assert.deepEqual(await reports.ordersByMeaning(), {});
    assert.deepEqual(await reports.pendingByAge(Date.now(), [0, DAY]), [0, 0]);
    assert.deepEqual(await reports.pendingByCheck(), []);
    assert.deepEqual(await reports.issueTimes(0), []);
  });

  test(`${engine}: orders are counted by state, pending ones by age, too`, async (t) => {
    const { accounts, orders: orderStore, reports } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    await fillDatabase(orderStore, [
      order(1, {}, { orderDateTime: ago(60) }),
      order(2, {}, { orderDateTime: ago(2 * DAY) }),
      order(3, {}, { orderDateTime: ago(2.9 * DAY) }),
      order(4, {}, { orderDateTime: ago(400 * DAY) }),
      order(5, {}, { orderDateTime: ago(400 * DAY), orderStatus: 'Cancelled' }),
    ]);
    assert.deepEqual(await reports.ordersByMeaning(), { pending: 4, cancelled: 1 });
    assert.deepEqual(await reports.pendingByAge(Date.now(), [0, DAY, 3 * DAY, 30 * DAY]), [1, 2, 0, 1]);
  });

  test(`${engine}: certificates of pending orders are counted by what they wait for first`, async (t) => {
    const { accounts, orders: orderStore, reports } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    await fillDatabase(orderStore, [
      order(1, { ...DONE, dcvStatus: 'in-progress', caaStatus: 'not-completed' }),
      order(2, { ...DONE, dcvStatus: 'in-progress' }),
      order(3, { ...DONE, dcvStatus: 'not-completed' }),
      order(4, { ...DONE, ovCallBackStatus: 'in-progress', organizationValidationStatus: 'not-completed' }),
      order(5, { ...DONE, freeDVUPStatus: 'in-progress' }),
      order(6, { ...DONE, dcvStatus: 'not-completed', certificateStatus: 'Awaiting Brand Validation' }),
      order(7, { ...DONE, dcvStatus: 'not-completed' }, { orderStatus: 'Cancelled' }),
    ]);
    const found = await reports.pendingByCheck();
    assert.deepEqual(
      new Map(found.map((report) => [`${report.for} ${report.state}`, report.certificates])),
      new Map([
        ['dcvStatus in-progress', 2],
        ['dcvStatus not-completed', 1],
        ['organizationValidationStatus not-completed', 1],
        ['issue undefined', 1],
        ['brandValidation undefined', 1],
      ]),
    );
  });

  test(`${engine}: the time from order to first issue, by week`, async (t) => {
    const { accounts, orders: orderStore, reports } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    const ages = [1, 2, 3, 4, 5, 6, 7, 8, 9, 100];
    const orders = ages.map((days, index) => order(index + 1, {}, { orderDateTime: ago(days * DAY) }));
    await fillDatabase(orderStore, orders);
    // Issued when it came into the database: nobody knows when.
    await fillDatabase(orderStore, [order(20, { ...DONE, certificateStatus: 'Issued', serialNumber: '0B' })]);
    for (const { orderNumber } of orders) await issue(orderStore, orderNumber);
    const times = await reports.issueTimes(0);
    const soon = (seconds: number, days: number) =>
      assert.ok(Math.abs(seconds - days * DAY) < 60, `${seconds}`);
    // A week may end while the test runs.
    if (times.length === 1) {
      assert.equal(times[0]?.orders, 10);
      soon(times[0]?.medianSeconds ?? 0, 5);
      soon(times[0]?.p90Seconds ?? 0, 9);
    }
    assert.equal(
      times.reduce((sum, week) => sum + week.orders, 0),
      10,
    );
    const week = new Date(times.at(-1)?.weekMs ?? 0);
    assert.equal(week.getUTCDay(), 1);
    assert.equal(week.toISOString().slice(11), '00:00:00.000Z');
    assert.ok(Date.now() - week.getTime() < 7 * DAY * 1000);
    assert.deepEqual(await reports.issueTimes(Date.now() + 1000), []);
  });
}
