import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:https';
import { test } from 'node:test';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, printed, runCommand, startCommand } from '../command.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { testPairOptions } from '../test-pair.ts';

const ORDERS = 2000;

const lines = Array.from({ length: ORDERS }, (_, index) => {
  const orderNumber = String(index + 1);
  const replaced = index % 7 === 6 ? { replacesOrderNumber: String(index) } : {};
  return acmeOrder({
    orderNumber,
    ...replaced,
    certificates: [acmeCertificate({ certificateID: orderNumber })],
  });
});

/** Sends the batch; the results that came back, whole or not. */
async function send(port: number, token: string, onResults: (count: number) => void): Promise<string[]> {
  const sending = request({
    host: '127.0.0.1',
    port,
    method: 'POST',
    path: '/v1/orders:batch',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/x-ndjson' },
    agent: false,
    rejectUnauthorized: false,
  });
  sending.on('error', () => {});
  sending.end(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const [response] = (await once(sending, 'response')) as [AsyncIterable<Buffer>];
  let text = '';
  try {
    for await (const chunk of response) {
      text += chunk;
      onResults(text.split('\n').length - 1);
    }
  } catch {
    // Cut off: what came until then counts.
  }
  return text.split('\n').slice(0, -1);
}

test('a batch interrupted by kill -9 and sent again ends as one that was not', async (t) => {
  const interrupted = await commandFixture(t);
  const token = newToken();
  const store = await openStore(interrupted.database[1], 'write');
  t.after(() => store.close());
  await store.tokens.add({ name: 'intake', scope: 'write', digest: digestOfSecret(token) });

  async function serve() {
    const pair = await testPairOptions();
    const service = startCommand([
      'serve',
      ...interrupted.database,
      ...pair,
      ...['--host', '127.0.0.1', '--port', '0', '--management-port', '0', '--no-pages'],
      ...['--workers', '1'],
    ]);
    t.after(() => service.process.kill('SIGKILL'));
    const [line = ''] = (await printed(service, 'listening'))
      .split('\n')
      .filter((each) => each.includes('listening'));
    return { service, port: JSON.parse(line).managementPort as number };
  }

  const first = await serve();
  const acknowledged = await send(first.port, token, (count) => {
    if (count >= 500) first.service.process.kill('SIGKILL');
  });
  assert.equal((await first.service.ended).code, null);
  assert.ok(
    acknowledged.length >= 500 && acknowledged.length < ORDERS,
    `${acknowledged.length} were acknowledged`,
  );
  // What was acknowledged is there.
  for (const line of acknowledged) {
    const { orderNumber, etag } = JSON.parse(line);
    assert.equal(`"${(await store.orders.get(orderNumber))?.version}"`, etag);
  }

  const second = await serve();
  const results = await send(second.port, token, () => {});
  assert.equal(results.length, ORDERS);
  second.service.process.kill('SIGTERM');
  assert.equal((await second.service.ended).code, 0);

  const whole = await commandFixture(t);
  await runCommand(['import', whole.file('all.ndjson', lines), ...whole.database]);
  const exported = await Promise.all(
    [interrupted, whole].map(({ database }) => runCommand(['export', ...database])),
  );
  assert.equal(exported[0]?.stdout, exported[1]?.stdout);
  assert.equal((await store.history.latest()).split('_')[1], String(ORDERS));
});
