import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT_TOKENS_LIMIT } from '../../src/accounts/account-tokens.ts';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type ManagementRequest, runManagedService } from './managed-service.ts';

test('operators make, list and revoke tokens of accounts', async (t) => {
  const account = 'Größe / 50 %';
  const service = await runManagedService(t, { accounts: [account] });
  const manage = (route: string, request: ManagementRequest = {}) =>
    service.manage(route, { token: service.tokens.admin, ...request });
  const path = `/v1/accounts/${encodeURIComponent(account)}/tokens`;
  const name = 'a/b ü';
  const made = await manage(`POST ${path}`, { body: { name, expires: '2100-01-01T00:00:00Z' } });
  assert.equal(made.status, 201);
  const { token, ...others } = made.json;
  assert.deepEqual(others, { name, expires: '2100-01-01T00:00:00Z' });
  const store = await openStore(service.database, 'read');
  t.after(() => store.close());
  assert.equal((await store.accountTokens.find(digestOfSecret(token)))?.loginName, account);
  const listed = await manage(`GET ${path}`);
  assert.equal(listed.json.tokens.length, 1);
  assert.deepEqual([listed.json.tokens[0].name, listed.json.tokens[0].scope], [name, 'read']);
  assert.ok(!listed.body.includes(token));

  const revoke = `POST ${path}/${encodeURIComponent(name)}/revoke`;
  assert.deepEqual((await manage(revoke)).json, { name, revoked: true });
  assert.equal((await manage(revoke)).status, 200);
  assert.equal(await store.accountTokens.find(digestOfSecret(token)), undefined);
  const changes = service.log.filter(({ msg }) => msg === 'an account token was changed');
  assert.deepEqual(
    changes.map((line) => [line['token'], line['act'], line['account'], line['name']]),
    ['create', 'revoke', 'revoke'].map((act) => ['admin', act, account, name]),
  );
});

test('what is wrong with a token of an account is named', async (t) => {
  const service = await runManagedService(t);
  const path = '/v1/accounts/acme-hosting/tokens';
  const make = (body: unknown) => service.manage(`POST ${path}`, { token: service.tokens.admin, body });
  assert.equal((await make({ name: 'taken' })).status, 201);
  for (const [body, status, detail] of [
    [{}, 422, /^name: is missing$/],
    [{ name: '' }, 422, /^name: must NOT have fewer than 1 characters$/],
    [{ name: 'x', scope: 'write' }, 422, /^scope: is not known here$/],
    [{ name: 'x', expires: 'soon' }, 422, /^expires: must be a time such as 2027-01-01T00:00:00Z$/],
    [{ name: 'x', expires: '2001-01-01T00:00:00Z' }, 422, /^expires: is in the past$/],
    [{ name: 'taken' }, 409, /has a token 'taken' already/],
  ] as const) {
    const answer = await make(body);
    assert.equal(answer.status, status, answer.body);
    assert.match(answer.json.detail, detail);
  }
  for (const route of [
    'GET /v1/accounts/missing/tokens',
    'POST /v1/accounts/missing/tokens/x/revoke',
    `POST ${path}/x/revoke`,
  ]) {
    assert.equal((await service.manage(route, { token: service.tokens.admin })).status, 404, route);
  }
  assert.equal((await service.manage(`POST ${path}`, { body: { name: 'x' } })).status, 403);
  for (let count = 1; count < ACCOUNT_TOKENS_LIMIT; count++) await make({ name: `n${count}` });
  const full = await make({ name: 'one more' });
  assert.deepEqual([full.status, full.json.type], [409, 'urn:problem-type:cert-order-status:limit-reached']);
});
