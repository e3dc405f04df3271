import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACME, runService } from '../running-service.ts';
import { ACME_ANSWER } from '../sample-orders.ts';

test('the documented example is answered byte for byte', async (t) => {
  const service = await runService(t);
  const answer = await service.ask({ ...ACME, orderNumber: '7250060', queryType: '1' });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, ACME_ANSWER);
});
