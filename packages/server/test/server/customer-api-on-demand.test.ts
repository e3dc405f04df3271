import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type RunningService, runService, sendRequest } from '../running-service.ts';

function getDocument({ port }: RunningService) {
  const path = '/v1/openapi.json';
  return sendRequest({ scheme: 'https', port, method: 'GET', path, headers: {}, body: '' });
}

test('the first requests to the customer API come at once, and each gets its response', async (t) => {
  const service = await runService(t, { orders: [] });
  const responses = await Promise.all([1, 2, 3].map(() => getDocument(service)));
  assert.deepEqual(
    responses.map(({ status }) => status),
    [200, 200, 200],
  );
  assert.equal((await getDocument(service)).body, responses[0]?.body);
});

test('a service that is stopped as the first request comes answers it, and stops', async (t) => {
  const service = await runService(t, { orders: [] });
  // On its connection this one has begun before the stop.
  const first = getDocument(service);
  await service.ask('');
  await service.stop();
  assert.equal((await first).status, 200);
});
