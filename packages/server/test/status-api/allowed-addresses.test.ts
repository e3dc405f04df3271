import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { ACME, runService } from '../running-service.ts';

test('an account that is bound to networks is refused elsewhere, as with a wrong password, from the very next request on', async (t) => {
  const service = await runService(t, { settings: { trustProxy: ['127.0.0.1'] } });
  const ask = async (address: string, given = {}) => {
    const form = { ...ACME, orderNumber: '7250060', queryType: '0', ...given };
    const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
    return (await service.ask(form, { headers })).body;
  };
  for (const address of ['10.1.2.3', '2001:db8::1', '192.0.2.1']) {
    assert.match(await ask(address), /^errorCode=0&/);
  }
  const store = await openStore(service.database, 'write');
  await store.accounts.setAllowedAddresses(ACME.loginName, ['10.0.0.0/8', '2001:db8::/32']);
  await store.close();
  const denied = await ask('192.0.2.1', { loginPassword: 'wrong' });
  assert.match(denied, /^errorCode=-16&/);
  assert.equal(await ask('192.0.2.1'), denied);
  assert.match(await ask('10.1.2.3'), /^errorCode=0&/);
  assert.match(await ask('2001:db8:0:1::9'), /^errorCode=0&/);
  // Remembered by now, and nevertheless refused from elsewhere.
  assert.equal(await ask('192.0.2.1'), denied);
  assert.equal(await ask('2001:db9::1'), denied);
});
