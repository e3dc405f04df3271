import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFixture, runCommand } from '../command.ts';

test('a token of an account is added, shown once, listed and revoked', async (t) => {
  const fixture = await commandFixture(t);
  const token = (...args: string[]) => runCommand(['account', 'token', ...args, ...fixture.database]);
  const added = await token('add', 'acme-hosting', 'watcher', '--expires', '2100-01-01T00:00:00Z');
  assert.match(added.stdout, /^cosa_[A-Za-z0-9_-]{43}\n$/);
  assert.equal(
    added.stderr,
    "token 'watcher' of account 'acme-hosting' was added: scope read, expires at 2100-01-01T00:00:00Z. It is shown only this once:\n",
  );
  assert.match(
    (await token('list', 'acme-hosting')).stdout,
    /^NAME .*\nwatcher +read +valid until 2100-01-01T00:00:00Z +\S+Z +never\n$/,
  );
  const again = await token('add', 'acme-hosting', 'watcher');
  assert.deepEqual(
    [again.code, again.stderr],
    [
      1,
      "cert-order-status: account 'acme-hosting' has a token 'watcher' already; revoke it, or choose another name\n",
    ],
  );
  const revoke = () => token('revoke', 'acme-hosting', 'watcher');
  assert.equal((await revoke()).stdout, "token 'watcher' of account 'acme-hosting' is now revoked\n");
  assert.equal((await revoke()).stdout, "token 'watcher' of account 'acme-hosting' was already revoked\n");
  const [listed] = (await token('list', 'acme-hosting', '--json')).stdout.split('\n');
  const { revoked, created, ...others } = JSON.parse(listed ?? '');
  assert.deepEqual(others, { name: 'watcher', scope: 'read', expires: '2100-01-01T00:00:00Z' });
  assert.ok(revoked >= created);
});

test('bad arguments of account token are named', async (t) => {
  const fixture = await commandFixture(t);
  for (const [args, exitCode, message] of [
    [['add', 'acme-hosting'], 2, /missing required argument 'NAME'/],
    [['add', 'acme-hosting', ''], 2, /the name must not be empty/],
    [['add', 'acme-hosting', 'x', '--expires', '2001-01-01T00:00:00Z'], 2, /--expires is in the past/],
    [['add', 'missing', 'x'], 1, /there is no account 'missing'/],
    [['list', 'missing'], 1, /there is no account 'missing'/],
    [['revoke', 'acme-hosting', 'x'], 1, /account 'acme-hosting' has no token 'x'/],
  ] as const) {
    const { code, stderr } = await runCommand(['account', 'token', ...args, ...fixture.database]);
    assert.equal(code, exitCode, stderr);
    assert.match(stderr, message);
  }
});
