import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newToken } from '../../src/accounts/token-admin.ts';
import { runCommand } from '../command.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { ACME, sendRequest } from '../running-service.ts';

test('audit shows who failed to log in, and who came with which token', async (t) => {
  const service = await runManagedService(t);
  const question = { orderNumber: '7250060', queryType: '0' };
  await service.ask({ ...ACME, ...question, loginPassword: 'a wrong one' });
  await service.ask({ ...ACME, ...question, loginPassword: 'another' });
  await service.ask({ loginName: 'my-password-by-mistake', loginPassword: 'x', ...question });
  await service.ask({ ...ACME, ...question });
  for (let count = 0; count < 3; count++) await service.manage('GET /v1/orders');
  await service.manage('GET /v1/accounts', { token: newToken() });
  await service.manage('GET /v1/accounts', { token: null });
  const signIn = (token: string) =>
    sendRequest({
      scheme: 'https',
      port: service.managementPort ?? 0,
      method: 'POST',
      path: '/console/sign-in',
      headers: {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Sec-Fetch-Site': 'same-origin',
        Origin: `https://127.0.0.1:${service.managementPort}`,
        Host: `127.0.0.1:${service.managementPort}`,
      },
      body: new URLSearchParams({ token }).toString(),
    });
  assert.equal((await signIn(service.tokens.admin)).status, 303);
  assert.equal((await signIn(service.tokens.read)).status, 422);
  // What is not written yet is written when it stops.
  await service.stop();

  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCommand(['audit', ...args, '--database', service.database]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const lines = (text: string) =>
    text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const failures = await run('failures', '--json');
  assert.deepEqual(
    lines(failures).map(({ loginName, address, failures: times }) => [loginName, address, times]),
    [
      [ACME.loginName, '127.0.0.1', 2],
      ['', '127.0.0.1', 1],
    ],
  );
  assert.ok(!failures.includes('mistake'));
  assert.match(
    await run('failures'),
    /^HOUR +LOGIN +ADDRESS +FAILURES\n\d{4}-\d\d-\d\dT\d\d:00:00\.000Z +acme-hosting +127\.0\.0\.1 +2\n/,
  );

  const operators = lines(await run('operators', '--json')).map(
    ({ surface, tokenName, address, succeeded, times }) =>
      [surface, tokenName, address, succeeded, times].join(' '),
  );
  assert.deepEqual(operators.toSorted(), [
    'api  127.0.0.1 false 1',
    'api writer 127.0.0.1 true 3',
    'console admin 127.0.0.1 true 1',
    'console reader 127.0.0.1 false 1',
  ]);
  assert.match(
    await run('operators', '--limit', '1'),
    /^AT +WHERE +TOKEN +ADDRESS +OUTCOME +TIMES\n[^\n]+console[^\n]+\n$/,
  );
});
