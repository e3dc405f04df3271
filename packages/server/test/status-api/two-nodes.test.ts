import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, runService } from '../running-service.ts';

test('two services on one database: what one is told counts for the other from the very next request on', async (t) => {
  const told = await runManagedService(t);
  const other = await runService(t, { database: told.database });
  const { loginName } = ACME;
  const manage = (route: string, body?: object) =>
    told.manage(route, { token: told.tokens.admin, ...(body !== undefined && { body }) });
  const codeFor = async (loginPassword: string) => {
    const form = { loginName, loginPassword, orderNumber: '7250060', queryType: '0' };
    return new URLSearchParams((await other.ask(form)).body).get('errorCode');
  };
  // Remembered by the other from here on.
  assert.equal(await codeFor(ACME.loginPassword), '0');
  assert.equal(await codeFor(ACME.loginPassword), '0');

  const { status } = await manage(`PUT /v1/accounts/${loginName}/password`, {
    loginPassword: 'battery staple',
  });
  assert.equal(status, 200);
  assert.equal(await codeFor(ACME.loginPassword), '-16');
  assert.equal(await codeFor('battery staple'), '0');

  await manage(`POST /v1/accounts/${loginName}/disable`);
  assert.equal(await codeFor('battery staple'), '-16');
});
