import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../command.ts';
import { keyOptions, storedSecrets, webhook } from '../secrets/stored-secrets.ts';
import { execute, isPostgres } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const VARIABLE = 'CERT_ORDER_STATUS_SECRET_KEY';

async function newKey(): Promise<string> {
  const { stdout } = await runCommand(['secret-key', 'generate']);
  assert.match(stdout, /^[A-Za-z0-9+/]{43}=\n$/);
  return stdout.trim();
}

test('a rotation encrypts all secrets with a new key, and what is no longer needed is retired', async (t) => {
  const stored = await storedSecrets(t);
  const run = async (...args: string[]) => runCommand(['secret-key', ...args, ...keyOptions(stored)]);
  const { secrets } = stored.open();
  await secrets.put(webhook('1'), 'one');
  await secrets.put(webhook('2'), 'two');
  const first = stored.open().keys.all()[0]?.id ?? '';
  assert.equal(
    (await run('show')).stdout,
    `keys in ${stored.keyFile}\nKEY               USE       SECRETS\n${first}  encrypts  2\n`,
  );
  assert.equal((await run('retire')).stdout, `every key in ${stored.keyFile} is needed\n`);

  const prepared = await run('rotate');
  const second = stored.open().keys.all()[0]?.id ?? '';
  assert.notEqual(second, first);
  if (isPostgres) {
    assert.equal(
      prepared.stdout,
      `the key ${second} is in ${stored.keyFile} now, and encrypts nothing yet\ncopy that file to every other node; keep a copy of it, too; then run this command again\n`,
    );
    assert.match((await run('show')).stdout, new RegExp(`${second}  next      0\n${first}  encrypts  2\n$`));
  }
  const rotated = isPostgres ? await run('rotate') : prepared;
  assert.equal(
    rotated.stdout,
    `2 secrets were encrypted with the key ${second}, which is in ${stored.keyFile}\nkeep a copy of it; earlier keys stay for backups of before, until 'secret-key retire'\n`,
  );
  const lines = (await run('show', '--json')).stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(lines, [
    { keyID: second, use: 'encrypts', secrets: 2 },
    { keyID: first, use: 'decrypts', secrets: 0 },
  ]);
  assert.equal((await run('retire')).stdout, `${first} is no longer in ${stored.keyFile}\n`);
  assert.deepEqual(await stored.open().secrets.get(webhook('1')), ['one']);
  assert.deepEqual(await secrets.get(webhook('2')), ['two']);
  assert.match(readFileSync(stored.keyFile, 'utf8'), /^[A-Za-z0-9+/]{43}=\n# Keys of the secrets/);

  // A key that was added before is the one that the next rotation uses.
  const added = /^the key ([0-9a-f]{16}) is in /.exec((await run('add')).stdout)?.[1] ?? '';
  assert.equal((await run('retire')).stdout, `every key in ${stored.keyFile} is needed\n`);
  assert.match((await run('rotate')).stdout, new RegExp(`^2 secrets were encrypted with the key ${added}`));
});

test('without secrets there is nothing to rotate, and no key is needed', async (t) => {
  const stored = await storedSecrets(t);
  const run = async (...args: string[]) => runCommand([...args, ...keyOptions(stored)]);
  assert.match((await run('secret-key', 'rotate')).stdout, /^there are no secrets to encrypt; /);
  assert.match((await run('secret-key', 'show')).stdout, /^keys in .*\nKEY +USE +SECRETS\n$/);
  assert.equal((await run('verify')).stderr, '');
  assert.ok(!existsSync(stored.keyFile));
  const other = join(temporaryFolder(t), 'other.key');
  const { code } = await runCommand(['secret-key', 'add', '--secret-key-file', other]);
  assert.deepEqual([code, statSync(other).mode & 0o777], [0, 0o600]);
});

test('keys in the environment: the rotation says what to do, and then does the rest', async (t) => {
  const stored = await storedSecrets(t);
  const [one, two] = [await newKey(), await newKey()];
  writeFileSync(stored.keyFile, one, { mode: 0o600 });
  await stored.open().secrets.put(webhook('1'), 'one');
  rmSync(stored.keyFile);
  const run = async (keys: string, ...args: string[]) =>
    runCommand([...args, '--database', stored.database], { env: { [VARIABLE]: keys } });
  const refused = await run(one, 'secret-key', 'rotate');
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^cert-order-status: there is no new key in CERT_ORDER_STATUS_SECRET_KEY: put what /,
  );
  assert.match(
    (await run(one, 'secret-key', 'add')).stderr,
    /the keys are in CERT_ORDER_STATUS_SECRET_KEY\n$/,
  );
  const rotated = await run(` ${two},${one}\n`, 'secret-key', 'rotate');
  assert.match(
    rotated.stdout,
    /^1 secret was encrypted with the key [0-9a-f]{16}, which is in CERT_ORDER_STATUS/,
  );
  const retired = await run(`${two} ${one}`, 'secret-key', 'retire');
  assert.equal(retired.code, 1);
  assert.match(
    retired.stderr,
    /no secret needs the key [0-9a-f]{16}: leave .* only the first 1 key on every node\n$/,
  );
  assert.match((await run(two, 'verify')).stdout, /all is well\n1 secret can be decrypted\n$/);
  const wrong = await run(`${two}x`, 'secret-key', 'show');
  assert.match(wrong.stderr, /key 1 of CERT_ORDER_STATUS_SECRET_KEY is not a key/);
  const both = await runCommand(
    ['verify', '--database', stored.database, '--secret-key-file', stored.keyFile],
    { env: { [VARIABLE]: two } },
  );
  assert.match(
    both.stderr,
    /--secret-key-file and CERT_ORDER_STATUS_SECRET_KEY exclude each other: leave one out/,
  );
  for (const { stdout, stderr } of [refused, rotated, retired, wrong, both]) {
    for (const key of [one, two]) assert.ok(!`${stdout}${stderr}`.includes(key.slice(0, -1)));
  }
});

test('a lost key keeps the rotation from going on, unless what it encrypted is given up', async (t) => {
  const stored = await storedSecrets(t);
  const run = async (...args: string[]) =>
    runCommand([...args, '--database', stored.database, '--secret-key-file', stored.keyFile]);
  await stored.open().secrets.put(webhook('1'), 'one');
  const lost = stored.open().keys.all()[0]?.id ?? '';
  rmSync(stored.keyFile);
  assert.match((await run('secret-key', 'rotate')).stderr, /there is no key file at /);
  await run('secret-key', 'add');
  const refused = await run('secret-key', 'rotate');
  assert.equal(
    refused.stderr,
    `cert-order-status: the secrets are encrypted with the key ${lost}, which is not in ${stored.keyFile}: put it there, or, if it is lost, give --abandon-unreadable\n`,
  );
  assert.match((await run('secret-key', 'retire')).stderr, /which is not in .*: nothing was removed\n$/);
  assert.match((await run('secret-key', 'show')).stdout, new RegExp(`${lost}  missing  1\n$`));
  const given = await run('secret-key', 'rotate', '--abandon-unreadable');
  assert.equal(given.code, 1);
  assert.match(given.stdout, /^0 secrets were encrypted with the key /);
  assert.match(given.stderr, /: 1 secret could not be decrypted, and stays as before: /);
  // From now on there can be new ones, and new keys.
  const { secrets } = stored.open();
  const before = stored.open().keys.all().length;
  await run('secret-key', 'rotate');
  assert.equal(stored.open().keys.all().length, before + 1);
  await secrets.put(webhook('1'), 'again');
  assert.deepEqual(await secrets.get(webhook('1')), ['again']);
});

test('verify decrypts every secret, and says when it cannot for want of a key', async (t) => {
  const stored = await storedSecrets(t);
  const { secrets } = stored.open();
  await secrets.put(webhook('1'), 'one');
  const ca = { baseUrl: 'https://ca.example/', loginName: 'reseller' };
  await stored.store.upstreams.add({
    ...ca,
    upstreamID: 'up_1',
    name: 'ca',
    intervalSeconds: 60,
    requestsPerMinute: 1,
  });
  await secrets.put({ purpose: 'upstream', owner: 'up_1' }, 'two');
  const verify = async () => runCommand(['verify', ...keyOptions(stored)]);
  assert.match((await verify()).stdout, /: all is well\n2 secrets can be decrypted\n$/);

  await execute(stored.database, `UPDATE secret SET ciphertext = 'x' || ciphertext WHERE owner = 'up_1'`);
  const altered = await verify();
  assert.equal(altered.code, 1);
  assert.match(
    altered.stderr,
    /^secret of upstream ca: the stored value was altered: .*\n.* 1 things are wrong\n$/,
  );

  renameSync(stored.keyFile, `${stored.keyFile}.aside`);
  const without = await runCommand(['verify', '--database', stored.database]);
  assert.equal(without.code, 0);
  assert.match(
    without.stderr,
    /^warning: 2 secrets were not decrypted: there is no key (file at|for the secrets)/,
  );
  await runCommand(['secret-key', 'add', '--secret-key-file', stored.keyFile]);
  const wrong = await verify();
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.stderr,
    /^secret of \w+ \w+: the key [0-9a-f]{16} is not in .*\n.*\n.* 2 things are wrong\n$/,
  );

  chmodSync(stored.keyFile, 0o644);
  const shown = await runCommand(['secret-key', 'show', ...keyOptions(stored)]);
  assert.match(shown.stderr, /^warning: every user of the machine can read the key file .*: chmod 600 it\n$/);
});

test('backup and restore say where the key is', { skip: isPostgres }, async (t) => {
  const stored = await storedSecrets(t);
  await stored.open().secrets.put(webhook('1'), 'one');
  const folder = temporaryFolder(t);
  const copy = join(folder, 'copy.db');
  const backup = await runCommand(['backup', copy, '--database', stored.database]);
  assert.match(
    backup.stdout,
    /\nthe key of 1 secret is not in it, but in .*\.secret-key: keep a copy of that elsewhere\n$/,
  );
  const database = `sqlite:${join(folder, 'other.db')}`;
  const restore = async () =>
    (await runCommand(['restore', copy, '--replace', '--database', database])).stdout;
  assert.match(
    await restore(),
    /\nthe key of 1 secret is not in the backup, and there is no key file at .*other\.db\.secret-key: put it there\n/,
  );
  const ownFile = join(folder, 'other.db.secret-key');
  writeFileSync(ownFile, await newKey(), { mode: 0o600 });
  assert.match(await restore(), /\n1 of 1 secret cannot be decrypted with .*: put the key of before there\n/);
  writeFileSync(ownFile, readFileSync(stored.keyFile));
  assert.match(await restore(), /\nthe key of 1 secret is in .*other\.db\.secret-key\n/);
});
