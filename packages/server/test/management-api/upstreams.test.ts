import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { authority } from '../outbound/targets.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream } from '../upstreams/fake-upstream.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

/** A service that may send requests to loopback addresses, and requests with a token of the scope `admin`. */
async function administered(t: TestContext) {
  const path = join(temporaryFolder(t), 'secret.key');
  const service = await runManagedService(t, {
    accounts: ['other'],
    orders: [acmeOrder()],
    settings: {
      secretKeys: { kind: 'file', path, isMade: true },
      outbound: { allowNetworks: ['127.0.0.0/8'] },
    },
  });
  const manage: ManagedService['manage'] = (route, request) =>
    service.manage(route, { token: service.tokens.admin, ...request });
  return { service, manage };
}

test('upstreams are added, tested, changed, paused, resumed and deleted; no password is ever shown', async (t) => {
  const { service, manage } = await administered(t);
  const fake = await fakeUpstream(t);
  fake.orders.set('7250060', [{ orderNumber: '7250060', orderStatus: 'Pending' }]);
  const quietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };
  const choice = {
    name: 'ca',
    baseUrl: fake.baseUrl,
    loginName: FAKE_LOGIN,
    roots: (await authority()).cert,
    intervalSeconds: 21_600,
    quietHours,
  };
  const added = await manage('POST /v1/upstreams', { body: { ...choice, loginPassword: FAKE_PASSWORD } });
  assert.equal(added.status, 201, added.body);
  const { created, figures, ...rest } = added.json;
  assert.ok(Date.parse(created) > 0);
  assert.equal(figures.followed, 0);
  assert.deepEqual(rest, {
    ...choice,
    baseUrl: `${fake.baseUrl}/`,
    roots: `${choice.roots.trim()}\n`,
    requestsPerMinute: 20,
    state: 'active',
    asksValidityPeriod: true,
  });
  const paused = await manage('POST /v1/upstreams/ca/pause');
  assert.equal(paused.json.state, 'paused');
  assert.deepEqual((await manage('GET /v1/upstreams/ca')).json, paused.json);
  assert.deepEqual((await manage('GET /v1/upstreams')).json, { upstreams: [paused.json] });
  const tested = await manage('POST /v1/upstreams/ca/test', { body: { orderNumber: '7250060' } });
  assert.deepEqual([tested.status, tested.json.outcome, tested.json.isWorking], [200, 'status', true]);
  assert.equal(tested.json.findings[0], 'order 7250060 is Pending, and has 0 certificates');
  const unnamed = await manage('POST /v1/upstreams/ca/test', { body: {} });
  assert.deepEqual([unnamed.status, unnamed.json.errors[0].field], [422, 'orderNumber']);
  const refused = await manage('PATCH /v1/upstreams/ca', { body: { loginName: 'another' } });
  assert.equal(refused.status, 422);
  assert.deepEqual(refused.json.errors, [
    { field: 'loginPassword', message: 'is needed again, because loginName changes' },
  ]);
  const changed = await manage('PATCH /v1/upstreams/ca', {
    body: {
      loginName: 'another',
      loginPassword: 'a new one',
      quietHours: null,
      account: 'other',
      roots: null,
    },
  });
  assert.equal(changed.status, 200, changed.body);
  assert.deepEqual(
    [changed.json.loginName, changed.json.quietHours, changed.json.account, changed.json.intervalSeconds],
    ['another', undefined, 'other', 21_600],
  );
  assert.equal((await manage('POST /v1/upstreams/ca/resume')).json.state, 'active');
  assert.deepEqual((await manage('DELETE /v1/upstreams/ca')).json, { orders: 0 });
  assert.equal((await manage('GET /v1/upstreams/ca')).status, 404);
  const log = service.logText();
  for (const secret of [FAKE_PASSWORD, 'a new one']) assert.ok(!log.includes(secret));
  const acts = service.log.filter(({ msg }) => msg === 'an upstream was changed');
  assert.deepEqual(
    acts.map(({ token, act, upstream }) => `${token} ${act} ${upstream}`),
    ['add', 'pause', 'test', 'change', 'resume', 'remove'].map((act) => `admin ${act} ca`),
  );
});

test('what cannot be an upstream is refused with the field', async (t) => {
  const { service, manage } = await administered(t);
  const good = { name: 'ca', baseUrl: 'https://1.1.1.1', loginName: 'a', loginPassword: 'b' };
  for (const [change, status, field] of [
    [{ name: 'a b' }, 422, 'name'],
    [{ baseUrl: 'http://1.1.1.1' }, 422, 'baseUrl'],
    [{ baseUrl: 'https://10.0.0.1' }, 422, 'baseUrl'],
    [{ loginPassword: undefined }, 422, 'loginPassword'],
    [{ intervalSeconds: 59 }, 422, 'intervalSeconds'],
    [{ requestsPerMinute: 6001 }, 422, 'requestsPerMinute'],
    [{ roots: 'x' }, 422, 'roots'],
    [{ quietHours: { from: '1:00', to: '02:00', timeZone: 'UTC' } }, 422, 'quietHours.from'],
    [{ quietHours: { from: '01:00', to: '02:00', timeZone: 'Nowhere' } }, 422, 'quietHours.timeZone'],
    [{ account: 'missing' }, 404, undefined],
    [{ password: 'b' }, 422, 'password'],
  ] as const) {
    const answer = await manage('POST /v1/upstreams', { body: { ...good, ...change } });
    assert.equal(answer.status, status, answer.body);
    if (field !== undefined) assert.equal(answer.json.errors[0].field, field, answer.body);
  }
  const denied = await manage('POST /v1/upstreams', { body: { ...good, baseUrl: 'https://10.0.0.1' } });
  assert.match(denied.json.detail, /is in no network of --outbound-allow/);
  assert.equal((await manage('POST /v1/upstreams', { body: good })).status, 201);
  const second = await manage('POST /v1/upstreams', { body: good });
  assert.deepEqual([second.status, second.json.detail], [409, "upstream 'ca' exists already"]);
  assert.equal((await service.manage('GET /v1/upstreams')).status, 403);
});

test('orders are followed, listed, refreshed and unfollowed', async (t) => {
  const { service, manage } = await administered(t);
  for (const name of ['ca', 'second']) {
    const body = { name, baseUrl: 'https://1.1.1.1', loginName: 'a', loginPassword: 'b' };
    await manage('POST /v1/upstreams', { body });
    await manage(`POST /v1/upstreams/${name}/pause`);
  }
  const at = '/v1/upstreams/ca/orders';
  const followed = await manage(`PUT ${at}/0081`, { body: { account: 'other' } });
  assert.equal(followed.status, 200, followed.body);
  const { added, nextRequest, ...rest } = followed.json;
  assert.ok(Date.parse(added) > 0 && Date.parse(nextRequest) > 0);
  assert.deepEqual(rest, {
    orderNumber: '81',
    account: 'other',
    upstream: 'ca',
    state: 'waiting',
    notes: [],
  });
  assert.deepEqual((await manage(`PUT ${at}/81`, { body: { account: 'other' } })).json, followed.json);
  await manage(`PUT ${at}/82`, { body: { account: 'acme-hosting' } });
  for (const [route, account, detail] of [
    [`${at}/7250060`, 'acme-hosting', /^order 7250060 is in the order database/],
    [`${at}/81`, 'acme-hosting', /^order 81 is followed at upstream 'ca' for account 'other'$/],
    [
      '/v1/upstreams/second/orders/81',
      'other',
      /^order 81 is followed at upstream 'ca' for account 'other'$/,
    ],
  ] as const) {
    const answer = await manage(`PUT ${route}`, { body: { account } });
    assert.equal(answer.status, 409, answer.body);
    assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:order-number-taken');
    assert.match(answer.json.detail, detail);
  }
  const unnamed = await manage(`PUT ${at}/83`, { body: {} });
  assert.deepEqual([unnamed.status, unnamed.json.errors[0].field], [422, 'account']);
  const first = await manage(`GET ${at}?limit=1&state=waiting`);
  assert.deepEqual(first.json, { orders: [followed.json], next: '81' });
  const { orders, next } = (await manage(`GET ${at}?after=81`)).json;
  assert.deepEqual([orders.length, orders[0].orderNumber, next], [1, '82', undefined]);
  const refreshed = await manage(`POST ${at}/81/refresh`);
  assert.deepEqual([refreshed.status, refreshed.json.orderNumber], [202, '81']);
  assert.equal((await manage(`GET ${at}/81`)).json.state, 'waiting');
  assert.equal((await manage(`DELETE ${at}/81`)).status, 204);
  for (const route of [
    `GET ${at}/81`,
    `DELETE ${at}/81`,
    `POST ${at}/81/refresh`,
    'GET /v1/upstreams/no/orders',
  ]) {
    assert.equal((await manage(route)).status, 404, route);
  }
  assert.equal((await manage(`GET ${at}/0`)).status, 400);
  assert.deepEqual((await manage('DELETE /v1/upstreams/ca')).json, { orders: 1 });
  const acts = service.log.filter(({ msg }) => msg === 'a followed order was changed');
  assert.deepEqual(
    acts.map(({ token, act, upstream, orderNumber }) => `${token} ${act} ${upstream} ${orderNumber}`),
    ['follow ca 81', 'follow ca 81', 'follow ca 82', 'refresh ca 81', 'unfollow ca 81'].map(
      (act) => `admin ${act}`,
    ),
  );
});
