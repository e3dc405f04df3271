import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { NOT_HTTPS, NOT_POST, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const TRUSTING = { settings: { trustProxy: ['127.0.0.0/8'] } };
const TRUSTING_ANOTHER = { settings: { trustProxy: ['10.0.0.0/8', '::1'] } };
const proto = (value: string | string[]) => ({ 'X-Forwarded-Proto': value });

test('a trusted proxy’s request is https exactly when the last X-Forwarded-Proto value is https', async (t) => {
  const service = await runService(t, TRUSTING);
  for (const scheme of ['http', 'https'] as const) {
    for (const value of [
      'https',
      'HTTPS',
      'http, Https',
      'http, https',
      'http,https',
      'http , https ',
      ['http', 'https'],
    ]) {
      const answer = await service.ask(QUESTION, { scheme, headers: proto(value) });
      assert.equal(answer.body, STATUS_ANSWER, `${scheme} ${value}`);
    }
    for (const value of [
      'http',
      'https, http',
      'https,http',
      ['https', 'http'],
      'wss',
      'https;',
      'https,',
      '',
    ]) {
      const answer = await service.ask(QUESTION, { scheme, headers: proto(value) });
      assert.equal(answer.body, NOT_HTTPS, `${scheme} ${value}`);
    }
  }
});

test('a trusted proxy’s request without X-Forwarded-Proto is https when the connection is TLS', async (t) => {
  const service = await runService(t, TRUSTING);
  assert.equal((await service.ask(QUESTION, { scheme: 'https' })).body, STATUS_ANSWER);
  assert.equal((await service.ask(QUESTION, { scheme: 'http' })).body, NOT_HTTPS);
});

test('a trusted proxy that sends no X-Forwarded-Proto over plain http is warned of, once, with the header’s name', async (t) => {
  const service = await runService(t, TRUSTING);
  await service.ask(QUESTION, { scheme: 'https' });
  const warnings = () => service.log.filter(({ level }) => level === 40);
  assert.deepEqual(warnings(), []);
  for (let count = 0; count < 3; count++) await service.ask(QUESTION, { scheme: 'http' });
  const [warning, ...more] = warnings();
  assert.match(
    String(warning?.['msg']),
    /^a trusted proxy sent a request over plain http that names no scheme in X-Forwarded-Proto, /,
  );
  assert.equal(warning?.['proxy'], '127.0.0.1');
  assert.deepEqual(more, []);
});

test('any other peer’s X-Forwarded-Proto is ignored', async (t) => {
  for (const options of [{}, TRUSTING_ANOTHER]) {
    const service = await runService(t, options);
    const forged = await service.ask(QUESTION, { scheme: 'http', headers: proto('https') });
    assert.equal(forged.body, NOT_HTTPS);
    const real = await service.ask(QUESTION, { scheme: 'https', headers: proto('http') });
    assert.equal(real.body, STATUS_ANSWER);
  }
});

test('other forwarding headers prove nothing', async (t) => {
  const service = await runService(t, TRUSTING);
  const headers = {
    Forwarded: 'proto=https',
    'X-Forwarded-Ssl': 'on',
    'X-Forwarded-Port': '443',
    'Front-End-Https': 'on',
  };
  assert.equal((await service.ask(QUESTION, { scheme: 'http', headers })).body, NOT_HTTPS);
});

test('with --forwarded-headers forwarded, the last element of Forwarded decides, and X-Forwarded-… prove nothing', async (t) => {
  const service = await runService(t, {
    settings: { trustProxy: ['127.0.0.0/8'], forwardedHeaders: 'forwarded' },
  });
  const ask = (scheme: 'http' | 'https', headers: Record<string, string | string[]>) =>
    service.ask(QUESTION, { scheme, headers }).then(({ body }) => body);
  for (const value of [
    'proto=https',
    'for=192.0.2.7;PROTO="HTTPS"',
    'proto=http, for=192.0.2.7;proto=https',
    ['proto=http', 'proto=https'],
  ]) {
    for (const scheme of ['http', 'https'] as const)
      assert.equal(await ask(scheme, { Forwarded: value, ...proto('http') }), STATUS_ANSWER, String(value));
  }
  for (const value of ['proto=http', 'proto=https, proto=http', 'proto=https, for="', 'proto', 'proto=wss']) {
    for (const scheme of ['http', 'https'] as const)
      assert.equal(await ask(scheme, { Forwarded: value, ...proto('https') }), NOT_HTTPS, value);
  }
  assert.equal(await ask('http', proto('https')), NOT_HTTPS);
  assert.equal(await ask('http', { Forwarded: 'proto=https, for=192.0.2.7' }), NOT_HTTPS);
  assert.equal(await ask('https', proto('http')), STATUS_ANSWER);
  const [warning] = service.log.filter(({ level }) => level === 40);
  assert.match(String(warning?.['msg']), /names no scheme in Forwarded, /);
});

test('without a certificate the port speaks plain HTTP to a proxy', async (t) => {
  const service = await runService(t, { ...TRUSTING, withoutTls: true });
  const forwarded = { scheme: 'http', headers: proto('https') } as const;
  assert.equal((await service.ask(QUESTION, forwarded)).body, STATUS_ANSWER);
  assert.equal((await service.ask('', { ...forwarded, method: 'GET' })).body, NOT_POST);
  assert.equal((await service.ask(QUESTION, { scheme: 'http' })).body, NOT_HTTPS);
  const printed = await curl(
    '--header',
    'X-Forwarded-Proto: https',
    '--data',
    QUESTION,
    `http://127.0.0.1:${service.port}${STATUS_PATH}`,
  );
  assert.equal(printed, STATUS_ANSWER);
});

test('without a certificate anybody else gets -1', async (t) => {
  const service = await runService(t, { ...TRUSTING_ANOTHER, withoutTls: true });
  const answer = await service.ask(QUESTION, { scheme: 'http', headers: proto('https') });
  assert.equal(answer.body, NOT_HTTPS);
});
