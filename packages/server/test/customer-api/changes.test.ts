import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { AccountCursors } from '../../src/customer-api/account-cursors.ts';
import { AccountFeed } from '../../src/customer-api/account-feed.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { ACME } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase, execute } from '../store/databases.ts';
import { newAccountToken, readAll, runCustomerService } from './customer-service.ts';

const SECRET_REASON = 'internal: the operator was wrong';

function order(number: number, changes = {}) {
  const certificates = [acmeCertificate({ certificateID: String(number) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

test("an account follows its own orders, and sees no other's, no personal data, no author and no reason", async (t) => {
  const service = await runCustomerService(t, { accounts: ['other'] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const empty = await service.get('/v1/changes');
  assert.deepEqual([empty.status, empty.json.changes], [200, []]);
  assert.match(String(empty.headers['content-type']), /^application\/json/);
  assert.equal(empty.headers['cache-control'], 'no-store');

  const certificate = acmeCertificate({ certificateID: '1', shippingEmail: 'ann@example.com' });
  await fillDatabase(store.orders, [
    order(1, { certificates: [certificate] }),
    order(2, { account: 'other' }),
  ]);
  const patch = (certificate: Record<string, unknown>) =>
    patchOrder('1', { certificates: new Map([['1', certificate]]) });
  await store.orders.change([patch({ dcvStatus: 'completed', shippingPhone: '0123 456' })], TESTER);
  // Of this one there is nothing to see.
  await store.orders.change([patch({ shippingSurname: 'Secret' })], TESTER);
  await store.orders.change(
    [patch({ certificateStatus: 'Rejected', certificateStatusReason: 'no such name' })],
    TESTER,
  );
  const [forced] = await store.orders.change(
    [patch({ certificateStatus: 'Awaiting Validation', certificateStatusReason: null })],
    { kind: 'token', name: 'operator-token' },
    { exemption: { kind: 'forced', reason: SECRET_REASON } },
  );
  assert.equal(forced?.kind, 'changed');
  await store.orders.change([patch({ shippingSurname: 'Secret again' })], TESTER);
  const upstream = { kind: 'upstream', name: 'Secret upstream' } as const;
  await store.orders.change([patch({ evClickThroughStatus: 'not-completed' })], upstream);

  const { changes, cursor } = await readAll(service, { after: empty.json.cursor, limit: 1 });
  assert.deepEqual(
    changes.map(({ orderNumber, version, kind }) => [orderNumber, version, kind]),
    [
      ['1', 1, 'created'],
      ['1', 2, 'changed'],
      ['1', 4, 'changed'],
      ['1', 5, 'changed'],
      ['1', 7, 'changed'],
    ],
  );
  assert.deepEqual(
    changes.map(({ observedAt }) => observedAt),
    [undefined, undefined, undefined, undefined, changes[4]?.at],
  );
  const { shippingEmail: _, ...shown } = certificate;
  assert.deepEqual(changes[0]?.order, order(1, { certificates: [shown] }));
  const which = { certificate: 1, certificateID: '1' };
  assert.deepEqual(changes[1]?.differences, [{ ...which, field: 'dcvStatus', after: 'completed' }]);
  assert.deepEqual(changes[3]?.differences, [
    { ...which, field: 'certificateStatus', after: 'Awaiting Validation' },
    { ...which, field: 'certificateStatusReason' },
  ]);
  const text = JSON.stringify(changes);
  for (const secret of [
    'ann@',
    '0123',
    'Secret',
    'operator-token',
    'tester',
    SECRET_REASON,
    'before',
    'waived',
  ]) {
    assert.ok(!text.includes(secret), secret);
  }
  // Every cursor is one to go on from, and none of a change is that of another.
  assert.deepEqual((await readAll(service, { after: changes[0]?.cursor ?? '' })).changes, changes.slice(1));
  assert.deepEqual((await readAll(service, { after: cursor })).changes, []);
  assert.equal(new Set(changes.map((change) => change.cursor)).size, 5);
  assert.deepEqual((await readAll(service)).changes, changes);

  const authorization = `Bearer ${await newAccountToken(service.database, 'other')}`;
  const others = await readAll(service, { authorization });
  assert.deepEqual(
    others.changes.map(({ orderNumber }) => orderNumber),
    ['2'],
  );
  await service.stop();
  const lines = service.log.filter(({ msg }) => msg === 'customer request');
  assert.deepEqual(
    [lines[0]?.['account'], lines[0]?.['token'], lines[0]?.['route']],
    ['acme-hosting', 'watcher', '/v1/changes'],
  );
  assert.ok(!service.logText().includes(service.token));
  assert.ok(!service.logText().includes(cursor));
});

test('what others do does not show in the cursors of an account', async (t) => {
  const service = await runCustomerService(t, { accounts: ['other'], orders: [order(1)] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const cursors = async () => {
    const [start, latest] = [await service.get('/v1/changes'), await service.get('/v1/changes?after=latest')];
    assert.equal(start.json.cursor, latest.json.cursor);
    return latest.json.cursor;
  };
  const before = await cursors();
  await fillDatabase(store.orders, [order(2, { account: 'other' })]);
  assert.equal(await cursors(), before);
  await fillDatabase(store.orders, [order(3)]);
  assert.notEqual(await cursors(), before);
});

test('a cursor that is forged, of another account, or of an earlier epoch is refused with what to do', async (t) => {
  const service = await runCustomerService(t, { accounts: ['other'], orders: [order(1)] });
  const { json } = await service.get('/v1/changes');
  const cursor: string = json.cursor;
  const refused = async (after: string, request = {}) => {
    const answer = await service.get(`/v1/changes?after=${after}`, request);
    assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
    return [answer.status, answer.json.type.replace(/^.*:/, ''), answer.json.detail];
  };
  const forged = cursor.slice(0, -2) + (cursor.endsWith('AA') ? 'BB' : 'AA');
  const notOwn = [400, 'invalid-parameter', 'after: is not a cursor of this account'];
  assert.deepEqual(await refused(forged), notOwn);
  const other = { authorization: `Bearer ${await newAccountToken(service.database, 'other')}` };
  assert.deepEqual(await refused(cursor, other), notOwn);
  for (const text of ['7', 'x', '', cursor.slice(1), `${cursor}A`, '5f0c83a2d1e7_8812']) {
    assert.deepEqual((await refused(text)).slice(0, 2), [400, 'invalid-parameter'], text);
  }
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await store.history.renewEpoch();
  const [status, type, detail] = await refused(cursor);
  assert.deepEqual([status, type], [410, 'unknown-cursor']);
  assert.match(String(detail), /take the cursor that after=latest gives/);
  const { changes } = await readAll(service);
  assert.equal(changes.length, 1);
});

test('pruning takes the cursors that lie before what is gone, and no others', async (t) => {
  const service = await runCustomerService(t, { accounts: ['other'] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const { json: atStart } = await service.get('/v1/changes');
  await fillDatabase(store.orders, [order(1)]);
  const { json: afterFirst } = await service.get('/v1/changes');
  await fillDatabase(store.orders, [order(2), order(3)]);
  const { json: afterThird } = await service.get('/v1/changes');
  const status = async (after: string) => (await service.get(`/v1/changes?after=${after}`)).status;
  // The latest change of all stays, so that of the account goes only if another account has a later one.
  await fillDatabase(store.orders, [order(4, { account: 'other' })]);
  await store.pruning.prune(Date.now() + 1000, new Set(['changes']));
  assert.deepEqual(
    [await status(atStart.cursor), await status(afterFirst.cursor), await status(afterThird.cursor)],
    [410, 410, 200],
  );
  // All of its changes are gone, but nothing was missed.
  const begun = await service.get('/v1/changes');
  assert.deepEqual([begun.status, begun.json.changes], [200, []]);
  assert.equal(begun.json.cursor, afterThird.cursor);
  await fillDatabase(store.orders, [order(5)]);
  for (const cursor of [afterThird.cursor, undefined]) {
    const { changes } = await readAll(service, cursor === undefined ? {} : { after: cursor });
    assert.deepEqual(
      changes.map(({ orderNumber }) => orderNumber),
      ['5'],
    );
  }
  // Orders take their changes with them.
  const rejected = acmeCertificate({
    certificateID: '5',
    certificateStatus: 'Rejected',
    certificateStatusReason: 'test',
  });
  await fillDatabase(store.orders, [order(5, { orderStatus: 'Cancelled', certificates: [rejected] })]);
  const { cursor: afterFifth } = await readAll(service);
  await fillDatabase(store.orders, [order(6, { account: 'other' })]);
  await execute(service.database, `UPDATE "order" SET changed = 0 WHERE "orderNumber" = 5`);
  const { settledOrders } = await store.pruning.prune(Date.now() + 1000, new Set(['settledOrders']));
  assert.equal(settledOrders, 1);
  assert.deepEqual([await status(afterThird.cursor), await status(afterFifth)], [410, 200]);
});

test('parameters are checked, and other methods and paths are refused as problems', async (t) => {
  const service = await runCustomerService(t);
  for (const query of [
    'limit=0',
    'limit=1001',
    'wait=56',
    'wait=-1',
    'wait=x',
    'since=1',
    'after=1&after=2',
  ]) {
    const { status, json } = await service.get(`/v1/changes?${query}`);
    assert.deepEqual(
      [status, json.type],
      [400, 'urn:problem-type:cert-order-status:invalid-parameter'],
      query,
    );
  }
  const posted = await service.get('/v1/changes', { method: 'POST' });
  assert.deepEqual([posted.status, posted.headers['allow']], [405, 'GET, HEAD']);
  for (const path of ['/v1/orders', '/v1/', '/v1', '/v1?wait=1']) {
    const { status, json } = await service.get(path);
    assert.deepEqual([status, json?.type], [404, 'urn:problem-type:cert-order-status:not-found'], path);
  }
  assert.equal((await service.get('/v1/changes', { method: 'HEAD' })).status, 200);
});

test('many changes of which the account may see nothing are read together, however few it wants', async (t) => {
  const store = await openStore(await emptyDatabase(t), 'write');
  t.after(() => store.close());
  await store.accounts.add(ACME.loginName, 'hash');
  const { accountID } = (await store.accounts.find(ACME.loginName)) ?? assert.fail();
  await fillDatabase(store.orders, [order(1)]);
  const change = (values: Record<string, unknown>) =>
    store.orders.change([patchOrder('1', { certificates: new Map([['1', values]]) })], TESTER);
  const hidden = 20;
  for (let each = 0; each < hidden; each++) await change({ shippingSurname: `Name ${each}` });
  await change({ dcvStatus: 'completed' });
  await change({ caaStatus: 'completed' });
  const { history } = store;
  let reads = 0;
  const counted = {
    accountSpan: (account: number) => history.accountSpan(account),
    afterOfAccount(...parameters: Parameters<typeof history.afterOfAccount>) {
      reads++;
      return history.afterOfAccount(...parameters);
    },
  };
  const feed = new AccountFeed(counted, new AccountCursors(randomBytes(32)));
  const versions: number[][] = [];
  for (let place = await feed.placeAfter(accountID, undefined); ; ) {
    const page = await feed.read(accountID, place, 1);
    if (page.changes.length === 0) break;
    versions.push(page.changes.map(({ version }) => version));
    place = page.place;
  }
  assert.deepEqual(versions, [[1], [hidden + 2], [hidden + 3]]);
  assert.equal(reads, 5);
});
