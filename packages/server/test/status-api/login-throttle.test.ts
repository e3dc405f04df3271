import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACME, runService } from '../running-service.ts';

const PROXY = { trustProxy: ['127.0.0.1'] };

test('guessing is stopped with -16, without a hash, for known and unknown logins alike', async (t) => {
  const service = await runService(t, { settings: PROXY });
  const ask = async (loginName: string, loginPassword: string, address: string) => {
    const form = { loginName, loginPassword, orderNumber: '7250060', queryType: '0' };
    const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
    const { status, body, headers: answered } = await service.ask(form, { headers });
    const { date: _, ...others } = answered;
    return {
      code: new URLSearchParams(body).get('errorCode'),
      whole: JSON.stringify([status, body, others]),
    };
  };
  // Verified before the guessing begins: not concerned by any of it.
  const verified = '203.0.113.1';
  assert.equal((await ask(ACME.loginName, ACME.loginPassword, verified)).code, '0');

  const answers = new Set<string>();
  for (const [loginName, address] of [
    [ACME.loginName, '192.0.2.1'],
    ['nobody', '192.0.2.2'],
  ] as const) {
    // A few together, so that they need not wait for one another's failures.
    for (let round = 0; round < 4; round++) {
      await Promise.all(Array.from({ length: 4 }, (_, guess) => ask(loginName, `${round}${guess}`, address)));
    }
    for (const password of ['guess', ACME.loginPassword]) {
      const { code, whole } = await ask(loginName, password, address);
      assert.equal(code, '-16');
      answers.add(whole);
    }
  }
  assert.equal(answers.size, 1);
  const throttled = service.log.filter((line) => line['throttled'] === true);
  assert.ok(throttled.length >= 4);
  for (const line of throttled) assert.equal(line['account'], undefined);

  assert.equal((await ask(ACME.loginName, ACME.loginPassword, verified)).code, '0');
  // Somebody else who comes for the first time.
  assert.equal((await ask(ACME.loginName, ACME.loginPassword, '203.0.113.2')).code, '0');
});

test("a good login that asks for what is not the account's is no failure", async (t) => {
  const service = await runService(t, { settings: PROXY });
  const headers = { 'X-Forwarded-For': '192.0.2.1', 'X-Forwarded-Proto': 'https' };
  for (let count = 0; count < 30; count++) {
    const { body } = await service.ask({ ...ACME, orderNumber: '1', queryType: '0' }, { headers });
    assert.match(body, /^errorCode=-4&/);
  }
  assert.ok(service.log.every((line) => line['throttled'] === undefined));
});
