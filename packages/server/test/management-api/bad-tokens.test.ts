import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newToken } from '../../src/accounts/token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runManagedService } from './managed-service.ts';

test('a flood of bad tokens from one address is answered with 429, and keeps no good token out that was used there or comes from elsewhere', async (t) => {
  const service = await runManagedService(t, { settings: { trustProxy: ['127.0.0.1'] } });
  const ask = (token: string, address: string) =>
    service.manage('GET /v1/orders', {
      token,
      headers: { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' },
    });
  assert.equal((await ask(service.tokens.write, '192.0.2.1')).status, 200);
  const answers = await Promise.all(
    Array.from({ length: 300 }, (_, index) => ask(newToken(), index % 2 === 0 ? '192.0.2.1' : '192.0.2.2')),
  );
  const refused = answers.filter(({ status }) => status === 429);
  assert.ok(refused.length > 150, `${refused.length}`);
  for (const { headers, json } of refused) {
    assert.ok(Number(headers['retry-after']) > 0);
    assert.equal(json.type, 'urn:problem-type:cert-order-status:too-many-failures');
  }
  assert.equal((await ask(service.tokens.write, '192.0.2.1')).status, 200);
  assert.equal((await ask(service.tokens.read, '192.0.2.3')).status, 200);
  await service.stop();
  const store = await openStore(service.database, 'read');
  t.after(() => store.close());
  const failed = (await store.operatorLogins.list(1000)).filter(({ succeeded }) => !succeeded);
  // One entry for each address and hour.
  assert.ok(failed.length <= 4, `${failed.length}`);
  const times = failed.reduce((sum, each) => sum + each.times, 0);
  assert.equal(times, answers.length - refused.length);
});
