import assert from 'node:assert/strict';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { TrustedProxies } from '../../src/http/trusted-proxies.ts';

/** A request from that peer, over a connection of that kind. */
function requestFrom(peer: string | undefined, headers: IncomingHttpHeaders = {}, isTls = false) {
  const socket = isTls ? new TLSSocket(new Socket()) : new Socket();
  Object.defineProperty(socket, 'remoteAddress', { value: peer });
  return { socket, headers } as IncomingMessage;
}

test('an address is trusted when it is in one of the networks', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32', '::1']);
  for (const address of [
    '10.0.0.0',
    '10.255.255.255',
    '192.0.2.7',
    '2001:db8:ffff::1',
    '::1',
    '0:0:0:0:0:0:0:1',
  ]) {
    assert.ok(proxies.has(address), address);
  }
  for (const address of [
    '9.255.255.255',
    '11.0.0.0',
    '192.0.2.6',
    '2001:db9::',
    '::2',
    '::',
    '',
    'localhost',
  ]) {
    assert.ok(!proxies.has(address), address);
  }
});

test('without networks nobody is trusted', () => {
  const proxies = new TrustedProxies([]);
  for (const address of ['127.0.0.1', '::1', '10.0.0.1']) assert.ok(!proxies.has(address));
});

test('an IPv4 peer on a socket that speaks both is known by its IPv4 address', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8']);
  assert.ok(proxies.isPeerOf(requestFrom('::ffff:10.1.2.3')));
  assert.ok(proxies.isPeerOf(requestFrom('::FFFF:10.1.2.3')));
  assert.ok(!proxies.isPeerOf(requestFrom('::ffff:11.1.2.3')));
  assert.equal(proxies.clientAddress(requestFrom('::ffff:11.1.2.3')), '11.1.2.3');
});

test('a peer’s scope does not matter', () => {
  const proxies = new TrustedProxies(['fe80::/10']);
  assert.ok(proxies.isPeerOf(requestFrom('fe80::1%eth0')));
});

test('with Forwarded, the client is the nearest address that is no trusted proxy', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', '2001:db8::/32'], { forwardedHeaders: 'forwarded' });
  for (const [forwarded, address] of [
    ['for=192.0.2.7', '192.0.2.7'],
    ['for=198.51.100.1, for="192.0.2.7:4711"', '192.0.2.7'],
    ['for=192.0.2.7, for=10.0.0.2;by=10.0.0.1', '192.0.2.7'],
    ['for="[2001:db9::7]:4711", for="[2001:db8::2]"', '2001:db9::7'],
    ['for=192.0.2.7, for=unknown', '10.0.0.1'],
    ['for=192.0.2.7, for=_hidden, for=10.0.0.2', '10.0.0.2'],
    ['for=192.0.2.7, proto=https', '10.0.0.1'],
    ['for=192.0.2.7, for="', '10.0.0.1'],
    ['', '10.0.0.1'],
  ] as const) {
    const headers = { forwarded, 'x-forwarded-for': '203.0.113.9' };
    assert.equal(proxies.clientAddress(requestFrom('10.0.0.1', headers)), address, forwarded);
  }
  assert.equal(proxies.clientAddress(requestFrom('11.0.0.1', { forwarded: 'for=192.0.2.7' })), '11.0.0.1');
});

test('a peer that is gone is nobody', () => {
  const proxies = new TrustedProxies(['0.0.0.0/0', '::/0']);
  const gone = requestFrom(undefined, { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' });
  assert.ok(!proxies.isPeerOf(gone));
  assert.ok(!proxies.isHttps(gone));
  assert.equal(proxies.clientAddress(gone), '');
});

test('a trusted peer’s last X-Forwarded-Proto value says whether it was https', () => {
  const proxies = new TrustedProxies(['10.0.0.1']);
  for (const isTls of [false, true]) {
    const isHttps = (value: string) =>
      proxies.isHttps(requestFrom('10.0.0.1', { 'x-forwarded-proto': value }, isTls));
    assert.ok(isHttps('https'));
    assert.ok(isHttps('http, https'));
    assert.ok(!isHttps('https, http'));
    assert.ok(!isHttps('http'));
    assert.equal(proxies.isHttps(requestFrom('10.0.0.1', {}, isTls)), isTls);
  }
});

test('any other peer’s connection says whether it was https', () => {
  const proxies = new TrustedProxies(['10.0.0.1']);
  for (const value of ['https', 'http']) {
    assert.ok(proxies.isHttps(requestFrom('10.0.0.2', { 'x-forwarded-proto': value }, true)));
    assert.ok(!proxies.isHttps(requestFrom('10.0.0.2', { 'x-forwarded-proto': value }, false)));
  }
});

test('the caller is the rightmost X-Forwarded-For entry that is not trusted, read through trusted ones only', () => {
  const proxies = new TrustedProxies(['10.0.0.0/8', 'fd00::/8']);
  const caller = (peer: string, forwardedFor: string) =>
    proxies.clientAddress(requestFrom(peer, { 'x-forwarded-for': forwardedFor }));
  assert.equal(caller('10.0.0.1', '198.51.100.7, 203.0.113.9, 10.0.0.2'), '203.0.113.9');
  assert.equal(caller('fd00::1', '2001:db8::7, fd00::2'), '2001:db8::7');
  assert.equal(caller('fd00::1', '[2001:db8::7]:4711, 10.0.0.9:80'), '2001:db8::7');
  assert.equal(caller('203.0.113.1', '198.51.100.7, 10.0.0.2'), '203.0.113.1');
  assert.equal(caller('10.0.0.1', '10.0.0.3, 10.0.0.2'), '10.0.0.3');
  assert.equal(caller('10.0.0.1', '203.0.113.9, _hidden, 10.0.0.2'), '10.0.0.2');
});
