/** An import holds no more at once than some orders, however many there are and however large they are. */

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { applyOrders } from '../../../src/maintenance/import/apply-orders.ts';
import { checkOrders } from '../../../src/maintenance/import/check-orders.ts';
import type { ChangeRequest } from '../../../src/orders/change-request.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { StagingDatabase } from '../../../src/store/staging-database.ts';
import { commandFixture } from '../../command.ts';
import { acmeCertificate, acmeOrder } from '../../sample-orders.ts';

const ORDERS = 8;
const CERTIFICATES = 2000;
const BATCH_BYTES = 4 * 1024 * 1024;
/** How many certificates the orders of the database that are held at once may have. */
const HELD_CERTIFICATES = 10_000;

const lines = Array.from({ length: ORDERS }, (_, order) =>
  JSON.stringify(
    acmeOrder({
      orderNumber: String(order + 1),
      certificates: Array.from({ length: CERTIFICATES }, (_, index) =>
        acmeCertificate({ certificateID: String(order * CERTIFICATES + index + 1) }),
      ),
    }),
  ),
);
const LINE = lines[0]?.length ?? 0;

test('both passes take large orders a few at a time, the first time and again', async (t) => {
  const fixture = await commandFixture(t);
  const store = await openStore(fixture.database[1], 'write');
  t.after(() => store.close());
  const { orders: orderStore } = store;
  const survey = t.mock.method(orderStore, 'survey');
  const change = t.mock.method(orderStore, 'change');

  async function importAll() {
    const scratch = new StagingDatabase();
    try {
      const input = Readable.from([Buffer.from(lines.join('\n'))]);
      const counts = await checkOrders(input, orderStore, scratch, undefined, () => {});
      assert.deepEqual([counts.lines, scratch.countBadLines()], [ORDERS, 0]);
      const terms = { by: { kind: 'command line', name: 'test' }, exemption: undefined } as const;
      const observer = { onProgress() {}, onAdjusted: () => assert.fail('nothing is adjusted') };
      return await applyOrders(scratch.records(), orderStore, terms, observer, new AbortController().signal);
    } finally {
      scratch.close();
    }
  }

  assert.deepEqual(await importAll(), { created: ORDERS, changed: 0, unchanged: 0 });
  assert.deepEqual(await importAll(), { created: 0, changed: 0, unchanged: ORDERS });
  const most = Math.ceil(BATCH_BYTES / LINE);
  assert.ok(most < ORDERS, 'there is more than a batch');
  for (const { arguments: given, result } of survey.mock.calls) {
    assert.ok([...(given[0]?.orderNumbers ?? [])].length <= most);
    const { orders } = await (result as ReturnType<typeof orderStore.survey>);
    assert.ok(orders.size <= HELD_CERTIFICATES / CERTIFICATES, `${orders.size} orders are held`);
  }
  for (const { arguments: given } of change.mock.calls) {
    assert.ok((given[0] as readonly ChangeRequest[]).length <= most);
  }
  const asked = survey.mock.calls.flatMap(({ arguments: given }) => [...(given[0]?.orderNumbers ?? [])]);
  assert.ok(asked.length > 2 * ORDERS, 'what was not held at once is asked for again');

  // All of them in one go: the engine takes them apart by itself.
  const cancel = ({ orderNumber }: { orderNumber: string }): ChangeRequest => ({
    orderNumber,
    apply: (current) => ({
      record: { ...(current?.record ?? assert.fail(orderNumber)), orderStatus: 'Cancelled' },
    }),
  });
  const numbers = lines.map((_, index) => ({ orderNumber: String(index + 1) }));
  const outcomes = await orderStore.change(numbers.map(cancel), { kind: 'command line', name: 'test' });
  assert.deepEqual(
    outcomes.map((outcome) => outcome.kind !== 'refused' && outcome.order.version),
    Array(ORDERS).fill(2),
  );
  const seen: string[] = [];
  for await (const { orderNumber, orderStatus } of orderStore.all())
    seen.push(`${orderNumber} ${orderStatus}`);
  assert.deepEqual(
    seen,
    numbers.map(({ orderNumber }) => `${orderNumber} Cancelled`),
  );
  assert.equal((await store.history.latest()).split('_')[1], String(2 * ORDERS));
});
