import assert from 'node:assert/strict';
import { test } from 'node:test';
import pino from 'pino';
import { FailedLoginCounters } from '../../src/accounts/failed-login-counters.ts';
import { LoginThrottle } from '../../src/accounts/login-throttle.ts';
import { OperatorLoginLog } from '../../src/accounts/operator-login-log.ts';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { TokenLogin } from '../../src/accounts/token-login.ts';
import { TOKEN_SCOPES, type TokenScope } from '../../src/accounts/tokens.ts';
import { TrustedProxies } from '../../src/http/trusted-proxies.ts';
import { managementApi } from '../../src/management-api/management-api.ts';
import { upstreamAdminOf } from '../../src/server/upstream-admin.ts';
import { webhookAdminOf } from '../../src/server/webhook-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { acmeOrder } from '../sample-orders.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

interface Described {
  readonly route: string;
  readonly scope: TokenScope;
}

/** Every route of the OpenAPI document, with good parameters in its path. */
async function describedRoutes(service: ManagedService): Promise<Described[]> {
  const { json } = await service.manage('GET /openapi.json');
  const values: Record<string, string> = {
    orderNumber: '1',
    certificateID: '1',
    certificateNumber: '1',
    loginName: 'acme-hosting',
    tokenName: 'watcher',
    endpointID: 'we_1',
    eventID: 'msg_1',
    name: 'ca',
  };
  const routes: Described[] = [];
  for (const [path, methods] of Object.entries<Record<string, { security: { token: TokenScope[] }[] }>>(
    json.paths,
  )) {
    for (const [method, { security }] of Object.entries(methods)) {
      const [scope] = security[0]?.token ?? [];
      assert.ok(scope, `${method} ${path} names its scope`);
      const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? assert.fail(name));
      routes.push({ route: `${method.toUpperCase()} ${filled}`, scope });
    }
  }
  return routes;
}

test('no route of the OpenAPI document answers without a token of sufficient scope', async (t) => {
  const service = await runManagedService(t, {
    orders: [acmeOrder()],
    settings: { trustProxy: ['127.0.0.1'] },
  });
  const routes = await describedRoutes(service);
  assert.ok(routes.length >= 14);
  let addresses = 0;
  for (const { route, scope } of routes) {
    // None twice: the throttle would delay it.
    for (const token of [
      null,
      `x${addresses}`,
      newToken(),
      `${service.tokens.admin}${addresses}`,
      service.tokens.admin.slice(1 + (addresses % 20)),
    ]) {
      // From a new network each time, so that no token is refused, or waits, for the failures of others.
      const address = `198.${18 + (++addresses >> 8)}.${addresses & 255}.1`;
      const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
      const answer = await service.manage(route, { token, headers });
      assert.equal(answer.status, 401, route);
      assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:unauthorized');
      assert.match(String(answer.headers['www-authenticate']), /^Bearer realm="management"/);
    }
    for (const [index, lesser] of TOKEN_SCOPES.entries()) {
      const answer = await service.manage(route, { token: service.tokens[lesser] });
      const isSufficient = index >= TOKEN_SCOPES.indexOf(scope);
      assert.equal(answer.status === 403, !isSufficient, `${route} with ${lesser}`);
      if (isSufficient) continue;
      assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:insufficient-scope');
      assert.match(String(answer.headers['www-authenticate']), new RegExp(`scope="${scope}"$`));
    }
  }
});

test('every route that there is, is in the OpenAPI document', async (t) => {
  const service = await runManagedService(t);
  const { json } = await service.manage('GET /openapi.json');
  const described = Object.entries<object>(json.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  const store = await openStore(service.database, 'write');
  const guesses = await FailedLoginCounters.start(store.failedLogins, (error) => assert.fail(String(error)));
  const api = await managementApi({
    store,
    webhooks: webhookAdminOf({}, store, () => {}),
    upstreams: upstreamAdminOf({}, store, () => {}),
    proxies: new TrustedProxies([]),
    tokenLogin: new TokenLogin(
      store.tokens,
      new LoginThrottle(guesses),
      new OperatorLoginLog(store.operatorLogins, (error) => assert.fail(String(error))),
    ),
    logger: pino({ enabled: false }),
  });
  // Not when the test has ended: the database may be gone then.
  await api.close();
  await guesses.stop();
  await store.close();
  assert.deepEqual(described.toSorted(), api.routes.toSorted());
  assert.equal(json.openapi, '3.1.0');
});

test('what is no route needs a token too', async (t) => {
  const service = await runManagedService(t);
  for (const [route, status] of [
    ['GET /v1', 404],
    ['DELETE /v1/orders/1', 405],
    ['OPTIONS /v1/orders', 405],
    ['HEAD /v1', 404],
  ] as const) {
    assert.equal((await service.manage(route, { token: null })).status, 401, route);
    assert.equal((await service.manage(route)).status, status, route);
  }
  const console = await service.manage('GET /', { token: null });
  assert.deepEqual([console.status, console.headers['location']], [303, '/console']);
});

test('an expired and a revoked token are refused from the next request on', async (t) => {
  const service = await runManagedService(t);
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const token = newToken();
  const expires = '2001-01-01T00:00:00Z';
  await store.tokens.add({ name: 'old', scope: 'admin', digest: digestOfSecret(token), expires });
  const expired = await service.manage('GET /v1/orders', { token });
  assert.equal(expired.status, 401);
  assert.equal(expired.json.detail, `the token expired at ${expires}`);

  assert.equal((await service.manage('GET /v1/orders')).status, 200);
  await store.tokens.revoke('writer');
  const revoked = await service.manage('GET /v1/orders');
  assert.equal(revoked.status, 401);
  assert.equal(revoked.json.detail, 'the token is unknown or revoked');
});

test('the use of a token is recorded', async (t) => {
  const service = await runManagedService(t);
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await service.manage('GET /v1/orders');
  await service.stop();
  const used = (await store.tokens.list()).filter(({ lastUsed }) => lastUsed !== undefined);
  assert.deepEqual(
    used.map(({ name }) => name),
    ['writer'],
  );
});

test('over plain http nothing is answered but that', async (t) => {
  const service = await runManagedService(t);
  const answer = await service.manage('GET /v1/orders', { scheme: 'http' });
  assert.equal(answer.status, 403);
  assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:not-https');
});

test('neither tokens nor passwords nor bodies nor queries get into the log', async (t) => {
  const service = await runManagedService(t);
  const { admin } = service.tokens;
  await service.manage('GET /v1/orders?account=secret-account');
  await service.manage('GET /v1/orders?account=secret-account&x=secret-name');
  await service.manage('GET /secret-path', {});
  const made = await service.manage('POST /v1/accounts', { token: admin, body: { loginName: 'new' } });
  const password = made.json.loginPassword as string;
  assert.equal(made.status, 201);
  await service.manage('PUT /v1/accounts/new/password', {
    token: admin,
    body: { loginPassword: 'secret-password' },
  });
  await service.manage('PUT /v1/accounts/new/password', { token: admin, body: '{"loginPassword": secret-' });
  await service.manage('PUT /v1/orders/1', { body: { account: 'secret-account' } });
  await service.manage('GET /v1/orders', { token: 'secret-token' });
  const text = service.logText();
  assert.ok(text.includes('"token":"writer"') && text.includes('"route":"/v1/accounts/:loginName/password"'));
  for (const secret of [...Object.values(service.tokens), password, 'secret-']) {
    assert.ok(!text.includes(secret), secret);
  }
});
