import assert from 'node:assert/strict';
import fs, { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { glob } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import { KeyRing } from '../../src/secrets/key-ring.ts';
import { newSecretKey } from '../../src/secrets/secret-key.ts';
import { Secrets } from '../../src/secrets/secrets.ts';
import { execute } from '../store/databases.ts';
import { storedSecrets, webhook } from './stored-secrets.ts';

const HOUR_MS = 3_600_000;

test('a secret is read as it was stored, by every process that has the key file, which the first secret makes', async (t) => {
  const { keyFile, database, open } = await storedSecrets(t);
  const { secrets } = open();
  assert.deepEqual(await secrets.get(webhook('1')), []);
  assert.equal(await secrets.remove(webhook('1')), false);
  assert.throws(() => statSync(keyFile), /ENOENT/);

  const texts = ['whsec_0123456789abcdef', '', 'pässword €\u{1f511}', 'x'.repeat(4096)];
  for (const [index, text] of texts.entries()) await secrets.put(webhook(`${index}`), text);
  await secrets.put({ purpose: 'upstream', owner: '0' }, 'of an upstream');
  for (const [index, text] of texts.entries()) {
    assert.deepEqual(await open().secrets.get(webhook(`${index}`)), [text]);
  }
  assert.deepEqual(await open().secrets.get({ purpose: 'upstream', owner: '0' }), ['of an upstream']);
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  await assert.rejects(secrets.put(webhook('1'), 'x'.repeat(4097)), RangeError);

  const rows = JSON.stringify(await execute(database, 'SELECT * FROM secret'));
  for (const text of texts.filter((text) => text !== '')) assert.ok(!rows.includes(text));
  assert.equal(await secrets.remove(webhook('0')), true);
  assert.deepEqual(await secrets.get(webhook('0')), []);
});

test('a new secret replaces the one before, which may stay valid for a while', async (t) => {
  const { database, open } = await storedSecrets(t);
  const { secrets } = open();
  const identity = webhook('1');
  await secrets.put(identity, 'one');
  await secrets.put(identity, 'two', HOUR_MS);
  assert.deepEqual(await secrets.get(identity), ['two', 'one']);
  await secrets.put(identity, 'three', HOUR_MS);
  assert.deepEqual(await secrets.get(identity), ['three', 'two']);
  await execute(database, `UPDATE secret SET expires = expires - ${HOUR_MS} WHERE expires IS NOT NULL`);
  assert.deepEqual(await secrets.get(identity), ['three']);
  assert.equal(await secrets.check(() => assert.fail()), 1);
  await secrets.put(webhook('2'), 'of another');
  assert.equal((await execute(database, 'SELECT * FROM secret')).length, 2);
  await secrets.put(identity, 'four');
  assert.deepEqual(await secrets.get(identity), ['four']);
});

test('one of two that store a secret of one identity at once is the current one', async (t) => {
  const { open, store } = await storedSecrets(t);
  const texts = Array.from({ length: 10 }, (_, index) => `secret ${index}`);
  await Promise.all(texts.map((text) => open().secrets.put(webhook('1'), text)));
  const [current, ...others] = await open().secrets.get(webhook('1'));
  assert.ok(texts.includes(current ?? ''));
  assert.deepEqual(others, []);
  assert.equal((await store.secretRows.keyUses()).length, 1);
});

test('a stored secret that was altered, or moved to another owner, is refused', async (t) => {
  const { database, open } = await storedSecrets(t);
  const { secrets } = open();
  await secrets.put(webhook('1'), 'one');
  await secrets.put(webhook('2'), 'two');
  const moved = `(SELECT ciphertext FROM secret WHERE owner = '2')`;
  for (const ciphertext of [moved, `'A' || ciphertext`, `substr(ciphertext, 2)`, `'AAAA'`, `''`, `'?'`]) {
    const [before] = await execute(database, `SELECT ciphertext FROM secret WHERE owner = '1'`);
    await execute(database, `UPDATE secret SET ciphertext = ${ciphertext} WHERE owner = '1'`);
    await assert.rejects(secrets.get(webhook('1')), {
      message: /^the stored value was altered: the key [0-9a-f]{16} does not decrypt it$/,
    });
    await execute(database, `UPDATE secret SET ciphertext = '${before?.['ciphertext']}' WHERE owner = '1'`);
  }
  await execute(database, `UPDATE secret SET owner = '3' WHERE owner = '1'`);
  await assert.rejects(secrets.get(webhook('3')), /was altered/);
  assert.deepEqual(await secrets.get(webhook('2')), ['two']);
});

test('without its key a secret cannot be read or replaced, and no other key takes its place', async (t) => {
  const { database, keyFile, open } = await storedSecrets(t);
  await open().secrets.put(webhook('1'), 'one');
  const key = readFileSync(keyFile);
  const expectations = [
    [() => rmSync(keyFile), /^there is no key file at .*secret.key$/],
    [
      () => writeFileSync(keyFile, `${newSecretKey()}\n`),
      /^the key [0-9a-f]{16} is not in .*secret.key: put it there, from the node where it was made or from a copy$/,
    ],
    [
      () => writeFileSync(keyFile, 'nothing to see'),
      /^line 1 of .*secret.key is not a key: a key is 32 bytes/,
    ],
  ] as const;
  for (const [spoil, message] of expectations) {
    spoil();
    const { secrets } = open();
    const reasons: string[] = [];
    assert.equal(await secrets.check(({ reason }) => reasons.push(reason)), 1);
    assert.match(reasons.join(), message);
    await assert.rejects(secrets.get(webhook('1')), { message });
    await assert.rejects(secrets.put(webhook('1'), 'two'), { message });
    await assert.rejects(secrets.put(webhook('2'), 'two'), { message });
  }
  writeFileSync(keyFile, key);
  assert.deepEqual(await open().secrets.get(webhook('1')), ['one']);
  // Once there are no secrets, any key will do.
  await open().secrets.remove(webhook('1'));
  rmSync(keyFile);
  await open().secrets.put(webhook('1'), 'again');
  assert.deepEqual(await open().secrets.get(webhook('1')), ['again']);
  assert.equal((await execute(database, 'SELECT * FROM "currentSecretKey"')).length, 1);
});

test('a process learns of a new key by itself, and reads only a file that has changed', async (t) => {
  const { keyFile, open, store } = await storedSecrets(t);
  await open().secrets.put(webhook('1'), 'one');
  const old = readFileSync(keyFile, 'utf8');
  let nowMs = 0;
  const ring = new KeyRing({ kind: 'file', path: keyFile, isMade: true }, () => nowMs);
  const serving = new Secrets(store.secretRows, ring);
  assert.deepEqual(await serving.get(webhook('1')), ['one']);

  const { keys, secrets } = open();
  const added = await keys.add();
  assert.deepEqual(await secrets.reencrypt(added), { reencrypted: 1, unreadable: 0 });
  const both = readFileSync(keyFile, 'utf8');
  writeFileSync(keyFile, old);
  await assert.rejects(serving.get(webhook('1')), new RegExp(`the key ${added} is not in `));
  await assert.rejects(serving.put(webhook('1'), 'two'), new RegExp(`the key ${added} is not in `));
  writeFileSync(keyFile, both);
  assert.deepEqual(await serving.get(webhook('1')), ['one']);
  await serving.put(webhook('1'), 'two');
  const [use] = await store.secretRows.keyUses();
  assert.deepEqual({ ...use }, { keyID: added, secrets: 1 });

  // What it has read stays, when the file is wrong for a while, which is looked at once a second.
  rmSync(keyFile);
  assert.deepEqual(await serving.get(webhook('1')), ['two']);
  const reads = t.mock.method(fs, 'openSync');
  syncBuiltinESMExports();
  for (const [atMs, times] of [
    [0, 1],
    [999, 1],
    [1000, 2],
    [1999, 2],
  ] as const) {
    nowMs = atMs;
    assert.throws(() => ring.find('0000000000000000'), /there is no key file at/);
    assert.equal(reads.mock.callCount(), times);
  }
  reads.mock.restore();
  syncBuiltinESMExports();
});

test('what was encrypted with another key than the current one is not stored', async (t) => {
  const { open, store, keyFile } = await storedSecrets(t);
  const { secrets } = open();
  await secrets.put(webhook('1'), 'one');
  const { keys } = open();
  const [old] = keys.all();
  const added = await keys.add();
  await new Secrets(store.secretRows, keys).reencrypt(added);
  const sealed = { ...webhook('2'), secretID: 'one', keyID: old?.id ?? '', ciphertext: '' };
  assert.equal(await store.secretRows.put(sealed, 0), false);
  assert.equal(await store.secretRows.reencrypt(sealed.keyID, []), false);
  await store.secretRows.makeCurrent(sealed.keyID);
  const other = new Secrets(store.secretRows, keys);
  assert.equal(await store.secretRows.reencrypt(added, []), false);
  await other.reencrypt(added);
  assert.equal(readFileSync(keyFile, 'utf8').split('\n').length, 4);
});

test('neither keys nor secrets show when the objects that hold them are printed', async (t) => {
  const { open, keyFile } = await storedSecrets(t);
  const { keys, secrets } = open();
  await secrets.put(webhook('1'), 'plaintext');
  const key = readFileSync(keyFile, 'utf8').split('\n')[1] ?? '';
  const shown = [keys, secrets, keys.all()].flatMap((each) => [
    JSON.stringify(each),
    inspect(each, { depth: 10, showHidden: true }),
  ]);
  for (const form of [key, Buffer.from(key, 'base64').toString('hex'), 'plaintext']) {
    assert.ok(!shown.join().includes(form));
  }
});

test('only secrets/ encrypts, so that rotation and verify miss nothing', async () => {
  const sources = fileURLToPath(new URL('../../src/', import.meta.url));
  const importing: string[] = [];
  for await (const file of glob('**/*.ts', { cwd: sources })) {
    if (/from '.*\/cipher\.ts'/.test(readFileSync(`${sources}${file}`, 'utf8'))) importing.push(file);
  }
  assert.deepEqual(importing, ['secrets/secrets.ts']);
});
