import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGlobalAddress, reachedAddress } from '../../src/outbound/global-address.ts';

/** Ranges of the registries of special-purpose addresses (RFC 6890), and others: the first and last address of each. */
const NOT_GLOBAL: Record<string, readonly string[]> = {
  'this network': ['0.0.0.0', '0.255.255.255'],
  private: ['10.0.0.0', '10.255.255.255', '172.16.0.0', '172.31.255.255', '192.168.0.0', '192.168.255.255'],
  'shared by carrier-grade NAT': ['100.64.0.0', '100.100.100.200', '100.127.255.255'],
  loopback: ['127.0.0.0', '127.0.0.1', '127.255.255.255', '::1'],
  'link-local': [
    '169.254.0.0',
    '169.254.169.254',
    '169.254.255.255',
    'fe80::',
    'febf:ffff::1',
    'fe80::1%eth0',
  ],
  'protocol assignments': ['192.0.0.0', '192.0.0.192', '192.0.0.255', '2001:1::1', '2001:1ff:ffff::1'],
  documentation: [
    '192.0.2.0',
    '198.51.100.0',
    '203.0.113.255',
    '2001:db8::',
    '2001:db8:ffff::1',
    '3fff::',
    '3fff:fff::1',
  ],
  'AS112 and AMT': [
    '192.31.196.1',
    '192.52.193.1',
    '192.175.48.1',
    '2001:3::1',
    '2001:4:112::1',
    '2620:4f:8000::1',
  ],
  '6to4 relays': ['192.88.99.0', '192.88.99.255'],
  benchmarking: ['198.18.0.0', '198.19.255.255', '2001:2::', '2001:2:0:ffff::1'],
  multicast: ['224.0.0.0', '239.255.255.255', 'ff00::', 'ff02::1', 'ffff::1'],
  'reserved and broadcast': ['240.0.0.0', '255.255.255.254', '255.255.255.255'],
  unspecified: ['::'],
  'IPv4-compatible': ['::127.0.0.1', '::8.8.8.8', '::2', '::ffff'],
  'IPv4-mapped': [
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:a9fe:a9fe',
    '::ffff:0.0.0.0',
    '::FFFF:192.168.0.1',
  ],
  'IPv4-translated': ['::ffff:0:8.8.8.8', '::ffff:0:127.0.0.1'],
  NAT64: [
    '64:ff9b::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b::169.254.169.254',
    '64:ff9b:1::8.8.8.8',
    '64:ff9b:1:ffff::1',
  ],
  '6to4': ['2002::', '2002:7f00:1::', '2002:808:808::1', '2002:ffff::1'],
  Teredo: ['2001::', '2001:0:4136:e378:8000:63bf:3fff:fdd2'],
  ORCHID: ['2001:10::', '2001:1f:ffff::1', '2001:20::', '2001:2f:ffff::1', '2001:30::1'],
  'discard-only': ['100::', '100::ffff:ffff:ffff:ffff', '100:0:0:1::'],
  'site-local': ['fec0::', 'feff::1'],
  'unique-local': ['fc00::', 'fd00:ec2::254', 'fdff:ffff::1'],
  'segment routing': ['5f00::', '5f00:ffff::1'],
  'not assigned': ['1fff:ffff::1', '4000::1', '8000::', 'f000::1', '0:0:1::', '200::1'],
  "a cloud's services for its machines": ['168.63.129.16', '::ffff:168.63.129.16', '64:ff9b::168.63.129.16'],
  'with a zone': ['2606:4700::1111%eth0'],
  'no address': [
    '',
    'localhost',
    '1.2.3',
    '010.8.8.8',
    '8.8.8.8/32',
    '0x8.8.8.8',
    '8.8.8.8 ',
    '[2606:4700::1]',
  ],
};

const GLOBAL = [
  ...['1.1.1.1', '8.8.8.8', '9.255.255.255', '11.0.0.0', '100.63.255.255', '100.128.0.0', '126.255.255.255'],
  ...[
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.0.3.0',
  ],
  ...['192.167.255.255', '192.169.0.0', '198.17.255.255', '198.20.0.0', '203.0.112.255', '223.255.255.255'],
  ...[
    '2001:200::1',
    '2001:4860:4860::8888',
    '2606:4700::1111',
    '2a00::1',
    '2003::1',
    '3ffe:ffff::1',
    '2620:4f:8001::1',
  ],
  // The gateway of NAT64 and the system's own translation lead to the address inside.
  ...['::ffff:8.8.8.8', '64:ff9b::8.8.8.8'],
];

for (const [range, addresses] of Object.entries(NOT_GLOBAL)) {
  test(`not global: ${range}`, () => {
    for (const address of addresses) assert.equal(isGlobalAddress(address), false, address);
  });
}

test('all other addresses are global, up to the edges of the special ranges', () => {
  for (const address of GLOBAL) assert.equal(isGlobalAddress(address), true, address);
});

test('an address inside another is the one that is reached', () => {
  assert.equal(reachedAddress('::ffff:10.0.0.1'), '10.0.0.1');
  assert.equal(reachedAddress('64:ff9b::a00:1'), '10.0.0.1');
  assert.equal(reachedAddress('::FFFF:7F00:1'), '127.0.0.1');
  assert.equal(reachedAddress('fe80::1%eth0'), 'fe80::1');
  assert.equal(reachedAddress('2001:0DB8:0::1'), '2001:db8::1');
  assert.equal(reachedAddress('::8.8.8.8'), '::808:808');
});
