/** One service follows another: what changes there is here after the next request, and nothing is lost. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type OrderPatch, patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { askOnce } from '../../src/upstreams/ask-once.ts';
import { UpstreamAdmin } from '../../src/upstreams/upstream-admin.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { authority } from '../outbound/targets.ts';
import { ACME, cheapHash, runService, sendRequest } from '../running-service.ts';
import { ACME_ANSWER, acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { storedSecrets } from '../secrets/stored-secrets.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testPair } from '../test-pair.ts';
import { pageClient } from '../web/page-client.ts';
import { until, webhookReceiver } from '../webhooks/receiver.ts';

const NUMBER = '7250060';
const QUERY = { ...ACME, queryType: '1' };

/** A service that is an upstream, and what happens there. */
async function runUpstream(t: TestContext, orders = [acmeOrder()]) {
  const service = await runService(t, { orders });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  return {
    service,
    store,
    baseUrl: `https://127.0.0.1:${service.port}`,
    async patch(patch: OrderPatch) {
      const as = { exemption: { kind: 'as-is' } } as const;
      const [outcome] = await store.orders.change([patchOrder(NUMBER, patch)], TESTER, as);
      assert.equal(outcome?.kind, 'changed');
    },
  };
}

/** A service that follows upstreams, and tells a receiver of webhooks. */
async function runFollower(t: TestContext) {
  const receiver = await webhookReceiver(t);
  const caFile = join(temporaryFolder(t), 'root.pem');
  writeFileSync(caFile, (await authority()).cert);
  const { database, keyFile, store, open } = await storedSecrets(t);
  const service = await runManagedService(t, {
    database,
    settings: {
      pages: true,
      probePort: 0,
      upstreams: true,
      webhooks: { ratePerSecond: 50 },
      secretKeys: { kind: 'file', path: keyFile, isMade: true },
      outbound: { caFile, allowNetworks: ['127.0.0.0/8'] },
    },
  });
  const { secrets } = open();
  const ask = askOnce(secrets, store.upstreams, () => ({ allowNetworks: ['127.0.0.0/8'] }));
  const admin = new UpstreamAdmin({ store, secrets, ask });
  const upstreamID = async () => (await store.upstreams.get('ca'))?.upstreamID ?? assert.fail();

  /** Waits until the upstream was asked for the order once more. */
  async function asked(orderNumber: string, isSo: () => Promise<unknown> = async () => true): Promise<void> {
    const lastRequest = async () => (await store.followedOrders.get(orderNumber))?.lastRequest;
    const before = await lastRequest();
    await store.followedOrders.refresh(await upstreamID(), [orderNumber]);
    await until(
      async () => (await lastRequest()) !== before && (await isSo()),
      `${orderNumber} was not asked for`,
    );
  }

  const stateOf = async (orderNumber: string) => (await store.followedOrders.get(orderNumber))?.state;
  const problem = async () => (await store.upstreams.get('ca'))?.problem?.kind;
  return { service, store, admin, receiver, asked, stateOf, problem, upstreamID };
}

test('a change at the upstream is in history, feeds, webhooks and pages after the next request', async (t) => {
  const ca = await runUpstream(t);
  const { service, store, admin, receiver, asked } = await runFollower(t);
  const { endpoint } = (
    await service.manage('POST /v1/webhooks', {
      body: { account: ACME.loginName, url: `${receiver.url}/in` },
      token: service.tokens.admin,
    })
  ).json;
  assert.ok(endpoint);
  const roots = (await testPair()).cert;
  const { loginName, loginPassword } = ACME;
  const choice = { baseUrl: ca.baseUrl, loginName, roots, requestsPerMinute: 6000 };
  await admin.add('ca', choice, loginPassword);
  await admin.orders.followOne('ca', loginName, NUMBER);
  await until(() => store.orders.get(NUMBER), 'the order does not come');
  assert.equal((await service.ask({ ...QUERY, orderNumber: NUMBER })).body, ACME_ANSWER);

  // It breaks a rule here, which is no matter: it is so.
  await ca.patch({ order: { orderStatus: 'Processed' } });
  await asked(NUMBER, async () => (await store.orders.get(NUMBER))?.version === 2);
  const { changes } = await store.history.ofOrder(NUMBER, { limit: 10 });
  assert.deepEqual(
    changes.map(({ by, waivedRules }) => [by.kind, by.name, waivedRules]),
    [
      ['upstream', 'ca', undefined],
      ['upstream', 'ca', ['completed-without-awaiting', 'completed-with-issued-certificate']],
    ],
  );
  const [, own] = changes;
  assert.ok(own?.kind === 'changed');
  assert.deepEqual(own.differences, [{ field: 'orderStatus', before: 'Pending', after: 'Processed' }]);

  const feed = (await service.manage('GET /v1/changes')).json;
  assert.deepEqual(
    feed.changes.map((change: { kind: string }) => change.kind),
    ['created', 'changed'],
  );
  const Authorization = `Basic ${Buffer.from(`${loginName}:${loginPassword}`).toString('base64')}`;
  const customers = await sendRequest({
    scheme: 'https',
    port: service.port,
    method: 'GET',
    path: '/v1/changes',
    headers: { Authorization },
    body: '',
  });
  assert.match(customers.body, /"after":"Processed"/);
  assert.ok(!customers.body.includes('"ca"'));
  await until(() => receiver.arrivals.some(({ version }) => version === 2), 'no webhook arrives');
  const pages = pageClient(service);
  await pages.signIn();
  assert.match((await pages.get(`/orders/${NUMBER}`)).body, /Processed/);

  // The same order is not fed as well.
  const fed = await service.manage(`PUT /v1/orders/${NUMBER}`, { body: acmeOrder() });
  assert.match(
    fed.body,
    /order 7250060 is followed at upstream 'ca': only what is observed there changes it/,
  );
  await fillDatabase(store.orders, [
    acmeOrder({ orderNumber: '8', certificates: [acmeCertificate({ certificateID: '8' })] }),
  ]);
  const { refused } = await store.followedOrders.follow((await store.upstreams.get('ca'))?.upstreamID ?? '', [
    { orderNumber: '8', account: loginName },
  ]);
  assert.equal(refused[0]?.reason, 'order-number-taken');
  assert.ok(!service.logText().includes(loginPassword));
  const metrics = await readMetrics(service.probePort);
  assert.match(metrics, /upstream_requests_total\{[^}]*outcome="observed"[^}]*\} [2-9]/);
  assert.match(metrics, /upstream_followed_orders\{upstream="ca"\} 1/);
  assert.match(metrics, /upstream_failing\{upstream="ca"\} 0/);
});

test('an upstream that changes its password, moves, or forgets an order loses nothing that is known here', async (t) => {
  const ca = await runUpstream(t);
  const { service, store, admin, asked, stateOf, problem } = await runFollower(t);
  const roots = (await testPair()).cert;
  const { loginName, loginPassword } = ACME;
  const choice = { baseUrl: ca.baseUrl, loginName, roots, requestsPerMinute: 6000 };
  await admin.add('ca', choice, loginPassword);
  await admin.orders.followOne('ca', loginName, NUMBER);
  // The order comes first, then when it was observed.
  const isObserved = async () => (await store.followedOrders.get(NUMBER))?.observed !== undefined;
  await until(isObserved, 'the order does not come');
  const known = await store.orders.get(NUMBER);

  await ca.store.accounts.setPasswordHash(loginName, cheapHash('another password'));
  await asked(NUMBER, async () => (await problem()) === 'login-refused');
  assert.deepEqual(await store.orders.get(NUMBER), known);
  assert.equal((await service.ask({ ...QUERY, orderNumber: NUMBER })).body, ACME_ANSWER);
  await ca.patch({ certificates: new Map([['5550001', { dcvStatus: 'completed' }]]) });
  await admin.change('ca', { loginPassword: 'another password' });
  // The order comes at the latest when its turn is; the operator need not wait.
  await asked(NUMBER, async () => (await store.orders.get(NUMBER))?.version === 2);
  assert.equal(await problem(), undefined);

  const moved = await runUpstream(t, []);
  await admin.change('ca', { baseUrl: moved.baseUrl, loginPassword });
  await asked(NUMBER, async () => (await stateOf(NUMBER)) === 'unknown');
  assert.equal((await store.orders.get(NUMBER))?.version, 2);
  assert.match((await service.ask({ ...QUERY, orderNumber: NUMBER })).body, /dcvStatus=1/);
  await fillDatabase(moved.store.orders, [
    acmeOrder({
      orderStatus: 'Cancelled',
      certificates: [
        acmeCertificate({ certificateStatus: 'Rejected', certificateStatusReason: 'Order cancelled' }),
      ],
    }),
  ]);
  await asked(NUMBER, async () => (await stateOf(NUMBER)) === 'settled');
  assert.equal((await store.orders.get(NUMBER))?.record.orderStatus, 'Cancelled');
  assert.equal(await problem(), undefined);

  // Without the upstream the order stays, and can be fed.
  await admin.remove('ca');
  assert.equal((await store.orders.get(NUMBER))?.version, 3);
  const fed = await service.manage(`PATCH /v1/orders/${NUMBER}`, {
    body: { orderStatusReason: null, orderDateTime: '2025-06-11T11:58:00Z' },
  });
  assert.equal(fed.status, 200, fed.body);
});
