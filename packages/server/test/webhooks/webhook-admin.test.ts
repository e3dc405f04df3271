import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDPOINTS_LIMIT } from '../../src/webhooks/endpoint.ts';
import { REQUESTS_PER_HOUR, WebhookAdmin } from '../../src/webhooks/webhook-admin.ts';
import { webhook } from '../secrets/stored-secrets.ts';
import { execute } from '../store/databases.ts';
import { webhookStore } from './webhook-store.ts';

const URL = 'https://hooks.example/in?x=1';

test('an endpoint is added with a secret, changed, paused, resumed, rotated and removed', async (t) => {
  const { database, admin, secrets, putOrders, readFeed } = await webhookStore(t);
  const choice = {
    url: 'HTTPS://Hooks.Example:443/in?x=1',
    eventTypes: ['order.created'],
    description: 'ours',
  } as const;
  const { endpoint, secret } = await admin.add('acme-hosting', choice, 'customer');
  const { endpointID } = endpoint;
  assert.match(endpointID, /^we_[0-9a-f]{24}$/);
  const { account, url, eventTypes, description, createdBy, state, reason } = endpoint;
  assert.deepEqual(
    [account, url, eventTypes, description, createdBy, state, reason],
    ['acme-hosting', URL, ['order.created'], 'ours', 'customer', 'active', undefined],
  );
  assert.deepEqual(await secrets.get(webhook(endpointID)), [secret]);
  assert.equal((await admin.change(endpointID, { description: 'theirs' })).description, 'theirs');
  assert.deepEqual((await admin.change(endpointID, {})).eventTypes, ['order.created']);
  assert.equal((await admin.pause(endpointID)).state, 'paused');
  assert.equal((await admin.resume(endpointID)).state, 'active');
  const next = await admin.rotate(endpointID);
  assert.deepEqual(await secrets.get(webhook(endpointID)), [next, secret]);
  await putOrders([1]);
  await readFeed();
  await admin.remove(endpointID);
  assert.deepEqual(await secrets.get(webhook(endpointID)), []);
  assert.deepEqual(await execute(database, 'SELECT 1 FROM "webhookEvent"'), []);
  await assert.rejects(admin.remove(endpointID), { kind: 'not-found', field: 'endpointID' });
});

test('what cannot be an endpoint is refused, and leaves nothing behind', async (t) => {
  const { database, admin, reached } = await webhookStore(t);
  for (const [choice, field, message] of [
    [{ url: 'http://hooks.example/' }, 'url', /must begin with https/],
    [{ url: 'https://hooks.example/#x' }, 'url', /fragment/],
    [{ url: URL, eventTypes: [] }, 'eventTypes', /^the event types must be one or more of order.created, /],
    [{ url: URL, eventTypes: ['ping' as never] }, 'eventTypes', /must be one or more of/],
    [{ url: URL, description: 'x'.repeat(201) }, 'description', /^the description must/],
    [{ url: URL, description: 'a\u0000b' }, 'description', /^the description/],
  ] as const) {
    await assert.rejects(
      admin.add('acme-hosting', choice, 'operator'),
      (error: Error & { field?: string }) => {
        assert.deepEqual([error.name, error.field], ['AdminError', field]);
        assert.match(error.message, message);
        return true;
      },
    );
  }
  await assert.rejects(admin.add('missing', { url: URL }, 'operator'), /there is no account 'missing'/);
  for (let added = 0; added < ENDPOINTS_LIMIT; added++)
    await admin.add('acme-hosting', { url: URL }, 'customer');
  await assert.rejects(admin.add('acme-hosting', { url: URL }, 'operator'), { kind: 'limit-reached' });
  await admin.add('other', { url: URL }, 'customer');
  assert.deepEqual(reached, ['webhookEndpoints']);
  const [secrets] = await execute(database, 'SELECT count(*) AS n FROM secret');
  assert.equal(Number(secrets?.['n']), ENDPOINTS_LIMIT + 1);
});

test('endpoints are listed page by page, and those of an account are only its own', async (t) => {
  const { admin, store } = await webhookStore(t);
  const ids: string[] = [];
  for (const account of ['acme-hosting', 'other', 'acme-hosting', 'other', 'acme-hosting']) {
    ids.push((await admin.add(account, { url: URL }, 'customer')).endpoint.endpointID);
  }
  const listed: string[] = [];
  for (let after: string | undefined; ; ) {
    const { items, next } = await admin.list({ after, limit: 2 });
    listed.push(...items.map(({ endpointID }) => endpointID));
    if (next === undefined) break;
    after = next;
  }
  assert.deepEqual(listed.toSorted(), ids.toSorted());
  const { items } = await admin.list({ loginName: 'other', limit: 10 });
  assert.deepEqual(items.map(({ endpointID }) => endpointID).toSorted(), [ids[1], ids[3]].toSorted());
  const accountID = (await store.accounts.find('other'))?.accountID;
  const [mine = ''] = ids;
  for (const work of [
    () => admin.get(mine, { accountID }),
    () => admin.change(mine, { url: URL }, { accountID }),
    () => admin.pause(mine, { accountID }),
    () => admin.resume(mine, { accountID }),
    () => admin.rotate(mine, { accountID }),
    () => admin.test(mine, { accountID }),
    () => admin.resend(mine, 'msg_', { accountID }),
    () => admin.replay(mine, Date.now(), { accountID }),
    () => admin.events(mine, { limit: 1 }, 'customer', { accountID }),
    () => admin.remove(mine, { accountID }),
  ]) {
    await assert.rejects(work(), { kind: 'not-found', field: 'endpointID' });
  }
  assert.equal((await admin.get(mine)).state, 'active');
});

test('an account can test its endpoints so often an hour', async (t) => {
  const { admin, store, reached } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'customer')).endpoint;
  await admin.pause(endpointID);
  for (let tests = 0; tests < REQUESTS_PER_HOUR; tests++) await admin.test(endpointID);
  await assert.rejects(admin.test(endpointID), { kind: 'limit-reached' });
  assert.deepEqual(reached, ['webhookRequests']);
  const [due] = await store.webhookQueue.duePings(1);
  assert.deepEqual([due?.endpoint.endpointID, due?.event.type], [endpointID, 'ping']);
  const others = (await admin.add('other', { url: URL }, 'customer')).endpoint;
  await admin.test(others.endpointID);
});

test('customers do not change the URL of an endpoint that an operator created', async (t) => {
  const { admin } = await webhookStore(t);
  const { endpoint } = await admin.add('acme-hosting', { url: URL, description: 'ours' }, 'operator');
  const { endpointID, accountID } = endpoint;
  const url = 'https://10.0.0.1/';
  await assert.rejects(admin.change(endpointID, { url }, { accountID }), { kind: 'invalid', field: 'url' });
  const kept = await admin.change(endpointID, { url: URL, description: null }, { accountID });
  assert.deepEqual([kept.url, kept.description], [URL, undefined]);
  assert.equal((await admin.change(endpointID, { url })).url, url);
});

test('a URL is checked when it changes, with the rights of who added the endpoint', async (t) => {
  const { store, secrets } = await webhookStore(t);
  const checked: unknown[] = [];
  const checkUrl = async (url: string, { isOperators }: { readonly isOperators: boolean }) => {
    checked.push([url, isOperators]);
    return url;
  };
  const admin = new WebhookAdmin({ store, secrets, checkUrl });
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'customer')).endpoint;
  await admin.change(endpointID, { url: URL, description: 'ours' });
  const url = 'https://hooks.example/other';
  assert.equal((await admin.change(endpointID, { url })).url, url);
  assert.deepEqual(checked, [
    [URL, false],
    [url, false],
  ]);
});

test('an endpoint that was told of some events can be told of all again', async (t) => {
  const { admin } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'customer')).endpoint;
  const some = await admin.change(endpointID, { eventTypes: ['order.created'] });
  assert.deepEqual(some.eventTypes, ['order.created']);
  assert.equal((await admin.change(endpointID, { eventTypes: null })).eventTypes, undefined);
});

test('an account has one replay at a time, and an endless moment begins none', async (t) => {
  const { store, secrets, putOrders, reached } = await webhookStore(t);
  const reading = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const history: typeof store.history = {
    ...store.history,
    async forWebhooks(...range) {
      reading.resolve();
      await goOn.promise;
      return store.history.forWebhooks(...range);
    },
  };
  const onLimit = (limit: string) => reached.push(limit);
  const admin = new WebhookAdmin({ store: { ...store, history }, secrets, onLimit });
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'customer')).endpoint;
  await putOrders([1]);
  const sinceMs = Date.now() - 60_000;
  const first = admin.replay(endpointID, sinceMs);
  await reading.promise;
  await assert.rejects(admin.replay(endpointID, sinceMs), { kind: 'limit-reached' });
  assert.deepEqual(reached, ['webhookReplays']);
  goOn.resolve();
  assert.ok((await first) > 0);
  assert.equal(await admin.replay(endpointID, sinceMs), 0);
  await assert.rejects(admin.replay(endpointID, Number.NaN), { kind: 'invalid', field: 'since' });
});

test('an endpoint with many events is removed a few at a time, between which others write', async (t) => {
  const { database, store, admin, secrets, putOrders, readFeed } = await webhookStore(t);
  const { endpointID } = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  const other = (await admin.add('acme-hosting', { url: URL }, 'operator')).endpoint;
  await putOrders([1]);
  await readFeed();
  const copy = Array.from({ length: 1200 }, (_, index) => `('${index}', '${endpointID}')`).join(', ');
  await execute(
    database,
    `INSERT INTO "webhookEvent" ("eventID", "endpointID", type, "orderNumber", cursor, place, made, state)
     SELECT column1, column2, 'order.updated', 1, 1, 0, 1, 'delivered' FROM (VALUES ${copy}) AS copies`,
  );
  let isRemoved = false;
  const removal = store.webhookEndpoints.remove(endpointID).then((found) => {
    isRemoved = true;
    return found;
  });
  await store.webhookEndpoints.setState(other.endpointID, { state: 'paused' });
  await store.webhookQueue.replay(other.endpointID, []);
  assert.equal(isRemoved, false);
  assert.equal(await removal, true);
  const left = await execute(database, 'SELECT DISTINCT "endpointID" FROM "webhookEvent"');
  assert.deepEqual(
    left.map((row) => row['endpointID']),
    [other.endpointID],
  );
  // Its secret goes first, so that nothing of it is left when the removal is cut off.
  await admin.remove(other.endpointID);
  assert.deepEqual(await secrets.get(webhook(other.endpointID)), []);
  assert.equal(await store.webhookEndpoints.remove(endpointID), false);
});
