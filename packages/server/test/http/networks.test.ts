import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Networks, networkProblem } from '../../src/http/networks.ts';

test('a network is an address, or an address and a prefix', () => {
  const good = [
    '192.0.2.7',
    '10.0.0.0/8',
    '0.0.0.0/0',
    '192.0.2.7/32',
    '::1',
    '2001:db8::/32',
    '::/0',
    '::1/128',
  ];
  for (const network of good) assert.equal(networkProblem(network), undefined, network);
});

test('anything else is none, and the message says how to write one', () => {
  const bad = [
    '',
    '/8',
    'localhost',
    '10.0.0.0/',
    '10.0.0.0/33',
    '10.0.0.0/-1',
    '10.0.0.0/8/8',
    '10.0.0.0/255.0.0.0',
    '10.0.0',
    '::/129',
    'fe80::1%eth0',
    '[::1]',
    ' 10.0.0.1',
    '10.0.0.1:80',
  ];
  for (const network of bad) {
    const problem = `'${network}' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7`;
    assert.equal(networkProblem(network), problem);
    assert.throws(() => new Networks([network]), new RangeError(problem));
  }
});
