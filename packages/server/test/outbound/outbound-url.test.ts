import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutboundError } from '../../src/outbound/outbound-error.ts';
import { parseOutboundUrl, URL_LIMIT_BYTES } from '../../src/outbound/outbound-url.ts';

test('a URL comes out in its normal spelling, and in parts', () => {
  const { href, ...parts } = parseOutboundUrl('HTTPS://Hooks.Example.:8443/a b?c=%20'.replace(' ', '%20'));
  assert.equal(href, 'https://hooks.example:8443/a%20b?c=%20');
  assert.deepEqual(parts, { host: 'hooks.example', port: 8443, path: '/a%20b?c=%20' });
  assert.equal(parseOutboundUrl('https://bücher.example').host, 'xn--bcher-kva.example');
  assert.equal(parseOutboundUrl('https://hooks.example:443').href, 'https://hooks.example/');
  assert.equal(parseOutboundUrl('https://hooks.example/@a').path, '/@a');
});

/** Spellings that other software reads differently, and the host that they are. */
const SPELLINGS: Record<string, string> = {
  'https://0x7f.1/': '127.0.0.1',
  'https://2130706433/': '127.0.0.1',
  'https://0177.0.0.01/': '127.0.0.1',
  'https://127.1/': '127.0.0.1',
  'https://127.0.0.1./': '127.0.0.1',
  'https://１２７.０.０.１/': '127.0.0.1',
  'https://127。0。0。1/': '127.0.0.1',
  'https://%31%32%37.0.0.1/': '127.0.0.1',
  'https://0/': '0.0.0.0',
  'https://[::ffff:127.0.0.1]/': '::ffff:7f00:1',
  'https://[0:0:0:0:0:0:0:1]/': '::1',
  'https://[::127.0.0.1]/': '::7f00:1',
  'https://ⓛocalhost/': 'localhost',
};
for (const [url, host] of Object.entries(SPELLINGS)) {
  test(`${url} is the host ${host}`, () => assert.equal(parseOutboundUrl(url).host, host));
}

const REFUSED: Record<string, RegExp> = {
  '': /must begin with https/,
  'hooks.example': /must begin with https/,
  'http://hooks.example/': /must begin with https/,
  'ftp://hooks.example/': /must begin with https/,
  'file:///etc/passwd': /must begin with https/,
  'https:hooks.example/': /must begin with https/,
  'https:///hooks.example/': /must begin with https/,
  'https:\\\\hooks.example/': /no spaces, control characters or backslashes/,
  'https://hooks.example\\@127.0.0.1/': /no spaces, control characters or backslashes/,
  ' https://hooks.example/': /no spaces/,
  'https://hooks.example/a b': /no spaces/,
  'https://hooks.example/\n': /no spaces/,
  'https://ho\toks.example/': /no spaces/,
  'https://hooks.example/\u0000': /no spaces/,
  'https://user:secret@hooks.example/': /no login and password/,
  'https://user@hooks.example/': /no login and password/,
  'https://@hooks.example/': /no login and password/,
  'https://1.1.1.1@127.0.0.1/': /no login and password/,
  'https://hooks.example/#secret': /no fragment/,
  'https://hooks.example#': /no fragment/,
  'https://hooks.example:0/': /port from 1 to 65535/,
  'https://hooks.example:65536/': /not a valid URL/,
  'https://256.1.1.1/': /not a valid URL/,
  'https://[fe80::1%25eth0]/': /not a valid URL/,
  'https://[::1/': /not a valid URL/,
  'https://?secret': /not a valid URL/,
  'https://./': /must name a host|not a valid URL/,
  'https://hooks.example../': /must name a host/,
  'https://127.0.0.1../': /must name a host/,
};
for (const [url, message] of Object.entries(REFUSED)) {
  test(`refused: ${JSON.stringify(url)}`, () => {
    assert.throws(
      () => parseOutboundUrl(url),
      (error) => {
        assert.ok(error instanceof OutboundError);
        assert.equal(error.code, 'url');
        assert.match(error.message, message);
        assert.doesNotMatch(error.message, /secret/);
        assert.equal(error.customerMessage, error.message);
        return true;
      },
    );
  });
}

test(`a URL has at most ${URL_LIMIT_BYTES} bytes, also as it is sent`, () => {
  const start = 'https://hooks.example/';
  parseOutboundUrl(start.padEnd(URL_LIMIT_BYTES, 'a'));
  assert.throws(() => parseOutboundUrl(start.padEnd(URL_LIMIT_BYTES + 1, 'a')), /at most 2048 bytes/);
  // Each of these letters is six bytes when it is sent.
  assert.throws(() => parseOutboundUrl(start + 'ü'.repeat(1000)), /at most 2048 bytes/);
});
