import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AccountTokenAdmin } from '../../src/accounts/account-token-admin.ts';
import { UNMATCHABLE_HASH } from '../../src/accounts/password-hash.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ACME } from '../running-service.ts';
import { execute } from '../store/databases.ts';
import { basic, type CustomerService, newAccountToken, runCustomerService } from './customer-service.ts';

const CHALLENGE = 'Bearer realm="cert-order-status"';
const PATH = '/v1/changes';

/** What a proxy says of a client at an address. */
function from(address: string) {
  return { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
}

async function detailOf401(service: CustomerService, authorization: string | null, address = '192.0.2.1') {
  const answer = await service.get(PATH, { authorization, headers: from(address) });
  assert.equal(answer.status, 401, answer.body);
  assert.equal(answer.json.type, 'urn:problem-type:cert-order-status:unauthorized');
  // No browser opens a dialog for a challenge that is not for Basic or Digest.
  const challenges = String(answer.headers['www-authenticate']);
  assert.ok(challenges === CHALLENGE || challenges === `${CHALLENGE}, error="invalid_token"`, challenges);
  return answer.json.detail as string;
}

test('a token, or login and password in UTF-8, opens the feed of the account, whatever its name', async (t) => {
  const loginName = 'Größe & Söhne';
  const service = await runCustomerService(t, { accounts: [loginName] });
  for (const authorization of [
    `Bearer ${service.token}`,
    `bearer  ${service.token}`,
    basic(ACME.loginName, ACME.loginPassword),
    basic(loginName, ACME.loginPassword),
  ]) {
    assert.equal((await service.get(PATH, { authorization })).status, 200, authorization);
  }
  await service.stop();
  const accounts = service.log.filter(({ msg }) => msg === 'customer request').map(({ account }) => account);
  assert.deepEqual(accounts, [ACME.loginName, ACME.loginName, ACME.loginName, loginName]);
  assert.ok(!service.logText().includes(ACME.loginPassword));
});

test('what is wrong with credentials is said as far as it may be, without a dialog of a browser', async (t) => {
  const service = await runCustomerService(t, {
    accounts: ['a:b'],
    settings: { trustProxy: ['127.0.0.1'] },
  });
  let addresses = 0;
  const detail = (authorization: string | null) =>
    detailOf401(service, authorization, `192.0.2.${++addresses}`);
  assert.match(await detail(null), /^the request has no Authorization header; send an API token/);
  const malformed = /^the Authorization header is neither a bearer token nor login and password in Basic/;
  for (const header of ['Bearer', 'Bearer a b', 'Digest x', 'Basic %', `Basic ${btoa('no colon')}`]) {
    assert.match(await detail(header), malformed, header);
  }
  assert.match(await detail(`Basic ${Buffer.from([0xff, 0x3a, 0x78]).toString('base64')}`), malformed);
  const unknown = 'the token is unknown or revoked, or its account is disabled or bound to other addresses';
  for (const token of ['x', `${service.token}x`, 'cos_0123']) {
    assert.equal(await detail(`Bearer ${token}`), unknown);
  }
  const wrong = 'login or password is wrong, or the account is disabled or bound to other addresses';
  for (const [loginName, loginPassword] of [
    [ACME.loginName, 'wrong'],
    ['missing', ACME.loginPassword],
    ['', ''],
    ['x'.repeat(1000), 'x'.repeat(1000)],
    ['\0', '\0'],
  ] as const) {
    assert.equal(await detail(basic(loginName, loginPassword)), wrong);
  }
  assert.equal(
    await detail(basic('a:b', ACME.loginPassword)),
    `${wrong}; a login that contains ':' cannot be used with Basic, where the first ':' ends it: use an API token`,
  );
  const authorization = `Bearer ${await newAccountToken(service.database, 'a:b')}`;
  assert.equal((await service.get(PATH, { authorization, headers: from('192.0.2.99') })).status, 200);
});

test('credentials count from one request to the next: disabled, bound, revoked, expired, another password', async (t) => {
  const service = await runCustomerService(t, { settings: { trustProxy: ['127.0.0.1'] } });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  let addresses = 0;
  const status = async (authorization: string, address = `198.51.100.${++addresses}`) =>
    (await service.get(PATH, { authorization, headers: from(address) })).status;
  const token = `Bearer ${service.token}`;
  const password = basic(ACME.loginName, ACME.loginPassword);
  const both = async (address?: string) => [await status(token, address), await status(password, address)];
  assert.deepEqual(await both(), [200, 200]);
  await store.accounts.setDisabled(ACME.loginName, true);
  assert.deepEqual(await both(), [401, 401]);
  await store.accounts.setDisabled(ACME.loginName, false);
  await store.accounts.setAllowedAddresses(ACME.loginName, ['203.0.113.0/24']);
  assert.deepEqual(await both(), [401, 401]);
  assert.deepEqual(await both('203.0.113.7'), [200, 200]);
  await store.accounts.setAllowedAddresses(ACME.loginName, []);
  await store.accounts.setPasswordHash(ACME.loginName, UNMATCHABLE_HASH);
  assert.deepEqual(await both('203.0.113.7'), [200, 401]);

  const { token: short } = await new AccountTokenAdmin(store).create(ACME.loginName, {
    name: 'short',
    expiresAtMs: Date.now() + 3_600_000,
  });
  assert.equal(await status(`Bearer ${short}`), 200);
  await execute(service.database, `UPDATE "accountToken" SET expires = 0 WHERE name = 'short'`);
  assert.equal(await detailOf401(service, `Bearer ${short}`), 'the token expired at 1970-01-01T00:00:00Z');
  await new AccountTokenAdmin(store).revoke(ACME.loginName, 'watcher');
  assert.equal(await status(token), 401);
});

test('that a token was used is written down', async (t) => {
  const service = await runCustomerService(t);
  assert.equal((await service.get(PATH)).status, 200);
  await service.stop();
  const store = await openStore(service.database, 'read');
  t.after(() => store.close());
  assert.ok((await new AccountTokenAdmin(store).list(ACME.loginName))[0]?.lastUsed);
});

test('bad tokens and passwords are throttled by their address, and no good token elsewhere', async (t) => {
  const service = await runCustomerService(t, { settings: { trustProxy: ['127.0.0.1'] } });
  const request = (authorization: string, address: string) =>
    service.get(PATH, { authorization, headers: from(address) });
  assert.equal((await request(`Bearer ${service.token}`, '192.0.2.7')).status, 200);
  const flood = await Promise.all(
    Array.from({ length: 200 }, (_, index) =>
      request(index % 2 === 0 ? `Bearer cosa_${index}` : basic(`login ${index}`, 'wrong'), '192.0.2.7'),
    ),
  );
  const looked = flood.filter(({ status }) => status === 401).length;
  assert.ok(looked <= 100, `${looked}`);
  for (const { status, json, headers } of flood.filter((each) => each.status !== 401)) {
    assert.match(`${status} ${json.type}`, /^(429 .*:too-many-failures|503 .*:overloaded)$/);
    assert.ok(Number(headers['retry-after']) > 0);
  }
  // What was good there before is good there now, and elsewhere.
  assert.equal((await request(`Bearer ${service.token}`, '192.0.2.7')).status, 200);
  assert.equal((await request(`Bearer ${service.token}`, '192.0.2.8')).status, 200);
  await service.stop();
  const store = await openStore(service.database, 'read');
  t.after(() => store.close());
  const failed = (await store.failedLogins.failures(1000)).filter(({ address }) => address === '192.0.2.7');
  assert.equal(
    failed.reduce((sum, { failures }) => sum + failures, 0),
    looked,
  );
});

test('an account has one rate limit for status requests and the feed together', async (t) => {
  const service = await runCustomerService(t, { settings: { limits: { accountRate: 3 } } });
  const status = async () => (await service.get(PATH)).status;
  assert.deepEqual([await status(), await status()], [200, 200]);
  assert.match((await service.ask({ ...ACME, orderNumber: '1', queryType: '0' })).body, /^errorCode=-4&/);
  const refused = await service.get(PATH);
  assert.deepEqual(
    [refused.status, refused.json.type],
    [429, 'urn:problem-type:cert-order-status:too-many-requests'],
  );
  assert.ok(Number(refused.headers['retry-after']) >= 1);
});

test('over plain http credentials are not looked at', async (t) => {
  const service = await runCustomerService(t, {
    settings: { trustProxy: ['127.0.0.1'], httpPort: 0 },
  });
  const plain = await service.get(PATH, {
    scheme: 'http',
    port: service.httpPort ?? 0,
    authorization: basic(ACME.loginName, 'wrong'),
    headers: { 'X-Forwarded-Proto': 'http' },
  });
  assert.deepEqual([plain.status, plain.json.type], [403, 'urn:problem-type:cert-order-status:not-https']);
  assert.equal(plain.headers['www-authenticate'], undefined);
  assert.ok(service.log.every(({ account }) => account === undefined));
});
