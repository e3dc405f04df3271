import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { hasTerminals } from '../../../server/test/terminal.ts';
import { ISSUED, LOGIN, type ScriptedService, scriptedService } from '../scripted-service.ts';
import { testCertificate } from '../test-certificate.ts';
import { COMMAND, cleanEnvironment, home, orderStatus } from './order-status.ts';

const run = promisify(execFile);

/** The login and the password of the last request. */
function lastLogin({ received }: ScriptedService): readonly [string | null, string | null] {
  const form = new URLSearchParams(received.at(-1)?.body);
  return [form.get('loginName'), form.get('loginPassword')];
}

describe('The service and the account come from', () => {
  test('options, with the password on standard input', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const options = [
      '--base-url',
      service.baseUrl,
      '--login-name',
      'acme',
      '--ca',
      home(t).ca,
      '--password-stdin',
    ];
    const { code } = await orderStatus(['status', '1', ...options], {}, 'pass word \r\n');
    assert.equal(code, 0);
    assert.deepEqual(lastLogin(service), ['acme', 'pass word ']);
  });

  test('the environment', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    assert.equal((await orderStatus(['status', '1'], home(t).environment(service))).code, 0);
    assert.deepEqual(lastLogin(service), [LOGIN.loginName, LOGIN.loginPassword]);
  });

  test('the default profile, with its certificates beside it', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { profile, ca, folder } = home(t);
    const where = profile({ baseUrl: service.baseUrl, ...LOGIN, ca: 'test-ca.pem' });
    writeFileSync(join(folder, 'cert-order-status/test-ca.pem'), readFileSync(ca));
    assert.equal((await orderStatus(['status', '1'], where)).code, 0);
    assert.deepEqual(lastLogin(service), [LOGIN.loginName, LOGIN.loginPassword]);
  });

  test('a profile and a certificate with a byte-order mark in front', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { profile, ca } = home(t);
    writeFileSync(ca, `\ufeff${readFileSync(ca, 'utf8')}`);
    const where = profile(`\ufeff${JSON.stringify({ baseUrl: service.baseUrl, ...LOGIN, ca })}`);
    assert.equal((await orderStatus(['status', '1'], where)).code, 0);
    assert.deepEqual(lastLogin(service), [LOGIN.loginName, LOGIN.loginPassword]);
  });

  test('a profile by name, from an option or the environment', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { profile, ca } = home(t);
    const where = profile({ baseUrl: service.baseUrl, ...LOGIN, ca }, { name: 'live' });
    assert.equal((await orderStatus(['status', '1', '--profile', 'live'], where)).code, 0);
    assert.equal(
      (await orderStatus(['status', '1'], { ...where, CERT_ORDER_STATUS_PROFILE: 'live' })).code,
      0,
    );
    assert.equal(service.received.length, 2);
  });

  test('options before the environment, and that before the profile', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { profile, ca } = home(t);
    const where = profile({
      baseUrl: service.baseUrl,
      loginName: 'profile',
      loginPassword: 'of profile',
      ca,
    });
    const given = {
      ...where,
      CERT_ORDER_STATUS_LOGIN_NAME: 'environment',
      CERT_ORDER_STATUS_LOGIN_PASSWORD: 'of it',
    };
    assert.equal((await orderStatus(['status', '1'], given)).code, 0);
    assert.deepEqual(lastLogin(service), ['environment', 'of it']);
    assert.equal((await orderStatus(['status', '1', '--login-name', 'option'], given)).code, 0);
    assert.deepEqual(lastLogin(service), ['option', 'of it']);
  });

  test('a person at a terminal, who is not shown the password', { skip: !hasTerminals }, async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { ca } = home(t);
    const command = `'${process.execPath}' '${COMMAND}' status 1 --ca '${ca}'`;
    const child = run('script', ['-qec', command, '/dev/null'], { env: cleanEnvironment() });
    let shown = '';
    const answers = [
      [/service: $/, service.baseUrl],
      [/Login name: $/, 'acme'],
      [/Password: $/, 'typed secret'],
    ] as const;
    let next = 0;
    child.child.stdout?.on('data', (chunk: Buffer) => {
      shown += chunk.toString();
      const plain = stripVTControlCharacters(shown);
      const [question, line] = answers[next] ?? [];
      if (question?.test(plain)) {
        next++;
        child.child.stdin?.write(`${line}\r`);
      }
    });
    const { stdout } = await child;
    assert.match(stdout, /It is issued/);
    assert.ok(!stdout.includes('typed secret'));
    assert.deepEqual(lastLogin(service), ['acme', 'typed secret']);
  });
});

describe('A password is kept from strangers', () => {
  for (const mode of [0o640, 0o604, 0o644, 0o660, 0o666]) {
    test(`a profile of mode ${mode.toString(8)} is refused`, async (t) => {
      const where = home(t).profile({ baseUrl: 'https://orders.example.com', ...LOGIN }, { mode });
      const { code, stderr } = await orderStatus(['status', '1'], where);
      assert.equal(code, 1);
      assert.match(
        stderr,
        /^order-status: others can read the profile .*default\.json: run 'chmod 600 .*' first\n$/,
      );
    });
  }

  test('so is one behind a link', async (t) => {
    const { folder, profile } = home(t);
    const where = profile({ baseUrl: 'https://orders.example.com', ...LOGIN }, { name: 'real', mode: 0o644 });
    symlinkSync('real.json', join(folder, 'cert-order-status/default.json'));
    assert.match((await orderStatus(['status', '1'], where)).stderr, /others can read/);
  });

  test("a profile's password does not follow another base URL or another login", async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const { profile, ca } = home(t);
    const where = profile({ baseUrl: 'https://orders.example.com', ...LOGIN, ca });
    const elsewhere = await orderStatus(['status', '1', '--base-url', service.baseUrl, '--ca', ca], where);
    assert.match(elsewhere.stderr, /the login name is missing/);
    const other = await orderStatus(['status', '1', '--login-name', 'other'], where);
    assert.match(other.stderr, /the password is missing/);
    assert.equal(service.received.length, 0);
  });

  test('--insecure warns, and takes any certificate', async (t) => {
    const service = await scriptedService(t, [ISSUED], await testCertificate({ days: -1 }));
    const { environment } = home(t);
    const { CERT_ORDER_STATUS_CA: _, ...given } = environment(service);
    const refused = await orderStatus(['status', '1'], given);
    assert.equal(refused.code, 1);
    assert.match(
      refused.stderr,
      /^order-status: no trusted encrypted connection .* --ca FILE, any with --insecure\n$/,
    );
    assert.equal(service.received.length, 0);
    const taken = await orderStatus(['status', '1', '--insecure'], given);
    assert.equal(taken.code, 0);
    assert.equal(
      taken.stderr,
      'warning: --insecure accepts any certificate: an attacker on the network can read the password\n',
    );
  });

  test('--ca trusts the certificates in the file, and no others', async (t) => {
    const service = await scriptedService(t, [ISSUED], await testCertificate());
    const { code, stderr } = await orderStatus(['status', '1'], home(t).environment(service));
    assert.equal(code, 1);
    assert.match(stderr, /no trusted encrypted connection/);
    assert.equal(service.received.length, 0);
  });
});

describe('A profile that is none is refused, and nothing of it repeated', () => {
  const ROWS = [
    ['{"loginPassword": "secret" oops}', /is not valid JSON \(at position 27\)\n$/],
    [
      '{"loginPassword": "secret", "loginPasswor\\u0064": "x"}',
      /: loginPassword: is given more than once\n$/,
    ],
    ['["secret"]', /must be a JSON object/],
    [
      '{"password": "secret"}',
      /holds 'password'; it may hold baseUrl, loginName, loginPassword, token, ca\n$/,
    ],
    ['{"loginPassword": ["secret"]}', /loginPassword must be a string that is not empty\n$/],
    ['{"loginName": ""}', /loginName must be a string that is not empty\n$/],
  ] as const;
  for (const [content, message] of ROWS) {
    test(content, async (t) => {
      const { code, stderr } = await orderStatus(['status', '1'], home(t).profile(content));
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.ok(!stderr.includes('secret'));
    });
  }

  test('one that is asked for and not there', async (t) => {
    const { stderr } = await orderStatus(['status', '1', '--profile', 'x'], {
      XDG_CONFIG_HOME: home(t).folder,
    });
    assert.match(stderr, /^order-status: there is no profile 'x': .*x\.json does not exist\n$/);
    const bad = await orderStatus(['status', '1', '--profile', '../x']);
    assert.match(bad.stderr, /^order-status: '\.\.\/x' is no name of a profile/);
  });

  for (const [content, message] of [
    [undefined, /^order-status: cannot read the certificates in .*: ENOENT/],
    ['secret', /holds no PEM certificate/],
  ] as const) {
    test(`a certificate file that is ${content === undefined ? 'not there' : 'none'}`, async (t) => {
      const file = join(home(t).folder, 'x.pem');
      if (content !== undefined) writeFileSync(file, content);
      const options = [
        '--base-url',
        'https://orders.example.com',
        '--login-name',
        'a',
        '--password-stdin',
        '--ca',
        file,
      ];
      const { code, stderr } = await orderStatus(['status', '1', ...options], {}, 'x');
      assert.equal(code, 1);
      assert.match(stderr, message);
      assert.ok(!stderr.includes('secret'));
    });
  }
});
