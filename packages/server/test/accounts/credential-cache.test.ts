import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CredentialCache } from '../../src/accounts/credential-cache.ts';

const ACCOUNT = { accountID: 1, credentialVersion: 1, allowedAddresses: [] };
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY = Buffer.alloc(32, 7);

test('keeps credentials for a day, whatever they are used for meanwhile', () => {
  let now = 5;
  const cache = new CredentialCache(KEY, () => now);
  const fingerprint = cache.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  cache.add(fingerprint, ACCOUNT, '192.0.2.1');
  now += DAY_MS;
  const entry = cache.get(fingerprint) ?? assert.fail('it is forgotten too early');
  cache.addAddress(entry, '192.0.2.2');
  now += 1;
  assert.equal(cache.get(fingerprint), undefined);
});

test('finds only the fingerprint that was added, compared to its last bit', () => {
  const cache = new CredentialCache(KEY);
  const fingerprint = cache.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  cache.add(fingerprint, ACCOUNT, '192.0.2.1');
  const bytes = Buffer.from(fingerprint, 'latin1');
  for (let bit = 0; bit < 256; bit++) {
    const other = Buffer.from(bytes);
    other.writeUInt8(other.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    assert.equal(cache.get(other.toString('latin1')), undefined);
  }
  assert.ok(cache.get(fingerprint));
});

test('knows the latest eight addresses', () => {
  const cache = new CredentialCache(KEY);
  const fingerprint = cache.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  cache.add(fingerprint, ACCOUNT, '192.0.2.0');
  const entry = cache.get(fingerprint) ?? assert.fail('it is not there');
  for (let last = 1; last <= 8; last++) {
    cache.addAddress(entry, `192.0.2.${last}`);
    cache.addAddress(entry, `192.0.2.${last}`);
  }
  assert.deepEqual(
    entry.addresses,
    [1, 2, 3, 4, 5, 6, 7, 8].map((last) => `192.0.2.${last}`),
  );
});

test('removes what is no longer good, but not what has been verified anew meanwhile', () => {
  const cache = new CredentialCache(KEY);
  const fingerprint = cache.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  cache.add(fingerprint, ACCOUNT, '192.0.2.1');
  const former = cache.get(fingerprint) ?? assert.fail('it is not there');
  cache.add(fingerprint, { ...ACCOUNT, credentialVersion: 2 }, '192.0.2.1');
  cache.remove(former);
  const latter = cache.get(fingerprint) ?? assert.fail('it is not there');
  assert.equal(latter.credentialVersion, 2);
  cache.remove(latter);
  assert.equal(cache.get(fingerprint), undefined);
});
