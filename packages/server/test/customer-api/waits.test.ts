import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get } from 'node:https';
import { type TestContext, test } from 'node:test';
import { AccountTokenAdmin } from '../../src/accounts/account-token-admin.ts';
import { hashPassword, UNMATCHABLE_HASH } from '../../src/accounts/password-hash.ts';
import { AccountWaits } from '../../src/customer-api/account-waits.ts';
import { ChangeWatch } from '../../src/orders/change-watch.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { ACME } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { emptyDatabase } from '../store/databases.ts';
import { basic, type FeedAnswer, newAccountToken, runCustomerService } from './customer-service.ts';

function order(number: number, account = ACME.loginName) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ account, orderNumber: String(number), certificates });
}

async function writing(t: TestContext, database: string) {
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  return store;
}

const WAIT = '/v1/changes?after=latest&wait=55';

/** Sends a request that would wait, and closes its connection at once. */
async function sendAndLeave(port: number, authorization: string): Promise<void> {
  const leaving = get({
    host: '127.0.0.1',
    port,
    path: WAIT,
    headers: { Authorization: authorization },
    rejectUnauthorized: false,
    agent: false,
  });
  leaving.on('error', () => {});
  await once(leaving, 'finish');
  leaving.destroy();
}

async function limitCounts(probePort = 0): Promise<Map<string, number>> {
  const body = await readMetrics(probePort);
  const lines = body.matchAll(/^cert_order_status_limit_reached_total\{limit="(waits\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, name = '', count]) => [name, Number(count)]));
}

test('a request that waits gets the change of its account, and none of others', async (t) => {
  const service = await runCustomerService(t, { accounts: ['other'] });
  const { orders } = await writing(t, service.database);
  const { json } = await service.get('/v1/changes?after=latest');
  let isOver = false;
  const waiting = service.get(`/v1/changes?after=${json.cursor}&wait=55`).finally(() => {
    isOver = true;
  });
  await fillDatabase(orders, [order(1, 'other')]);
  // Another wait of the other account sees it, so that this one would have, too.
  const other = `Bearer ${await newAccountToken(service.database, 'other')}`;
  const seen = await service.get('/v1/changes?wait=55', { authorization: other });
  assert.equal(seen.json.changes[0].orderNumber, '1');
  assert.equal(isOver, false);
  await fillDatabase(orders, [order(2)]);
  const { json: changed } = await waiting;
  assert.deepEqual([changed.changes.length, changed.changes[0].orderNumber], [1, '2']);
  const nothing = await service.get(`/v1/changes?after=${changed.cursor}&wait=1`);
  assert.deepEqual(nothing.json, { changes: [], cursor: changed.cursor });
});

test('credentials that end while a request waits get nothing of what comes after', async (t) => {
  const service = await runCustomerService(t);
  const store = await writing(t, service.database);
  const { json } = await service.get('/v1/changes?after=latest');
  const path = `/v1/changes?after=${json.cursor}&wait=55`;
  const withToken = service.get(path);
  const withPassword = service.get(path, { authorization: basic(ACME.loginName, ACME.loginPassword) });
  // Both wait by now.
  await service.get('/v1/changes?wait=1&after=latest', {
    authorization: `Bearer ${await newAccountToken(service.database, ACME.loginName, 'another')}`,
  });
  await new AccountTokenAdmin(store).revoke(ACME.loginName, 'watcher');
  await store.accounts.setPasswordHash(ACME.loginName, UNMATCHABLE_HASH);
  await fillDatabase(store.orders, [order(1)]);
  assert.deepEqual([(await withToken).status, (await withPassword).status], [401, 401]);
});

test('a newer request takes the place of the one that waits with the same token, and of the oldest of the account', async (t) => {
  const service = await runCustomerService(t, {
    settings: { probePort: 0, limits: { waitsPerAccount: 2 } },
  });
  const store = await writing(t, service.database);
  const wait = (authorization: string) => service.get('/v1/changes?after=latest&wait=55', { authorization });
  const token = `Bearer ${service.token}`;
  const password = basic(ACME.loginName, ACME.loginPassword);
  const replacedOf = async (waits: Promise<FeedAnswer>[]) => {
    const { status, json, headers } = await Promise.race(waits);
    assert.deepEqual(
      [status, json.type, headers['retry-after']],
      [429, 'urn:problem-type:cert-order-status:wait-replaced', '30'],
    );
    return json.detail;
  };
  // Whichever of the two comes first.
  const withToken = [wait(token), wait(token)];
  assert.match(await replacedOf(withToken), /^a newer request waits with the same API token/);
  assert.deepEqual(
    await limitCounts(service.probePort),
    new Map(Object.entries({ waitsPerToken: 1, waitsPerAccount: 0 })),
  );
  const withPassword = [wait(password), wait(password), wait(password)];
  assert.match(await replacedOf(withPassword), /^the account has too many requests that wait/);
  const all = Promise.all([...withToken, ...withPassword]);
  while ((await limitCounts(service.probePort)).get('waitsPerAccount') !== 2)
    await service.get('/v1/changes');
  await fillDatabase(store.orders, [order(1)]);
  assert.deepEqual((await all).map(({ status }) => status).toSorted(), [200, 200, 429, 429, 429]);
});

test('a wait whose connection is closed, and all when the service stops, end', async (t) => {
  const service = await runCustomerService(t);
  await sendAndLeave(service.port, `Bearer ${service.token}`);
  // When one has taken the place of the other, it waits.
  const waiting = [service.get(WAIT), service.get(WAIT)];
  assert.equal((await Promise.race(waiting)).status, 429);
  await service.stop();
  assert.deepEqual((await Promise.all(waiting)).map(({ status }) => status).toSorted(), [200, 429]);
});

test('a request whose connection was closed while its password was checked takes the place of no other', async (t) => {
  const service = await runCustomerService(t, { settings: { limits: { waitsPerAccount: 1 } } });
  const { accounts } = await writing(t, service.database);
  await accounts.setPasswordHash(ACME.loginName, await hashPassword(ACME.loginPassword));
  const authorization = basic(ACME.loginName, ACME.loginPassword);
  await sendAndLeave(service.port, authorization);
  const waiting = service.get(WAIT);
  // Both passwords are checked by one hash, so that the other request has gone on by then.
  assert.equal((await service.get('/v1/changes', { authorization })).status, 200);
  await service.stop();
  assert.equal((await waiting).status, 200);
});

test('a thousand that wait cost one look at the history, and a change wakes those of its account alone', async (t) => {
  const store = await writing(t, await emptyDatabase(t));
  await store.accounts.add(ACME.loginName, 'hash');
  const { accountID: acme } = (await store.accounts.find(ACME.loginName)) ?? assert.fail();
  const watch = new ChangeWatch(store.history);
  const waits = new AccountWaits(store.history, watch, {
    onLimit: (limit) => assert.fail(limit),
    onFailure: (error) => assert.fail(String(error)),
  });
  const accounts = Array.from({ length: 1000 }, (_, index) => acme + index);
  const waiting = await Promise.all(
    accounts.map((accountID) => waits.begin({ accountID, tokenID: accountID })),
  );
  const statements = statementsOf(t);
  const woken = new Set<number>();
  const ends = waiting.map(async (wait) => {
    if ((await wait.next(60_000)) === 'changed') woken.add(wait.accountID);
  });
  // Several looks are due meanwhile.
  const looks = () => statements.filter((text) => text.includes('max(cursor)')).length;
  while (looks() < 4) await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(statements.length, looks());
  assert.ok(looks() < 20, `${looks()} looks`);
  await fillDatabase(store.orders, [order(1)]);
  await ends[0];
  assert.deepEqual([...woken], [acme]);
  assert.equal(statements.filter((text) => text.includes('SELECT "accountID" FROM change')).length, 1);

  // Of another history, all are woken.
  await store.history.renewEpoch();
  await Promise.all(ends.slice(1));
  assert.equal(woken.size, 1000);
  for (const wait of waiting) waits.end(wait);
  watch.stop();
});

test('a request that begins to wait while others end because the service stops ends, too', {
  timeout: 30_000,
}, async (t) => {
  const store = await writing(t, await emptyDatabase(t));
  const watch = new ChangeWatch(store.history);
  const waits = new AccountWaits(store.history, watch, {
    onLimit: (limit) => assert.fail(limit),
    onFailure: (error) => assert.fail(String(error)),
  });
  const first = await waits.begin({ accountID: 1 });
  watch.stop();
  waits.stop();
  assert.equal(await first.next(60_000), 'over');
  // The history is watched no more.
  await new Promise((resolve) => setImmediate(resolve));
  const second = await waits.begin({ accountID: 1 });
  assert.equal(await second.next(60_000), 'over');
  for (const wait of [first, second]) waits.end(wait);
});

test('a history that cannot be watched ends the waits, and is watched again by the next', async (t) => {
  const store = await writing(t, await emptyDatabase(t));
  let isAway = true;
  const failures: unknown[] = [];
  const history = {
    ...store.history,
    async latest() {
      if (isAway) throw new Error('away');
      return store.history.latest();
    },
  };
  const watch = new ChangeWatch(history);
  const waits = new AccountWaits(history, watch, {
    onLimit: () => {},
    onFailure: (error) => failures.push(error),
  });
  const wait = await waits.begin({ accountID: 1 });
  assert.equal(await wait.next(60_000), 'over');
  waits.end(wait);
  assert.equal(failures.length, 1);
  isAway = false;
  const next = await waits.begin({ accountID: 1 });
  assert.equal(await next.next(1), 'over');
  waits.end(next);
  assert.equal(failures.length, 1);
  watch.stop();
});
