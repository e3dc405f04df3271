import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeOrder } from '../sample-orders.ts';
import { type ManagementRequest, runManagedService } from './managed-service.ts';

test('accounts are added, listed, disabled, enabled, and get new passwords', async (t) => {
  const service = await runManagedService(t);
  const manage = (route: string, request: ManagementRequest = {}) =>
    service.manage(route, { token: service.tokens.admin, ...request });
  const loginName = 'Größe / 50 %';
  const path = `/v1/accounts/${encodeURIComponent(loginName)}`;
  const made = await manage('POST /v1/accounts', { body: { loginName } });
  assert.equal(made.status, 201);
  const { loginPassword } = made.json;
  assert.match(loginPassword, /^[A-Za-z0-9]{24}$/);
  const order = acmeOrder({ account: loginName });
  await manage('PUT /v1/orders/7250060', { body: order });
  const ask = async (password: string) =>
    new URLSearchParams(
      (await service.ask({ loginName, loginPassword: password, orderNumber: '7250060', queryType: '0' }))
        .body,
    ).get('errorCode');
  assert.equal(await ask(loginPassword), '0');

  assert.deepEqual((await manage(`POST ${path}/disable`)).json, { loginName, disabled: true });
  assert.equal(await ask(loginPassword), '-16');
  assert.equal((await manage(`POST ${path}/disable`)).status, 200);
  assert.deepEqual((await manage(`POST ${path}/enable`)).json, { loginName, disabled: false });
  assert.equal(await ask(loginPassword), '0');

  const reset = await manage(`PUT ${path}/password`, { body: { loginPassword: 'ñew pässword' } });
  assert.deepEqual([reset.status, reset.json], [200, { loginName }]);
  assert.equal(await ask(loginPassword), '-16');
  assert.equal(await ask('ñew pässword'), '0');

  const allow = (allowedAddresses: unknown) =>
    manage(`PUT ${path}/allowed-addresses`, { body: { allowedAddresses } });
  assert.equal((await allow(['10.0.0.0/8'])).status, 200);
  assert.equal(await ask('ñew pässword'), '-16');
  assert.deepEqual((await allow(['127.0.0.0/8'])).json, { loginName, allowedAddresses: ['127.0.0.0/8'] });
  assert.equal(await ask('ñew pässword'), '0');
  const bad = await allow(['10.0.0.0/8', 'everywhere']);
  assert.equal(bad.status, 422);
  assert.match(bad.json.detail, /'everywhere' is not an IP network/);
  assert.equal((await allow(Array(101).fill('10.0.0.0/8'))).status, 422);
  assert.equal(
    (await manage('PUT /v1/accounts/nobody/allowed-addresses', { body: { allowedAddresses: [] } })).status,
    404,
  );

  const changes = service.log.filter(({ msg }) => msg === 'an account was changed');
  assert.ok(changes.every(({ token, account }) => token === 'admin' && account === loginName));
  assert.deepEqual(
    changes.map(({ act }) => act),
    ['add', 'disable', 'disable', 'enable', 'reset', 'allow', 'allow'],
  );

  const { json } = await manage('GET /v1/accounts');
  assert.deepEqual(
    json.accounts.map(({ created: _, ...account }: { created: string }) => account),
    [
      { loginName, disabled: false, orders: 1, allowedAddresses: ['127.0.0.0/8'] },
      { loginName: 'acme-hosting', disabled: false, orders: 0, allowedAddresses: [] },
    ].toSorted((a, b) => (a.loginName < b.loginName ? -1 : 1)),
  );
  const page = await manage('GET /v1/accounts?limit=1');
  const next = await manage(`GET /v1/accounts?limit=1&after=${encodeURIComponent(page.json.next)}`);
  assert.deepEqual(
    [...page.json.accounts, ...next.json.accounts].map((account) => account.loginName),
    json.accounts.map((account: { loginName: string }) => account.loginName),
  );
  assert.equal(next.json.next, undefined);
});

const TOO_SHORT = /^loginPassword: must NOT have fewer than 12 characters$/;

test('what is wrong with an account is named', async (t) => {
  const service = await runManagedService(t);
  for (const [route, body, status, detail] of [
    ['POST /v1/accounts', { loginName: 'acme-hosting' }, 409, "account 'acme-hosting' exists already"],
    ['POST /v1/accounts', {}, 422, 'loginName: is missing'],
    ['POST /v1/accounts', { loginName: 'x'.repeat(65) }, 422, /^loginName: must NOT have more than 64/],
    ['POST /v1/accounts', { loginName: 'x', loginPassword: '' }, 422, /^loginPassword: /],
    ['POST /v1/accounts', { loginName: 'x', loginPassword: 'elevenchars' }, 422, TOO_SHORT],
    ['POST /v1/accounts', { loginName: 'x', loginPassword: '😀'.repeat(11) }, 422, TOO_SHORT],
    ['PUT /v1/accounts/acme-hosting/password', { loginPassword: 'elevenchars' }, 422, TOO_SHORT],
    [
      'POST /v1/accounts',
      { loginName: 'x', loginPassword: `${'x'.repeat(12)}\0` },
      422,
      /^loginPassword: holds U\+0000/,
    ],
    ['POST /v1/accounts/nobody/disable', undefined, 404, /^there is no account 'nobody'/],
    ['POST /v1/accounts/nobody/enable', undefined, 404, /^there is no account 'nobody'/],
    ['PUT /v1/accounts/nobody/password', {}, 404, /^there is no account 'nobody'/],
  ] as const) {
    const answer = await service.manage(route, { token: service.tokens.admin, body });
    assert.equal(answer.status, status, route);
    if (typeof detail === 'string') assert.equal(answer.json.detail, detail);
    else assert.match(answer.json.detail, detail);
  }
});
