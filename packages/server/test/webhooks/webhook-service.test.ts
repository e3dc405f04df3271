import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../command.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { authority } from '../outbound/targets.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { until, webhookReceiver } from './receiver.ts';

test('the service sends what is changed through the management API and the command line, but for silent imports', async (t) => {
  const folder = temporaryFolder(t);
  const [caFile, keyFile, orders] = ['root.pem', 'secret.key', 'orders.ndjson'].map((name) =>
    join(folder, name),
  );
  assert.ok(caFile && keyFile && orders);
  writeFileSync(caFile, (await authority()).cert);
  const receiver = await webhookReceiver(t);
  const database = await emptyDatabase(t);
  const service = await runManagedService(t, {
    database,
    orders: [],
    settings: {
      probePort: 0,
      webhooks: { ratePerSecond: 50 },
      secretKeys: { kind: 'file', path: keyFile, isMade: true },
      outbound: { caFile, allowNetworks: ['127.0.0.0/8'] },
    },
  });
  const body = { account: 'acme-hosting', url: `${receiver.url}/in` };
  const { endpoint, secret } = (
    await service.manage('POST /v1/webhooks', { body, token: service.tokens.admin })
  ).json;
  receiver.expect('/in', secret);
  const options = ['--database', database, '--secret-key-file', keyFile];
  const tested = await runCommand(['webhook', 'test', endpoint.endpointID, ...options]);
  assert.match(tested.stdout, /^the endpoint took the ping: HTTP status 204 after \d+ ms\n$/, tested.stderr);

  const lineOf = (number: number) => {
    const certificates = [acmeCertificate({ certificateID: String(number) })];
    return JSON.stringify(acmeOrder({ orderNumber: String(number), certificates }));
  };
  for (const [number, ...more] of [['1', '--no-webhooks'], ['2']]) {
    writeFileSync(orders, lineOf(Number(number)));
    const { code, stderr } = await runCommand(['import', orders, '--database', database, ...more]);
    assert.equal(code, 0, stderr);
  }
  await service.manage('PATCH /v1/orders/1', { body: { orderStatus: 'Completed' } });
  await service.manage('PUT /v1/orders/3', { body: JSON.parse(lineOf(3)) });
  await until(() => receiver.arrivals.some(({ orderNumber }) => orderNumber === '3'));
  await until(() => receiver.arrivals.some(({ orderNumber }) => orderNumber === '2'));
  assert.ok(!receiver.arrivals.some(({ orderNumber, version }) => orderNumber === '1' && version === 1));
  const metrics = async () => readMetrics(service.probePort);
  await until(async () => /webhook_attempts_total\{outcome="delivered"\} [3-9]/.test(await metrics()));
  assert.match(await metrics(), /webhook_backlog\{age="0"\} \d/);
  assert.match(await metrics(), /webhook_feed_lag_seconds 0/);
  // The secret is in no log.
  assert.ok(!service.logText().includes(secret));
});
