import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LIMITS } from '../../src/limits.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, sendRequest } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';

async function metricsOf(port: number): Promise<{ text: string; value(line: string): number }> {
  const request = { scheme: 'http', port, method: 'GET', path: '/metrics', headers: {}, body: '' } as const;
  const { status, headers, body: text } = await sendRequest(request);
  assert.equal(status, 200);
  assert.match(String(headers['content-type']), /^text\/plain; version=0\.0\.4/);
  return {
    text,
    value(line) {
      const found = text.split('\n').find((each) => each.startsWith(`cert_order_status_${line} `));
      assert.ok(found !== undefined, `${line} in ${text}`);
      return Number(found.split(' ').at(-1));
    },
  };
}

test('GET /metrics: what was answered, how logins went, and how long it all took', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()], settings: { probePort: 0 } });
  const form = { ...ACME, orderNumber: '7250060', queryType: '1' };
  await service.ask(form);
  await service.ask(form);
  await service.ask({ ...form, orderNumber: '1' });
  await service.ask({ ...form, loginPassword: 'wrong-password' });
  await service.manage('GET /v1/orders');
  await service.manage('GET /v1/orders/404');
  const latest = (await service.manage('GET /v1/changes')).json.cursor;
  const waiting = service.manage(`GET /v1/changes?after=${latest}&wait=5`);
  const body = { FQDN: 'new.example.com' };
  await service.manage('PATCH /v1/orders/7250060/certificates/5550001', { body });
  await waiting;

  const { text, value } = await metricsOf(service.probePort ?? 0);
  assert.equal(value('requests_total{code="0"}'), 2);
  assert.equal(value('requests_total{code="-4"}'), 1);
  assert.equal(value('requests_total{code="-16"}'), 1);
  assert.equal(value('request_seconds_count'), 4);
  assert.equal(value('logins_total{outcome="verified"}'), 1);
  assert.equal(value('logins_total{outcome="remembered"}'), 2);
  assert.equal(value('logins_total{outcome="denied"}'), 1);
  assert.equal(value('login_hash_seconds_count'), 2);
  assert.equal(value('store_read_seconds_count'), 3);
  assert.equal(value('management_requests_total{status="404"}'), 1);
  assert.equal(value('change_feed_lag_seconds_count'), 1);
  assert.ok(value('connections') >= 0);
  assert.ok(value('database_connections{state="busy"}') >= 0);
  assert.match(text, /^nodejs_eventloop_lag_seconds /m);
  for (const secret of ['wrong-password', ACME.loginPassword, ACME.loginName, '7250060']) {
    assert.ok(!text.includes(secret), secret);
  }
});

test('what connections are refused is counted', async (t) => {
  const service = await runManagedService(t, {
    settings: { probePort: 0, limits: { inAll: 1, perAddress: 1 } },
  });
  const form = { ...ACME, orderNumber: '7250060', queryType: '1' };
  const both = await Promise.allSettled([service.ask(form), service.ask(form)]);
  assert.equal(both.filter(({ status }) => status === 'rejected').length, 1);
  const { value } = await metricsOf(service.probePort ?? 0);
  assert.equal(value('connections_refused_total'), 1);
  assert.equal(
    value('limit_reached_total{limit="connections"}') +
      value('limit_reached_total{limit="connectionsPerAddress"}'),
    1,
  );
  for (const limit of Object.keys(LIMITS))
    assert.ok(value(`limit_reached_total{limit="${limit}"}`) >= 0, limit);
});
