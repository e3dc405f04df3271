import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CachedCredential, CredentialCache } from '../../src/accounts/credential-cache.ts';

const ACCOUNT = { accountID: 1, credentialVersion: 1, allowedAddresses: [] };
const DAY_MS = 24 * 60 * 60 * 1000;
const KEY = Buffer.alloc(32, 7);

test('keeps credentials for a day, whatever they are used for meanwhile', () => {
  let now = 5;
  const cache = new CredentialCache({ key: KEY, now: () => now });
  const fingerprint = cache.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  cache.add(fingerprint, ACCOUNT, '192.0.2.1');
  now += DAY_MS;
  const entry = cache.get(fingerprint) ?? assert.fail('it is forgotten too early');
  cache.addAddress(entry, '192.0.2.2');
  now += 1;
  assert.equal(cache.get(fingerprint), undefined);
});

test('finds only the fingerprint that was added, compared to its last bit', () => {
  const cache = new CredentialCache({ key: KEY });
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
  const cache = new CredentialCache({ key: KEY });
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
  const cache = new CredentialCache({ key: KEY });
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

/** Two processes with one key, and a clock. */
function twoProcesses() {
  const clock = { now: 1000 };
  const now = () => clock.now;
  const news: CachedCredential[] = [];
  const one = new CredentialCache({ key: KEY, now, onNews: (credential) => news.push(credential) });
  const other = new CredentialCache({ key: KEY, now: () => now() + 7777 });
  const fingerprint = one.fingerprint({ loginName: 'acme', loginPassword: 'right' });
  /** The other process learns what is new, as it would over a pipe. */
  const share = () => {
    for (const credential of news.splice(0)) other.learn(JSON.parse(JSON.stringify(one.share(credential))));
  };
  return { clock, one, other, fingerprint, share };
}

test('another process with the key learns what was verified, with networks, addresses and age', () => {
  const { clock, one, other, fingerprint, share } = twoProcesses();
  one.add(fingerprint, { ...ACCOUNT, allowedAddresses: ['192.0.2.0/24'] }, '192.0.2.1');
  share();
  one.addAddress(one.get(fingerprint) ?? assert.fail(), '192.0.2.2');
  clock.now += 10;
  share();
  const learnt = other.get(other.fingerprint({ loginName: 'acme', loginPassword: 'right' }));
  assert.deepEqual(learnt?.addresses, ['192.0.2.1', '192.0.2.2']);
  assert.deepEqual(learnt.allowedAddresses, ['192.0.2.0/24']);
  clock.now += DAY_MS - 10;
  assert.ok(other.get(fingerprint));
  clock.now += 1;
  assert.equal(other.get(fingerprint), undefined);
  assert.equal(one.get(fingerprint), undefined);
});

test('of two versions of an account the one verified later counts; of one version, all addresses', () => {
  const { clock, one, other, fingerprint, share } = twoProcesses();
  one.add(fingerprint, ACCOUNT, '192.0.2.1');
  clock.now += 1000;
  other.add(fingerprint, { ...ACCOUNT, credentialVersion: 2 }, '192.0.2.2');
  share();
  assert.equal(other.get(fingerprint)?.credentialVersion, 2);
  clock.now += 1000;
  one.add(fingerprint, { ...ACCOUNT, credentialVersion: 2 }, '192.0.2.3');
  share();
  assert.deepEqual(other.get(fingerprint)?.addresses, ['192.0.2.2', '192.0.2.3']);
  clock.now += 1000;
  one.add(fingerprint, { ...ACCOUNT, credentialVersion: 3 }, '192.0.2.4');
  share();
  assert.deepEqual(other.get(fingerprint)?.addresses, ['192.0.2.4']);
  clock.now += DAY_MS;
  assert.ok(other.get(fingerprint));
});

test('keeps no more than 100,000, however many it learns', () => {
  const { one, fingerprint } = twoProcesses();
  const bytes = Buffer.from(fingerprint, 'latin1');
  for (let index = 0; index < 130_000; index++) {
    bytes.writeUInt32BE(index, 2);
    const shared = { ...ACCOUNT, fingerprint: bytes.toString('base64'), addresses: [], ageMs: 0 };
    one.learn(shared);
  }
  assert.ok(one.all().length <= 100_000);
  assert.ok(one.get(bytes.toString('latin1')));
});
