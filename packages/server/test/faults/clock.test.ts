import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';

const HOUR = 3_600_000;

test('a clock that jumps back and forth: changes keep their order, logins work, and nobody is locked out', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const question = { orderNumber: '7250060', queryType: '0' };
  const real = Date.now();
  t.mock.timers.enable({ apis: ['Date'], now: real });
  for (const [index, jump] of [0, -24 * HOUR, 24 * HOUR, -HOUR, 0].entries()) {
    t.mock.timers.setTime(real + jump);
    assert.match(
      (await service.ask({ ...ACME, ...question, loginPassword: `wrong ${index}` })).body,
      /^errorCode=-16&/,
    );
    assert.match((await service.ask({ ...ACME, ...question })).body, /^errorCode=0&/);
    const body = { FQDN: `host-${index}.example.com` };
    const route = 'PATCH /v1/orders/7250060/certificates/5550001';
    assert.equal((await service.manage(route, { body })).status, 200);
  }
  const { json } = await service.manage('GET /v1/orders/7250060/history');
  assert.deepEqual(
    json.changes.map(({ version }: { version: number }) => version),
    [1, 2, 3, 4, 5, 6],
  );
  const feed = (await service.manage('GET /v1/changes')).json.changes;
  const cursors = feed.map(({ cursor }: { cursor: string }) => Number(cursor));
  assert.deepEqual(
    cursors,
    cursors.toSorted((a: number, b: number) => a - b),
  );
});
