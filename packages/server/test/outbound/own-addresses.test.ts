import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kernelAddresses, ownAddresses } from '../../src/outbound/own-addresses.ts';

test("this machine's addresses, loopback included, without zones", () => {
  const addresses = ownAddresses();
  assert.ok(addresses.has('127.0.0.1'));
  assert.ok([...addresses].every((address) => !address.includes('%')));
});

test('the same from the files of the kernel, where sockets for that are forbidden', {
  skip: process.platform !== 'linux',
}, () => {
  assert.deepEqual(
    [...ownAddresses()].filter((address) => !kernelAddresses().has(address)),
    [],
  );
});
