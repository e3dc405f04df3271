import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { changeKeyFile } from '../../src/secrets/key-file.ts';
import { KeyRing } from '../../src/secrets/key-ring.ts';
import { newSecretKey } from '../../src/secrets/secret-key.ts';
import { COMMAND } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** A path for a key file, with what makes a ring of it. */
function keyFile(t: TestContext, text?: string) {
  const path = join(temporaryFolder(t), 'secret.key');
  if (text !== undefined) writeFileSync(path, text, { mode: 0o600 });
  return { path, ring: () => new KeyRing({ kind: 'file', path, isMade: false }) };
}

test('a key file holds one key a line, the newest first, and comments', (t) => {
  const [one, two] = [newSecretKey(), newSecretKey()];
  const { ring } = keyFile(t, `\u{feff}# mine\r\n\r\n  ${one}\r\n# earlier\n${two}\n${one}`);
  const ids = ring()
    .all()
    .map(({ id }) => id);
  assert.equal(ids.length, 2);
  const base64url = Buffer.from(one, 'base64').toString('base64url');
  assert.deepEqual(keyFile(t, base64url).ring().all()[0]?.id, ids[0]);
});

test('what is no key file is refused by a message that does not repeat it', (t) => {
  const [key] = [newSecretKey()];
  const cases: readonly [string, RegExp][] = [
    ['', /secret.key holds no key$/],
    ['# only a comment', /secret.key holds no key$/],
    [
      `${key}\nswordfish!`,
      /^line 2 of .*secret.key is not a key: a key is 32 bytes in base64, as 'cert-order-status secret-key generate' prints one$/,
    ],
    [
      Buffer.from(key, 'base64').toString('hex'),
      /^line 1 of .* is not a key: it has 48 bytes instead of 32$/,
    ],
    [key.slice(4), /^line 1 of .* is not a key: it has 29 bytes instead of 32$/],
    [`${key} ${key}`, /^line 1 of .* is not a key: a key is 32 bytes/],
    [Array.from({ length: 11 }, newSecretKey).join('\n'), /secret.key holds more than 10 keys$/],
    [`#${' '.repeat(16 * 1024)}`, /^the key file .* is larger than 16384 bytes$/],
  ];
  for (const [text, message] of cases) {
    const { message: actual } = failureOf(() => keyFile(t, text).ring().all());
    assert.match(actual, message);
    for (const part of [key, 'swordfish', key.slice(4)]) assert.ok(!actual.includes(part));
  }
});

function failureOf(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof Error);
    return error;
  }
  assert.fail('it did not fail');
}

test('a key file that others can write to is refused, and one that all can read is warned of', (t) => {
  const { path, ring } = keyFile(t, newSecretKey());
  for (const mode of [0o620, 0o602]) {
    chmodSync(path, mode);
    assert.throws(() => ring().all(), /others than its owner can write to the key file .*: chmod go-w it/);
  }
  for (const [mode, isWarned] of [
    [0o600, false],
    [0o440, false],
    [0o644, true],
  ] as const) {
    chmodSync(path, mode);
    const keys = ring();
    keys.all();
    assert.equal(/^every user of the machine can read the key file/.test(keys.warning ?? ''), isWarned);
  }
});

test('a folder, a named pipe and a missing folder are refused', async (t) => {
  const { path, ring } = keyFile(t);
  assert.throws(() => ring().all(), /^SecretUnavailable|there is no key file at /);
  mkdirSync(path);
  assert.throws(() => ring().all(), /is not a file|EISDIR/);
  const pipe = `${path}.pipe`;
  execFileSync('mkfifo', ['-m', '600', pipe]);
  const piped = new KeyRing({ kind: 'file', path: pipe, isMade: false });
  assert.throws(() => piped.all(), /is not a file/);
  const nowhere = new KeyRing({ kind: 'file', path: join(path, 'no', 'key'), isMade: true });
  await assert.rejects(nowhere.add(), /cannot write the key file .*ENOENT/);
  await assert.rejects(nowhere.newestOrMade(), /cannot write the key file .*ENOENT/);
});

test('a key is added in front, and the comments, the owner, the permissions and a link stay', async (t) => {
  const old = newSecretKey();
  const { path, ring } = keyFile(t, `# mine\n${old}\n`);
  const link = `${path}.link`;
  symlinkSync(path, link);
  chmodSync(path, 0o640);
  if (process.getuid?.() === 0) chownSync(path, 1234, 4321);
  const { uid, gid } = statSync(path);
  const keys = new KeyRing({ kind: 'file', path: link, isMade: false });
  const added = await keys.add();
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.deepEqual(lines.slice(1), ['# mine', old, '']);
  assert.equal(ring().all()[0]?.id, added);
  const state = statSync(path);
  assert.deepEqual([state.uid, state.gid, state.mode & 0o777], [uid, gid, 0o640]);

  const [, earlier] = keys.all();
  await keys.drop(new Set([earlier?.id ?? '']));
  assert.deepEqual(readFileSync(link, 'utf8').split('\n').slice(1), ['# mine', '']);
  assert.deepEqual(readdirSync(dirname(path)).toSorted(), ['secret.key', 'secret.key.link']);
});

test('a file that is full or wrong stays as it is', async (t) => {
  for (const text of [Array.from({ length: 10 }, newSecretKey).join('\n'), 'wrong']) {
    const { path, ring } = keyFile(t, text);
    await assert.rejects(ring().add());
    assert.equal(readFileSync(path, 'utf8'), text);
    assert.deepEqual(readdirSync(dirname(path)), ['secret.key']);
  }
});

test('a file that could be written only in part stays as it is', async (t) => {
  const text = `# ${'c'.repeat(1024)}\n${newSecretKey()}\n`;
  const { path } = keyFile(t, text);
  // Of a longer file only 1024 bytes are written, as where a disk is full.
  const limited = `trap '' XFSZ; ulimit -f 1; exec "$@"`;
  const add = [process.execPath, COMMAND, 'secret-key', 'add', '--secret-key-file', path];
  const { status, stderr } = spawnSync('bash', ['-c', limited, 'bash', ...add], { encoding: 'utf8' });
  assert.equal(status, 1);
  assert.match(stderr, /cannot write the key file .*EFBIG/);
  assert.equal(readFileSync(path, 'utf8'), text);
  assert.deepEqual(readdirSync(dirname(path)), ['secret.key']);
});

test('of many that change the file at once, none undoes what another has done', async (t) => {
  const { path, ring } = keyFile(t);
  const added = await Promise.all(Array.from({ length: 8 }, () => ring().add()));
  const ids = ring()
    .all()
    .map(({ id }) => id);
  assert.equal(ids.length, 8);
  assert.ok(added.every((id) => ids.includes(id)));
  assert.deepEqual(readdirSync(dirname(path)), ['secret.key']);
});

test('the new file of a process that was killed is in the way for a minute at most', async (t) => {
  const { path, ring } = keyFile(t, newSecretKey());
  writeFileSync(`${path}.new`, 'half a fi', { mode: 0o600 });
  const hourAgo = Date.now() / 1000 - 3600;
  utimesSync(`${path}.new`, hourAgo, hourAgo);
  await ring().add();
  assert.equal(ring().all().length, 2);
  assert.ok(!existsSync(`${path}.new`));
});

test('a file that another process took away while it was written does not replace the key file', async (t) => {
  const text = newSecretKey();
  const { path } = keyFile(t, text);
  const change = changeKeyFile(path, () => {
    execFileSync('mv', [`${path}.new`, `${path}.gone`]);
    writeFileSync(`${path}.new`, "another's", { mode: 0o600 });
    return 'mine';
  });
  await assert.rejects(change, /another process changes the key file/);
  assert.equal(readFileSync(path, 'utf8'), text);
  assert.equal(readFileSync(`${path}.new`, 'utf8'), "another's");
});
