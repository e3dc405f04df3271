import assert from 'node:assert/strict';
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { runCommand, startCommand } from '../command.ts';
import { isPostgres } from '../store/databases.ts';
import { keyOptions, type StoredSecrets, storedSecrets, webhook } from './stored-secrets.ts';

const SECRETS = 12;
/** More than a rotation has. */
const STEPS_LIMIT = 200;
/** At night the program is killed before each step, by day before some. */
const STRIDE = process.env['FAULT_ROUNDS'] === undefined ? 4 : 1;

const textOf = (index: number) => `secret number ${index}`;

async function fill({ open }: StoredSecrets, secrets = SECRETS): Promise<void> {
  for (let index = 0; index < secrets; index++) await open().secrets.put(webhook(`${index}`), textOf(index));
}

async function assertReadable({ open }: StoredSecrets): Promise<void> {
  const { secrets } = open();
  assert.equal(await secrets.check(({ reason }) => assert.fail(reason)), SECRETS);
  for (let index = 0; index < SECRETS; index++) {
    assert.deepEqual(await secrets.get(webhook(`${index}`)), [textOf(index)]);
  }
}

test('kill -9 before any step of a rotation loses nothing, and running it again completes it', async (t) => {
  const stored = await storedSecrets(t);
  await fill(stored);
  const dying = new URL('dying.ts', import.meta.url).href;
  const rotate = (killAt: number) =>
    startCommand(['secret-key', 'rotate', ...keyOptions(stored)], {
      env: { KILL_AT: String(killAt), NODE_OPTIONS: `--import ${dying}` },
    }).ended;
  const before = readFileSync(stored.keyFile);
  const lastKey = () => stored.open().keys.all()[0]?.id;
  let killed = 0;
  for (let killAt = 1; killAt < STEPS_LIMIT; killAt += STRIDE) {
    const { code, stderr } = await rotate(killAt);
    assert.equal(stderr, '');
    await assertReadable(stored);
    // As if a minute had gone by.
    if (existsSync(`${stored.keyFile}.new`)) utimesSync(`${stored.keyFile}.new`, 0, 0);
    if (code === 0) break;
    killed++;
    // Whatever it has done, it can go on from there.
    for (let runs = 0; runs < 2; runs++) {
      const { code } = await runCommand(['secret-key', 'rotate', ...keyOptions(stored)]);
      assert.equal(code, 0);
    }
    await assertReadable(stored);
    const uses = await stored.store.secretRows.keyUses();
    assert.equal(uses.length, 1);
    assert.equal(uses[0]?.keyID, await stored.store.secretRows.currentKeyID());
    // From the beginning, with room for another key.
    const { secrets, keys } = stored.open();
    await secrets.reencrypt(keys.all().at(-1)?.id ?? '');
    writeFileSync(stored.keyFile, before);
    assert.equal(lastKey(), await stored.store.secretRows.currentKeyID());
  }
  assert.ok(killed >= 8 / STRIDE, `killed ${killed} times`);
});

test('secrets are read and written while they are encrypted anew, again and again', async (t) => {
  const stored = await storedSecrets(t);
  await fill(stored, 300);
  let isOver = false;
  let rounds = 0;
  /** A process that serves: its keys were read before the first rotation. */
  const serve = async (owner: string) => {
    const { secrets } = stored.open();
    await secrets.put(webhook(owner), `${owner} 0`);
    for (let round = 1; !isOver || round < 5; round++) {
      await secrets.put(webhook(owner), `${owner} ${round}`, 60_000);
      assert.deepEqual(await secrets.get(webhook(owner)), [`${owner} ${round}`, `${owner} ${round - 1}`]);
      assert.deepEqual(await secrets.get(webhook('7')), [textOf(7)]);
      rounds++;
      // Others have their turn, also where the database is synchronous.
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const serving = Promise.all(['one', 'two'].map(serve));
  for (let rotation = 0; rotation < 2; rotation++) {
    for (let runs = 0; runs < (isPostgres ? 2 : 1); runs++) {
      const { code, stderr } = await startCommand(['secret-key', 'rotate', ...keyOptions(stored)]).ended;
      assert.deepEqual([code, stderr], [0, '']);
    }
  }
  isOver = true;
  await serving;
  assert.ok(rounds > 5);
  const { keys, secrets } = stored.open();
  assert.equal(keys.all().length, 3);
  const [use, ...others] = await stored.store.secretRows.keyUses();
  assert.deepEqual([use?.keyID, others], [keys.all()[0]?.id, []]);
  assert.equal(await secrets.check(({ reason }) => assert.fail(reason)), 304);
});
