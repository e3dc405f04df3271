import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { storedDomainName, storedDomainPrefix } from '../../src/orders/domain-name.ts';
import { readOrderFilter } from '../../src/orders/order-filter.ts';

describe('A domain name as people type it', () => {
  for (const [typed, stored] of [
    ['bücher.example', 'xn--bcher-kva.example'],
    ['MÜLLER.example', 'xn--mller-kva.example'],
    ['*.bücher.example', '*.xn--bcher-kva.example'],
    ['Bücher.Example.', 'xn--bcher-kva.example'],
    ['bücher。example', 'xn--bcher-kva.example'],
    ['WWW.example.com.', 'www.example.com'],
    ['*.Example.com', '*.example.com'],
    [' www.example.com ', 'www.example.com'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['127.1', '127.1'],
    ['ü b', 'ü b'],
    ['', ''],
  ] as const) {
    test(`'${typed}' is stored as '${stored}'`, () => {
      assert.equal(storedDomainName(typed), stored);
      assert.equal(storedDomainPrefix(typed), stored);
      assert.deepEqual(
        [
          readOrderFilter({ FQDN: typed }).filter.FQDN,
          readOrderFilter({ FQDNPrefix: typed }).filter.FQDNPrefix,
        ],
        [stored, stored],
      );
    });
  }

  test('the beginning of longer names keeps its dot', () => {
    assert.equal(storedDomainPrefix('WWW.'), 'www.');
    assert.equal(storedDomainPrefix('bücher.ex'), 'xn--bcher-kva.ex');
  });
});
