import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressPolicy } from '../../src/outbound/address-policy.ts';

const PORT = 8443;
const policy = new AddressPolicy(
  { allowNetworks: ['10.1.0.0/16', '2001:db8::/32', '64:ff9b:1::/48'], ownPorts: [PORT] },
  () => new Set(['9.9.9.9', '10.1.0.1', '2606:4700::9']),
);

/** An address, and whether it is refused to a customer and to the operator. */
const CASES: readonly (readonly [string, number, string | undefined, string | undefined])[] = [
  ['8.8.8.8', 443, undefined, undefined],
  ['8.8.8.8', PORT, undefined, undefined],
  ['10.1.2.3', 443, 'address-not-allowed', undefined],
  ['10.2.0.1', 443, 'address-not-allowed', 'address-not-allowed'],
  ['2001:db8::1', 443, 'address-not-allowed', undefined],
  // An allowed address inside another.
  ['::ffff:10.1.2.3', 443, 'address-not-allowed', undefined],
  ['64:ff9b::10.1.2.3', 443, 'address-not-allowed', undefined],
  ['64:ff9b::10.2.0.1', 443, 'address-not-allowed', 'address-not-allowed'],
  ['64:ff9b:1::1', 443, 'address-not-allowed', undefined],
  // Public addresses of this machine.
  ['9.9.9.9', 443, 'address-not-allowed', undefined],
  ['9.9.9.9', PORT, 'own-listener', 'own-listener'],
  ['::ffff:9.9.9.9', PORT, 'own-listener', 'own-listener'],
  ['2606:4700::9', 443, 'address-not-allowed', undefined],
  ['2606:4700::9', PORT, 'own-listener', 'own-listener'],
  ['10.1.0.1', PORT, 'own-listener', 'own-listener'],
  ['10.1.0.1', 443, 'address-not-allowed', undefined],
  ['127.8.8.8', PORT, 'own-listener', 'own-listener'],
  ['::1', PORT, 'own-listener', 'own-listener'],
];
for (const [address, port, customers, operators] of CASES) {
  test(`${address}, port ${port}`, () => {
    assert.equal(policy.refusal(address, port, false), customers, 'of a customer');
    assert.equal(policy.refusal(address, port, true), operators, 'of the operator');
  });
}
