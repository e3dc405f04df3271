import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressBlock, addressNetwork } from '../../src/http/address-block.ts';

for (const [address, block] of [
  ['192.0.2.7', '192.0.2.7'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0:1'],
  ['2001:0DB8:0000:0001:ffff:ffff:ffff:ffff', '2001:db8:0:1'],
  ['2001:db8::5', '2001:db8:0:0'],
  ['2001:db8:0:1::', '2001:db8:0:1'],
  ['::1', '0:0:0:0'],
  ['::', '0:0:0:0'],
  ['fe80::1:2:3:4:5', 'fe80:0:0:1'],
  ['', ''],
] as const) {
  test(`${address} is counted with ${block}`, () => assert.equal(addressBlock(address), block));
}

for (const [address, network] of [
  ['192.0.2.7', '192.0.2'],
  ['2001:db8:0:1:2:3:4:5', '2001:db8:0'],
  ['2001:db8::5', '2001:db8:0'],
  ['::1', '0:0:0'],
  ['', ''],
] as const) {
  test(`${address} is in the network ${network}`, () => assert.equal(addressNetwork(address), network));
}
