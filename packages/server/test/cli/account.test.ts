import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { matchesHash } from '../../src/accounts/password-hash.ts';
import { openStore } from '../../src/store/open-store.ts';
import { COMMAND, type CommandFixture, commandFixture, runCommand } from '../command.ts';
import { hasTerminals } from '../terminal.ts';

async function accepts(fixture: CommandFixture, loginName: string, password: string): Promise<boolean> {
  const store = await openStore(fixture.database[1], 'read');
  try {
    const account = await store.accounts.find(loginName);
    return account !== undefined && (await matchesHash(password, account.passwordHash));
  } finally {
    await store.close();
  }
}

const SHORT =
  'warning: the password has fewer than 12 characters; the pages and the management API would not accept it as a new one\n';

test('--password-stdin: one trailing newline is not part of the password', async (t) => {
  const fixture = await commandFixture(t, []);
  const cases = [
    ['a', 'secret', 'secret'],
    ['b', 'secret\n', 'secret'],
    ['c', 'secret\r\n', 'secret'],
    ['d', ' secret \n\n', ' secret \n'],
  ] as const;
  for (const [loginName, input, password] of cases) {
    const { code, stdout, stderr } = await runCommand(
      ['account', 'add', loginName, '--password-stdin', ...fixture.database],
      { input },
    );
    assert.equal(code, 0);
    assert.equal(stdout, `account '${loginName}' was added\n`);
    assert.equal(stderr, SHORT);
    assert.ok(await accepts(fixture, loginName, password), loginName);
  }
});

test('passwords that the API could not carry are refused, and nothing is changed', async (t) => {
  const fixture = await commandFixture(t);
  for (const input of ['', '\n', 'a\0b', 'x'.repeat(129), Buffer.from([0x61, 0xff])]) {
    const { code, stderr } = await runCommand(
      ['account', 'passwd', 'acme-hosting', '--password-stdin', ...fixture.database],
      { input },
    );
    assert.equal(code, 1);
    assert.match(stderr, /^cert-order-status: the password .*; nothing was changed\n$/);
  }
  assert.ok(await accepts(fixture, 'acme-hosting', 'correct horse'));
});

test('a password of fewer than 12 characters is taken with a warning, one of 12 without', async (t) => {
  const fixture = await commandFixture(t);
  for (const [input, warning] of [
    ['elevenchars', SHORT],
    ['😀'.repeat(11), SHORT],
    ['twelve chars', ''],
  ] as const) {
    const args = ['account', 'passwd', 'acme-hosting', '--password-stdin', ...fixture.database];
    const { code, stdout, stderr } = await runCommand(args, { input });
    assert.deepEqual(
      [code, stdout, stderr],
      [0, "the password of account 'acme-hosting' was changed\n", warning],
    );
    assert.ok(await accepts(fixture, 'acme-hosting', input));
  }
});

test('--generate makes up a password and prints it; passwd replaces one; names are taken once', async (t) => {
  const fixture = await commandFixture(t);
  const { stdout } = await runCommand([
    'account',
    'passwd',
    'acme-hosting',
    '--generate',
    ...fixture.database,
  ]);
  const [, password = ''] = /^password: (\w{24})$/m.exec(stdout) ?? [];
  assert.ok(await accepts(fixture, 'acme-hosting', password));
  assert.ok(!(await accepts(fixture, 'acme-hosting', 'correct horse')));

  const again = await runCommand(['account', 'add', 'acme-hosting', '--generate', ...fixture.database]);
  assert.equal(again.code, 1);
  assert.match(
    again.stderr,
    /account 'acme-hosting' exists already; 'account passwd' changes its password\n$/,
  );
  assert.ok(await accepts(fixture, 'acme-hosting', password));
  const other = await runCommand(['account', 'add', 'ACME-hosting', '--generate', ...fixture.database]);
  assert.equal(other.code, 0);
});

test('disable, enable and list', async (t) => {
  const fixture = await commandFixture(t);
  const run = async (...args: string[]) =>
    (await runCommand(['account', ...args, ...fixture.database])).stdout;
  assert.equal(await run('disable', 'acme-hosting'), "account 'acme-hosting' is now disabled\n");
  assert.equal(await run('disable', 'acme-hosting'), "account 'acme-hosting' was already disabled\n");
  assert.match(
    await run('list'),
    /^LOGIN +STATE +ORDERS +CREATED +ALLOWED FROM\nacme-hosting +disabled +0 +\d{4}-.*Z +anywhere\n$/,
  );
  assert.equal(await run('enable', 'acme-hosting'), "account 'acme-hosting' is now enabled\n");
  const { created, ...account } = JSON.parse(await run('list', '--json'));
  assert.deepEqual(account, { loginName: 'acme-hosting', disabled: false, orders: 0, allowedAddresses: [] });
  assert.match(created, /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/);
});

test('allow says from where an account may ask', async (t) => {
  const fixture = await commandFixture(t);
  const run = (...args: string[]) => runCommand(['account', ...args, ...fixture.database]);
  const networks = ['10.0.0.0/8', '2001:db8::/32'];
  assert.equal(
    (await run('allow', 'acme-hosting', ...networks)).stdout,
    "account 'acme-hosting' may send requests from 10.0.0.0/8, 2001:db8::/32\n",
  );
  assert.deepEqual(JSON.parse((await run('list', '--json')).stdout).allowedAddresses, networks);
  for (const [args, problem] of [
    [[], 'name one network or several, or --anywhere'],
    [['10.0.0.0/8', '--anywhere'], 'name one network or several, or --anywhere'],
    [['10.0.0.0/40'], "'10.0.0.0/40' is not an IP network"],
  ] as const) {
    const { code, stderr } = await run('allow', 'acme-hosting', ...args);
    assert.equal(code, 2);
    assert.ok(stderr.includes(problem), stderr);
  }
  assert.equal((await run('allow', 'nobody', '10.0.0.0/8')).code, 1);
  assert.equal(
    (await run('allow', 'acme-hosting', '--anywhere')).stdout,
    "account 'acme-hosting' may send requests from anywhere\n",
  );
  assert.deepEqual(JSON.parse((await run('list', '--json')).stdout).allowedAddresses, []);
});

test('the prompt does not echo what is typed', { skip: !hasTerminals }, async (t) => {
  const fixture = await commandFixture(t, []);
  const command = [process.execPath, COMMAND, 'account', 'add', 'joe', ...fixture.database].join(' ');
  const terminal = spawn('script', ['-qec', command, join(fixture.folder, 'typescript')], { stdio: 'pipe' });
  let shown = '';
  let asked = 0;
  terminal.stdout.on('data', (chunk: Buffer) => {
    shown += chunk.toString();
    const prompts = shown.match(/Password for joe: |The same again: /g)?.length ?? 0;
    for (; asked < prompts; asked++) terminal.stdin.write('typed secret\r');
  });
  const code = await new Promise((resolve) => terminal.once('close', resolve));
  assert.equal(code, 0, shown + (await text(terminal.stderr)));
  assert.equal(asked, 2);
  assert.ok(!shown.includes('typed secret'));
  assert.ok(await accepts(fixture, 'joe', 'typed secret'));
});
