import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  hashPassword,
  hashSecondPassword,
  matchesHash,
  UNMATCHABLE_HASH,
} from '../../src/accounts/password-hash.ts';

const PHC = /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/;

test('a password matches its own hash and no other does', async () => {
  const hash = await hashPassword('Pässwörd ☃');
  assert.match(hash, PHC);
  assert.equal(await matchesHash('Pässwörd ☃', hash), true);
  assert.equal(await matchesHash('pässwörd ☃', hash), false);
  assert.equal(await matchesHash('Pässwörd ☃'.normalize('NFD'), hash), false);
  assert.equal(await matchesHash('', hash), false);
});

test('equal passwords have different hashes', async () => {
  assert.notEqual(await hashPassword('same'), await hashPassword('same'));
});

test('what unknown logins are checked against costs what a real hash costs, and matches nothing', async () => {
  assert.match(UNMATCHABLE_HASH, PHC);
  assert.equal(await matchesHash('', UNMATCHABLE_HASH), false);
});

test("another program's argon2id hash with costs of its own is understood; anything else is not", async () => {
  // From the test vectors of the argon2 reference implementation.
  const hash = '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';
  assert.equal(await matchesHash('password', hash), true);
  assert.equal(await matchesHash('differentpassword', hash), false);
  await assert.rejects(matchesHash('password', '$2b$10$N9qo8uLOickgx2ZMRZoMye'), /not argon2id/);
});

test('one hash tells whether a password is either of an account', async () => {
  const first = await hashPassword('first');
  const second = await hashSecondPassword('second', first);
  assert.equal(second.slice(0, second.lastIndexOf('$')), first.slice(0, first.lastIndexOf('$')));
  for (const password of ['first', 'second']) assert.equal(await matchesHash(password, first, second), true);
  assert.equal(await matchesHash('third', first, second), false);
  await assert.rejects(matchesHash('first', first, await hashPassword('second')), /different salts/);
});
