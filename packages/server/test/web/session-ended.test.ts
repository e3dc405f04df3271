/**
 * A browser whose session has ended is told so at its next request, wherever that leads; strangers see what they always
 * saw.
 */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

const NOTICE = /<p class="notice bad" role="alert">You are signed out: /;

describe('A session that has ended', () => {
  test('console: the token was revoked', async (t) => {
    const service = await runManagedService(t, { orders: [acmeOrder()], settings: { pages: true } });
    const port = service.managementPort ?? 0;
    const client = pageClient({ port });
    await client.post('/console/sign-in', { token: service.tokens.admin });
    assert.equal((await client.get('/console/orders')).status, 200);
    const store = await openStore(service.database, 'write');
    t.after(() => store.close());
    for (const { name, scope } of await store.tokens.list()) {
      if (scope === 'admin') await store.tokens.revoke(name);
    }
    for (const path of [
      '/console/orders',
      '/console/orders/7250060',
      '/console/orders/1',
      '/console/tokens',
    ]) {
      const { status, headers } = await client.get(path);
      assert.deepEqual([status, headers['location']], [303, '/console'], path);
    }
    const form = await client.post('/console/orders/7250060/change', { act: 'cancel' });
    assert.deepEqual([form.status, form.headers['location']], [303, '/console']);
    assert.match((await client.get('/console')).body, NOTICE);

    const stranger = pageClient({ port });
    for (const path of ['/console/orders', '/console/orders/7250060', '/console/orders/1']) {
      assert.equal((await stranger.get(path)).status, 404);
    }
    assert.doesNotMatch((await stranger.get('/console')).body, NOTICE);
  });

  test('checker: the account was disabled, or bound to another network, or the reader signed out', async (t) => {
    const service = await runManagedService(t, { orders: [acmeOrder()], settings: { pages: true } });
    const store = await openStore(service.database, 'write');
    t.after(() => store.close());
    const client = pageClient(service);
    await client.signIn();
    for (const [end, restore] of [
      [
        () => store.accounts.setAllowedAddresses('acme-hosting', ['192.0.2.0/24']),
        () => store.accounts.setAllowedAddresses('acme-hosting', []),
      ],
      [
        () => store.accounts.setDisabled('acme-hosting', true),
        () => store.accounts.setDisabled('acme-hosting', false),
      ],
    ] as const) {
      assert.equal((await client.get('/orders/7250060')).status, 200);
      await end();
      for (const path of [
        '/orders/7250060',
        '/orders/1',
        '/passwords',
        '/look-up?kind=order&number=7250060',
      ]) {
        const { status, headers } = await client.get(path);
        assert.deepEqual([status, headers['location']], [303, '/'], path);
      }
      assert.match((await client.get('/')).body, NOTICE);
      await restore();
      await client.signIn();
      assert.doesNotMatch((await client.get('/')).body, NOTICE);
    }
    await client.post('/sign-out', {});
    assert.doesNotMatch((await client.get('/')).body, NOTICE);
    assert.equal((await client.get('/orders/7250060')).status, 404);
    const ofAnotherService = pageClient(service, new Map([['__Host-orders-00000000', 'x']]));
    assert.equal((await ofAnotherService.get('/orders/7250060')).status, 404);
    assert.doesNotMatch((await ofAnotherService.get('/')).body, NOTICE);
  });
});
