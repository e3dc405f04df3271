import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { parseForwarded } from '../../src/http/forwarded.ts';

const element = (parts: { for?: string; proto?: string; host?: string }) => ({
  for: undefined,
  proto: undefined,
  host: undefined,
  ...parts,
});

test('Forwarded is read as RFC 7239 has it', () => {
  for (const [value, elements] of [
    ['', []],
    [' , ;, ', []],
    ['for=192.0.2.43', [element({ for: '192.0.2.43' })]],
    ['For="[2001:db8:cafe::17]:4711"', [element({ for: '[2001:db8:cafe::17]:4711' })]],
    ['for=192.0.2.60;proto=http;by=203.0.113.43', [element({ for: '192.0.2.60', proto: 'http' })]],
    [
      'for=192.0.2.43, for=198.51.100.17',
      [element({ for: '192.0.2.43' }), element({ for: '198.51.100.17' })],
    ],
    [
      'for=_gazonk;;PROTO=HTTPS ; host="orders.example:8443"',
      [element({ for: '_gazonk', proto: 'HTTPS', host: 'orders.example:8443' })],
    ],
    ['for=unknown,\tproto="ht\\tps"', [element({ for: 'unknown' }), element({ proto: 'https' })]],
    ['for="a,b;c=\\"d\\\\"', [element({ for: 'a,b;c="d\\' })]],
    ['secret=x;proto=https', [element({ proto: 'https' })]],
  ] as const) {
    assert.deepEqual(parseForwarded(value), elements, value);
  }
});

test('a header with any part that is malformed is none', () => {
  for (const value of [
    'for',
    'for=',
    '=https',
    'proto = https',
    'proto= https',
    'proto=https proto=http',
    'proto=https;proto=http',
    'proto=https;PROTO=https',
    'for=[2001:db8::1]',
    'for=192.0.2.7:4711',
    'for="unfinished, proto=https',
    'for="a", for="b, proto=https',
    'for="a"b',
    'for="\u007f"',
    'for="a\\',
    'for="\\\u0007"',
    'proto=h\u00e9',
    'a/b=c',
    'proto=https\u00a0',
  ]) {
    assert.equal(parseForwarded(value), undefined, value);
    assert.equal(parseForwarded(`${value}, proto=https`), undefined, value);
    assert.equal(parseForwarded(`proto=https, ${value}`), undefined, value);
  }
});

test('a header of twice the length is read with twice the work', (t) => {
  const steps = stepCounter(t);
  for (const part of ['for=a, ', ',', ' ', ';', 'a', 'for="', '\\"', '"\\', 'for="a";', '"']) {
    for (const start of ['', 'for="', 'for=']) {
      const short = steps(() => parseForwarded(start + part.repeat(500)));
      const long = steps(() => parseForwarded(start + part.repeat(1000)));
      assert.ok(
        long <= 2.2 * short + 50 && long < 5 * 1000 * part.length + 100,
        `${start}${part}: ${short}, ${long}`,
      );
    }
  }
});

/** How many characters are looked at. */
function stepCounter(t: TestContext): (work: () => void) => number {
  const { mock } = t.mock.method(String.prototype, 'charCodeAt');
  return (work) => {
    const before = mock.callCount();
    work();
    return mock.callCount() - before;
  };
}
