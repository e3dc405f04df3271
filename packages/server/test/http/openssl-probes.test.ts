/** What OpenSSL's own client finds at the port. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { runService } from '../running-service.ts';
import { makeCertificate } from './certificates.ts';

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

async function probe(t: TestContext, port: number, options: readonly string[], input = ''): Promise<string> {
  const client = spawn('openssl', ['s_client', '-connect', `127.0.0.1:${port}`, ...options], {
    stdio: 'pipe',
  });
  t.after(() => client.kill());
  client.stdin.on('error', () => {});
  client.stdin.end(input);
  const [out, err] = await Promise.all([text(client.stdout), text(client.stderr)]);
  return out + err;
}

test('openssl s_client: modern protocols and ciphers are taken', { skip: !hasOpenssl }, async (t) => {
  const { port } = await runService(t);
  for (const [options, expected] of [
    [['-tls1_3'], /TLSv1\.3, Cipher is TLS_AES_(128_GCM_SHA256|256_GCM_SHA384)/],
    [['-tls1_2'], /TLSv1\.2, Cipher is ECDHE-ECDSA-(AES|CHACHA20)/],
    [['-tls1_2', '-cipher', 'ECDHE-ECDSA-CHACHA20-POLY1305'], /Cipher is ECDHE-ECDSA-CHACHA20-POLY1305/],
    [['-alpn', 'http/1.1'], /ALPN protocol: http\/1\.1/],
    [['-alpn', 'http/1.0'], /ALPN protocol: http\/1\.0/],
  ] as const) {
    const output = await probe(t, port, options);
    assert.match(output, expected);
    assert.match(output, /Compression: NONE/);
    assert.match(output, /Secure Renegotiation IS (NOT )?supported/);
  }
});

test('openssl s_client: what is not recommended any more is refused', { skip: !hasOpenssl }, async (t) => {
  const { port } = await runService(t);
  for (const options of [
    ['-tls1_1', '-cipher', 'ALL:@SECLEVEL=0'],
    ['-tls1', '-cipher', 'ALL:@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES128-SHA256:@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'AES128-GCM-SHA256:AES256-SHA:@SECLEVEL=0'],
    ['-tls1_2', '-cipher', 'aNULL:eNULL:@SECLEVEL=0'],
    ['-alpn', 'h2'],
  ]) {
    const output = await probe(t, port, options);
    assert.match(output, /Cipher is \(NONE\)/, options.join(' '));
  }
});

test('openssl s_client: with RSA, TLS 1.2 has ECDHE and authenticated encryption only; DHE is refused', {
  skip: !hasOpenssl,
}, async (t) => {
  const { port } = await runService(t, {
    settings: { tls: { pair: await makeCertificate('rsa', { type: 'RSA' }) } },
  });
  for (const [cipher, isSpoken] of [
    ['ECDHE-RSA-AES128-GCM-SHA256', true],
    ['ECDHE-RSA-AES256-GCM-SHA384', true],
    ['ECDHE-RSA-CHACHA20-POLY1305', true],
    ['DHE-RSA-AES128-GCM-SHA256', false],
    ['DHE-RSA-AES256-GCM-SHA384', false],
    ['DHE-RSA-CHACHA20-POLY1305', false],
    ['DHE-RSA-AES256-SHA256', false],
    ['ECDHE-RSA-AES128-SHA256', false],
  ] as const) {
    const output = await probe(t, port, ['-tls1_2', '-cipher', `${cipher}:@SECLEVEL=0`]);
    assert.match(output, isSpoken ? new RegExp(`Cipher is ${cipher}`) : /Cipher is \(NONE\)/, cipher);
  }
});

test('openssl s_client: renegotiation is refused', { skip: !hasOpenssl }, async (t) => {
  const { port } = await runService(t);
  const output = await probe(t, port, ['-tls1_2'], 'R\n');
  assert.match(output, /RENEGOTIATING/);
  assert.match(output, /no renegotiation/);
});
