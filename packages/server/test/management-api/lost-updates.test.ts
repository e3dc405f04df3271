import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { test } from 'node:test';
import { acmeOrder } from '../sample-orders.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const COUNTS = 150;

test('two writers that hammer one order with If-Match lose no update', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const start = Date.parse(acmeOrder().orderDateTime ?? '');
  let conflicts = 0;

  /** Each of them moves the time on by a second, as often as it has to. */
  async function count(): Promise<void> {
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    t.after(() => agent.destroy());
    for (let done = 0; done < COUNTS; ) {
      const { json, headers } = await service.manage(`GET ${ORDER}`, { agent });
      const next = new Date(Date.parse(json.orderDateTime) + 1000).toISOString();
      const answer = await service.manage(`PATCH ${ORDER}`, {
        body: { orderDateTime: next },
        headers: { 'If-Match': headers['etag'] as string },
        agent,
      });
      if (answer.status === 412) conflicts++;
      else {
        assert.equal(answer.status, 200);
        done++;
      }
    }
  }
  await Promise.all([count(), count()]);
  const { json, headers } = await service.manage(`GET ${ORDER}`);
  assert.equal(Date.parse(json.orderDateTime) - start, 2 * COUNTS * 1000);
  assert.equal(headers['etag'], `"${2 * COUNTS + 1}"`);
  assert.ok(conflicts > 0, 'they got into each other’s way');
});
