import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { SETTINGS } from '../../src/config.ts';
import { COMMAND, commandFixture, runCommand } from '../command.ts';

const run = promisify(execFile);

/** Every command, and the options its help must name. */
const COMMANDS: Record<string, readonly string[]> = {
  '': ['--version'],
  demo: ['--host', '--port', '--suggested-org-details'],
  serve: Object.values(SETTINGS).map(({ name }) => `--${name}`),
  'account add': ['--password-stdin', '--generate', '--database'],
  'account passwd': ['--password-stdin', '--generate', '--database'],
  'account disable': ['--database'],
  'account enable': ['--database'],
  'account list': ['--json', '--database'],
  import: ['--skip-invalid', '--database'],
  'order show': ['--json', '--database'],
  status: ['--certificate', '--query-type', '--json', '--base-url', '--profile', '--ca', '--insecure'],
  watch: ['--certificate', '--interval', '--timeout', '--json', '--token-file', '--base-url', '--profile'],
  listen: ['--forward-to', '--event', '--after', '--from-start', '--timeout', '--json', '--token-file'],
  changes: ['--after', '--from-start', '--timeout', '--json', '--token-file', '--base-url', '--profile'],
};

for (const [command, options] of Object.entries(COMMANDS)) {
  test(`${command || 'the command'} --help names every option and exits 0`, async () => {
    const { code, stdout, stderr } = await runCommand([...command.split(' ').filter(Boolean), '--help']);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    for (const option of options) assert.ok(stdout.includes(option), `${option} is not in the help`);
  });
}

test('wrong usage exits 2 with one line that says what is wrong', async () => {
  const cases: [string[], RegExp][] = [
    [['srve'], /^cert-order-status: unknown command 'srve' \(Did you mean serve\?\)\n$/],
    [['serve', '--prot', '1'], /^cert-order-status: unknown option '--prot' \(Did you mean --port\?\)\n$/],
    [['import'], /^cert-order-status: missing required argument 'FILE'\n$/],
    [
      ['order', 'show', 'x', '--database', 'sqlite:x'],
      /^cert-order-status: an order number has 1 to 18 digits and is at least 1\n$/,
    ],
    [
      ['account', 'list'],
      /^cert-order-status: --database is missing: say where the order database is, .*\n$/,
    ],
    [
      ['account', 'add', 'x'.repeat(65), '--database', 'sqlite:x'],
      /^cert-order-status: the login name must be at most 64 characters long\n$/,
    ],
    [
      ['account', 'add', 'x', '--generate', '--password-stdin', '--database', 'sqlite:x'],
      /^cert-order-status: option '--generate' cannot be used with option '--password-stdin'\n$/,
    ],
  ];
  const ended = await Promise.all(cases.map(([args]) => runCommand(args)));
  for (const [index, { code, stderr }] of ended.entries()) {
    assert.match(stderr, cases[index]?.[1] ?? /never/);
    assert.equal(code, 2);
  }
});

test('serve names every wrong setting, a line each, and needs a certificate', async () => {
  const { code, stderr } = await runCommand(
    [
      'serve',
      '--port',
      '99999',
      '--trust-proxy',
      '10.0.0.0/33',
      '--suggested-org-details',
      'both',
      '--tls-cert',
      'c',
    ],
    { env: { CERT_ORDER_STATUS_PROBE_PORT: 'x', CERT_ORDER_STATUS_DATABASE: 'mysql:x' } },
  );
  assert.equal(code, 2);
  assert.deepEqual(stderr.trim().split('\n').sort(), [
    'cert-order-status: --port must be a port, 1 to 65535 (0 takes a free one)',
    'cert-order-status: --suggested-org-details must be flat or nested',
    'cert-order-status: --tls-key is missing: --tls-cert needs its private key',
    "cert-order-status: --trust-proxy is wrong: '10.0.0.0/33' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7",
    'cert-order-status: CERT_ORDER_STATUS_DATABASE must be sqlite:PATH or a postgres:// URL, for example sqlite:orders.db or postgres://user@host/database',
    'cert-order-status: CERT_ORDER_STATUS_PROBE_PORT must be a port, 1 to 65535 (0 takes a free one)',
  ]);
  for (const flag of ['--proxy-protocol', '--trust-forwarded-host']) {
    const alone = await runCommand(['serve', '--database', 'sqlite:x.db', '--self-signed', flag]);
    assert.equal(alone.code, 2);
    assert.match(
      alone.stderr,
      new RegExp(`^cert-order-status: --trust-proxy is missing: ${flag} needs .*\\n$`),
    );
  }
  const loginAlone = ['--self-signed', '--outbound-proxy-credentials', 'x'];
  const { code: codeAlone, stderr: aloneError } = await runCommand([
    ...['serve', '--database', 'sqlite:x.db', ...loginAlone],
  ]);
  assert.equal(codeAlone, 2);
  assert.match(
    aloneError,
    /^cert-order-status: --outbound-proxy is missing: --outbound-proxy-credentials needs .*\n$/,
  );
  for (const flag of ['--trust-proxy', '--outbound-allow']) {
    const twice = await runCommand([
      ...['serve', '--database', 'sqlite:x.db', '--self-signed', flag, 'x', flag, '10.0.0.0/8'],
    ]);
    assert.equal(twice.code, 2);
    assert.match(twice.stderr, new RegExp(`^cert-order-status: ${flag} is wrong: 'x' is not an IP network`));
  }
  const bare = await runCommand(['serve', '--database', 'sqlite:x.db']);
  assert.equal(bare.code, 2);
  assert.match(
    bare.stderr,
    /^cert-order-status: there is no certificate: give --tls-cert and --tls-key, .*\n$/,
  );
  assert.ok(!existsSync('x.db'));
});

test('what cannot be done exits 1 with one line that says what to do', async (t) => {
  const fixture = await commandFixture(t);
  const cases: [string[], RegExp][] = [
    [['order', 'show', '1', ...fixture.database], /^cert-order-status: there is no order 1\n$/],
    [
      ['account', 'disable', 'ACME-hosting', ...fixture.database],
      /there is no account 'ACME-hosting' \(login names are case-sensitive\)\n$/,
    ],
    [
      ['account', 'list', '--database', `sqlite:${fixture.folder}/none.db`],
      /there is no order database at .*none\.db; /,
    ],
    [['import', '-', '--database', `sqlite:${fixture.folder}/no/o.db`], /the folder .*no does not exist\n$/],
    [
      ['account', 'passwd', 'acme-hosting', ...fixture.database],
      /there is no terminal to ask for the password on; /,
    ],
    [
      ['serve', '--tls-cert', 'none.pem', '--tls-key', 'none.key', '--port', '0', ...fixture.database],
      /^cert-order-status: cannot read the certificate none\.pem: ENOENT/,
    ],
  ];
  const ended = await Promise.all(cases.map(([args]) => runCommand(args)));
  for (const [index, { code, stderr }] of ended.entries()) {
    assert.match(stderr, cases[index]?.[1] ?? /never/);
    assert.equal(stderr.trim().split('\n').length, 1);
    assert.equal(code, 1);
  }
});

const OLD_NODE = '/usr/bin/node';
const isOld = existsSync(OLD_NODE) && /^v(1|20|22)/.test((await run(OLD_NODE, ['--version'])).stdout);

test('a Node that is too old is told which one is needed', { skip: !isOld }, async () => {
  const failure = await run(OLD_NODE, [COMMAND]).catch((error) => error);
  assert.equal(failure.code, 1);
  assert.match(failure.stderr, /^cert-order-status: needs Node 24\.7 or later, and this is v.*\n$/);
});

test('output that cannot be written is a failure in one line, and a pipe closed early is no success', {
  skip: process.platform !== 'linux',
}, async () => {
  const [full, gone] = ['"$@" > /dev/full', 'set -o pipefail; { sleep 0.2; exec "$@"; } | true'].map(
    (script) =>
      run('bash', ['-c', script, 'bash', process.execPath, COMMAND, '--help']).then(
        ({ stderr }) => ({ code: 0, stderr }),
        ({ code, stderr }) => ({ code, stderr }),
      ),
  );
  assert.deepEqual(await full, {
    code: 1,
    stderr:
      'cert-order-status: standard output cannot be written to: ENOSPC: no space left on device, write\n',
  });
  assert.deepEqual(await gone, { code: 141, stderr: '' });
});
