/** A token that is revoked, or expires, in the middle of a request that takes its time. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { formatDateTime } from '@cert-order-status/protocol';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

const UNAUTHORIZED = 'urn:problem-type:cert-order-status:unauthorized';

function order(number: number) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates });
}

function lines(from: number, to: number): string {
  return Array.from({ length: to - from + 1 }, (_, index) => `${JSON.stringify(order(from + index))}\n`).join(
    '',
  );
}

/** A service, and its database as another process has it: where tokens are made and revoked. */
async function runWithTokens(t: TestContext) {
  const service = await runManagedService(t, { orders: [order(1)] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const makeToken = async (name: string, expires?: string) => {
    const token = newToken();
    await store.tokens.add({
      name,
      scope: 'write',
      digest: digestOfSecret(token),
      ...(expires && { expires }),
    });
    return token;
  };
  /** Resolves when a request with the token has come in: its first use is written down when it has been checked. */
  const used = async (...names: readonly string[]) => {
    const isUsed = async () => {
      const all = await store.tokens.list();
      return names.every((name) => all.find((token) => token.name === name)?.lastUsed !== undefined);
    };
    while (!(await isUsed())) await pause(10);
  };
  return { service, store, makeToken, used };
}

/** Begins a request whose body is written bit by bit. */
function begin(
  { managementPort }: ManagedService,
  token: string,
  method: string,
  path: string,
  type: string,
): ClientRequest {
  const headers = { Authorization: `Bearer ${token}`, 'Content-Type': type };
  const options = { host: '127.0.0.1', port: managementPort, method, path, headers };
  // Which the caller would keep, so that it is the service that closes it.
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const sending = request({ ...options, agent });
  sending.on('error', () => {});
  return sending;
}

test('a batch whose token is revoked stops: what was applied has its result, and nothing else is applied', async (t) => {
  const { service, store, makeToken } = await runWithTokens(t);
  const sending = begin(
    service,
    await makeToken('intake'),
    'POST',
    '/v1/orders:batch',
    'application/x-ndjson',
  );
  const closed = new Promise((resolve) => sending.once('close', resolve));
  sending.write(lines(1, 500));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  let text = '';
  let isRevoked = false;
  for await (const chunk of response) {
    text += chunk;
    if (isRevoked || text.split('\n').length <= 500) continue;
    isRevoked = true;
    assert.equal(await store.tokens.revoke('intake'), 'revoked');
    // More than is ever read: the batch is stopped without its end.
    sending.write(lines(501, 2000));
  }
  const results = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
  assert.equal(results.length, 501);
  const { result, line, problem } = results[500];
  assert.deepEqual([result, line, problem.type, problem.status], ['stopped', undefined, UNAUTHORIZED, 401]);
  assert.equal(problem.detail, 'the token was revoked meanwhile; what has no result was not applied');
  assert.notEqual(await store.orders.get('500'), undefined);
  assert.equal(await store.orders.get('501'), undefined);
  assert.match(await store.history.latest(), /_500$/);
  // The rest is not waited for.
  await closed;
  const logged = service.log.find(({ msg }) => msg === 'management request');
  assert.deepEqual([logged?.['token'], logged?.['address']], ['intake', '127.0.0.1']);
});

test('a wait whose token is revoked ends without a change that was made afterwards', async (t) => {
  const { service, store, makeToken, used } = await runWithTokens(t);
  const waiting = service.manage('GET /v1/changes?after=1&wait=55', { token: await makeToken('follower') });
  await used('follower');
  await store.tokens.revoke('follower');
  await service.manage('PUT /v1/orders/2', { body: order(2) });
  const { status, json, headers } = await waiting;
  assert.deepEqual([status, json.type], [401, UNAUTHORIZED]);
  assert.equal(json.detail, 'the token was revoked meanwhile');
  assert.match(String(headers['www-authenticate']), /error="invalid_token"/);
});

test('a wait whose token is revoked, or expires, ends soon although nothing changes', async (t) => {
  const { service, store, makeToken, used } = await runWithTokens(t);
  const expires = formatDateTime(Math.floor(Date.now() / 1000) + 2);
  const tokens = [await makeToken('revoked'), await makeToken('expiring', expires)];
  const waiting = tokens.map((token) => service.manage('GET /v1/changes?after=1&wait=55', { token }));
  await used('revoked', 'expiring');
  await store.tokens.revoke('revoked');
  const answers = await Promise.all(waiting);
  assert.deepEqual(
    answers.map(({ status, json }) => [status, json.detail]),
    [
      [401, 'the token was revoked meanwhile'],
      [401, `the token expired at ${expires}`],
    ],
  );
});

test('a change whose token is revoked while its body comes in is not made', async (t) => {
  const { service, store, makeToken, used } = await runWithTokens(t);
  const sending = begin(service, await makeToken('slow'), 'PUT', '/v1/orders/2', 'application/json');
  const body = JSON.stringify(order(2));
  sending.write(body.slice(0, 100));
  await used('slow');
  await store.tokens.revoke('slow');
  sending.end(body.slice(100));
  const [response] = (await once(sending, 'response')) as [IncomingMessage];
  assert.equal(response.statusCode, 401);
  response.resume();
  assert.equal(await store.orders.get('2'), undefined);
});
