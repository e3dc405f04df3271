/** What a browser session may do to the account's passwords: nothing without the password. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACME, type RunningService, runService } from '../running-service.ts';
import { type PageClient, pageClient } from './page-client.ts';

const NEW = 'battery staple';
const WRONG = 'The current password is wrong.';
const THROTTLED = 'Too many wrong passwords were given. Wait some minutes before you try again.';

/** What a proxy says of a browser at an address. */
function from(address: string) {
  return { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
}

async function errorCode(service: RunningService, loginPassword: string) {
  const form = { loginName: ACME.loginName, loginPassword, orderNumber: '7250060', queryType: '0' };
  return new URLSearchParams((await service.ask(form)).body).get('errorCode');
}

async function change(client: PageClient, form: Record<string, string>, address?: string) {
  const { status, body } = await client.post('/passwords', form, address === undefined ? {} : from(address));
  const [, text] = /<p class="notice (?:good|bad)" role="(?:status|alert)">([^<]*)</.exec(body) ?? [];
  return { status, text };
}

test('a session adds, retires and discards no password, and learns of none, without the current one', async (t) => {
  const service = await runService(t, { settings: { pages: true, trustProxy: ['127.0.0.1'] } });
  const client = pageClient(service);
  let attempts = 0;
  /** Each from an address of its own, so that none has to wait for the failures of those before. */
  const attempt = (form: Record<string, string>) => change(client, form, `192.0.2.${++attempts}`);
  await client.signIn(ACME, from('192.0.2.0'));
  const forms: readonly Record<string, string>[] = [
    { act: 'add', password: NEW, again: NEW },
    // The password that the account has: the session alone says nothing of it.
    { act: 'add', password: ACME.loginPassword, again: ACME.loginPassword },
    { act: 'retire' },
    { act: 'discard' },
  ];
  for (const form of forms) {
    const currents: readonly Record<string, string>[] = [
      {},
      { current: 'wrong' },
      { current: 'x'.repeat(1000) },
    ];
    for (const current of currents) {
      assert.deepEqual(await attempt({ ...form, ...current }), { status: 422, text: WRONG });
    }
  }
  assert.deepEqual(
    [await errorCode(service, ACME.loginPassword), await errorCode(service, NEW)],
    ['0', '-16'],
  );

  const current = ACME.loginPassword;
  const same = await attempt({ act: 'add', current, password: current, again: current });
  assert.match(same.text ?? '', /^That is the password that you have already/);
  assert.equal((await attempt({ act: 'add', current, password: NEW, again: NEW })).status, 200);
  assert.deepEqual(await attempt({ act: 'discard' }), { status: 422, text: WRONG });
  assert.equal((await attempt({ act: 'discard', current })).status, 200);
  assert.equal(await errorCode(service, NEW), '-16');
  assert.equal((await attempt({ act: 'add', current, password: NEW, again: NEW })).status, 200);
  assert.deepEqual(await attempt({ act: 'retire', current: 'wrong' }), { status: 422, text: WRONG });
  // Either of the two is a current one.
  assert.equal((await attempt({ act: 'retire', current: NEW })).status, 200);
  assert.deepEqual(
    [await errorCode(service, ACME.loginPassword), await errorCode(service, NEW)],
    ['-16', '0'],
  );
  const changes = service.log.filter(({ msg }) => msg === 'a password was changed');
  assert.deepEqual(
    changes.map(({ account, act, address }) => [account, act, address]),
    ['add', 'discard', 'add', 'retire'].map((act, index) => [
      'acme-hosting',
      act,
      `192.0.2.${[14, 16, 17, 19][index]}`,
    ]),
  );
  assert.doesNotMatch(service.logText(), /correct horse|battery staple/);
});

test('guesses of the current password are throttled, and count, like those of every login', async (t) => {
  const service = await runService(t, { settings: { pages: true, trustProxy: ['127.0.0.1'] } });
  const client = pageClient(service);
  await client.signIn(ACME, from('192.0.2.0'));
  const guess = (address: string) => change(client, { act: 'retire', current: 'wrong' }, address);
  // A few together, so that they need not wait for one another's failures.
  for (let round = 0; ; round++) {
    assert.ok(round < 20);
    const answers = await Promise.all(Array.from({ length: 5 }, () => guess('192.0.2.1')));
    if (answers.every(({ text }) => text === THROTTLED)) break;
  }
  const form = { ...ACME, orderNumber: '7250060', queryType: '0' };
  assert.match((await service.ask(form, { headers: from('192.0.2.1') })).body, /^errorCode=-16&/);
  assert.equal(service.log.at(-1)?.['throttled'], true);
});

test('a new password has at least 12 characters, and those of before go on working', async (t) => {
  const service = await runService(t, { settings: { pages: true } });
  const client = pageClient(service);
  await client.signIn();
  const current = ACME.loginPassword;
  const tooShort = 'The new password has fewer than 12 characters.';
  for (const password of ['x', 'elevenchars', '😀'.repeat(11)]) {
    const said = await change(client, { act: 'add', current, password, again: password });
    assert.deepEqual(said, { status: 422, text: tooShort });
  }
  const { body } = await client.get('/passwords');
  assert.match(body, /at least 12 characters/);
  assert.equal(body.match(/minlength="12"/g)?.length, 2);
  const password = '😀'.repeat(12);
  assert.equal((await change(client, { act: 'add', current, password, again: password })).status, 200);
  assert.equal(await errorCode(service, password), '0');
});
