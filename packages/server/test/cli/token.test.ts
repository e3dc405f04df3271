import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFixture, runCommand } from '../command.ts';
import { execute } from '../store/databases.ts';

test('a token is shown once, alone on standard output, and is nowhere in the database', async (t) => {
  const fixture = await commandFixture(t);
  const token = (...args: string[]) => runCommand(['token', ...args, ...fixture.database]);
  const created = await token('create', 'intake', '--scope', 'write', '--expires', '2100-01-01T00:00:00Z');
  assert.match(created.stdout, /^cos_[A-Za-z0-9_-]{43}\n$/);
  assert.equal(
    created.stderr,
    "token 'intake' was created: scope write, expires at 2100-01-01T00:00:00Z. It is shown only this once:\n",
  );
  assert.match(
    (await token('list')).stdout,
    /^NAME .*\nintake +write +valid until 2100-01-01T00:00:00Z +\S+Z +never\n$/,
  );
  const [, database] = fixture.database;
  const stored = JSON.stringify(await execute(database, 'SELECT * FROM token'));
  assert.match(stored, /"intake"/);
  assert.ok(!stored.includes(created.stdout.trim()));
});

test('a name is taken for ever, also by a token that was revoked', async (t) => {
  const fixture = await commandFixture(t);
  const token = (...args: string[]) => runCommand(['token', ...args, ...fixture.database]);
  await token('create', 'intake', '--scope', 'read');
  assert.equal((await token('revoke', 'intake')).stdout, "token 'intake' is now revoked\n");
  assert.equal((await token('revoke', 'intake')).stdout, "token 'intake' was already revoked\n");
  assert.equal((await token('revoke', 'other')).stderr, "cert-order-status: there is no token 'other'\n");
  const again = await token('create', 'intake', '--scope', 'read');
  assert.deepEqual(
    { code: again.code, stderr: again.stderr },
    {
      code: 1,
      stderr: "cert-order-status: there is or was a token 'intake' already; choose another name\n",
    },
  );
  assert.match((await token('list', '--json')).stdout, /"revoked":"/);
});

test('bad arguments of token create are named', async (t) => {
  const fixture = await commandFixture(t);
  for (const [args, message] of [
    [['intake'], /required option '--scope <SCOPE>' not specified/],
    [['intake', '--scope', 'all'], /Allowed choices are read, write, admin/],
    [['', '--scope', 'read'], /the name must not be empty/],
    [['x', '--scope', 'read', '--expires', '2001-01-01T00:00:00Z'], /--expires is in the past/],
    [['x', '--scope', 'read', '--expires', 'soon'], /It must be a time such as/],
  ] as const) {
    const { code, stderr } = await runCommand(['token', 'create', ...args, ...fixture.database]);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
  }
});
