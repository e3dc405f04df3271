import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readSettings, SETTINGS, type SettingKey, type SettingSources } from '../src/config.ts';
import { WrongUsage } from '../src/operator-error.ts';
import { temporaryFolder } from './temporary-folder.ts';

const KEYS = Object.keys(SETTINGS) as SettingKey[];

function read(sources: Partial<SettingSources>) {
  return readSettings(KEYS, { flags: {}, environment: {}, file: undefined, ...sources });
}

function problemsOf(sources: Partial<SettingSources>): readonly string[] {
  try {
    read(sources);
  } catch (error) {
    assert.ok(error instanceof WrongUsage);
    return error.problems;
  }
  return [];
}

function fileWith(t: TestContext, content: unknown): string {
  const file = join(temporaryFolder(t), 'settings.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

/** A good value of each setting as text, and what is made of it. */
const GOOD: Record<SettingKey, [string, unknown]> = {
  database: ['sqlite:a/b.db', 'sqlite:a/b.db'],
  secretKeyFile: ['s.key', 's.key'],
  host: ['::1', '::1'],
  port: ['0', 0],
  tlsCert: ['c.pem', 'c.pem'],
  tlsKey: ['k.pem', 'k.pem'],
  selfSigned: ['true', true],
  httpPort: ['65535', 65535],
  trustProxy: ['10.0.0.0/8, ::1', ['10.0.0.0/8', '::1']],
  proxyProtocol: ['1', true],
  forwardedHeaders: ['forwarded', 'forwarded'],
  trustForwardedHost: ['true', true],
  publicUrl: ['https://Orders.Example:443/', 'https://orders.example'],
  probePort: ['1', 1],
  probeHost: ['0.0.0.0', '0.0.0.0'],
  managementPort: ['2', 2],
  managementHost: ['::1', '::1'],
  noPages: ['true', true],
  noExpiry: ['true', true],
  noUpstreams: ['1', true],
  outboundCa: ['roots.pem', 'roots.pem'],
  outboundProxy: ['HTTP://Proxy.Example:3128/', 'http://proxy.example:3128'],
  outboundProxyCredentials: ['proxy-login', 'proxy-login'],
  outboundAllow: ['10.1.0.0/16,fd00::/8', ['10.1.0.0/16', 'fd00::/8']],
  acceptQueryArguments: ['1', true],
  suggestedOrgDetails: ['nested', 'nested'],
  apiRevision: ['1.2', '1.2'],
  workers: ['4', 4],
  maxConnections: ['9999999', 9999999],
  maxConnectionsPerAddress: ['1', 1],
  maxInFlight: ['20', 20],
  accountRate: ['60', 60],
  webhookRate: ['0', 0],
  auditRetention: ['365', 365],
  responseTimeout: ['30', 30],
  maxWaitsPerAccount: ['10', 10],
  maxOpenPages: ['200', 200],
  maxOpenPagesPerAccount: ['40', 40],
  maxOpenPagesPerLink: ['10', 10],
  maxOpenPagesPerAddress: ['30', 30],
  stopTimeout: ['0', 0],
};

/** A bad value of each setting, and what is said of it. */
const BAD: Record<SettingKey, [string, string]> = {
  database: [
    'postgres',
    'must be sqlite:PATH or a postgres:// URL, for example sqlite:orders.db or postgres://user@host/database',
  ],
  secretKeyFile: ['', 'must not be empty'],
  host: ['', 'must not be empty'],
  port: ['65536', 'must be a port, 1 to 65535 (0 takes a free one)'],
  tlsCert: ['', 'must not be empty'],
  tlsKey: ['', 'must not be empty'],
  selfSigned: ['yes', 'must be true or false'],
  httpPort: ['-1', 'must be a port, 1 to 65535 (0 takes a free one)'],
  trustProxy: [
    '10.0.0.1,x',
    "is wrong: 'x' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7",
  ],
  proxyProtocol: ['v2', 'must be true or false'],
  forwardedHeaders: ['Forwarded', 'must be x-forwarded or forwarded'],
  trustForwardedHost: ['yes', 'must be true or false'],
  publicUrl: [
    'https://orders.example/pages',
    'must be an https address without a path, such as https://orders.example',
  ],
  probePort: ['1.5', 'must be a port, 1 to 65535 (0 takes a free one)'],
  probeHost: ['', 'must not be empty'],
  managementPort: ['x', 'must be a port, 1 to 65535 (0 takes a free one)'],
  managementHost: ['', 'must not be empty'],
  noPages: ['no', 'must be true or false'],
  noExpiry: ['no', 'must be true or false'],
  noUpstreams: ['off', 'must be true or false'],
  outboundCa: ['', 'must not be empty'],
  outboundProxy: [
    'http://user:secret@proxy.example:3128',
    'must hold no login and password: put them into a file for --outbound-proxy-credentials',
  ],
  outboundProxyCredentials: ['', 'must not be empty'],
  outboundAllow: [
    '10.0.0.0/33',
    "is wrong: '10.0.0.0/33' is not an IP network; write it as 10.0.0.0/8, 2001:db8::/32 or 192.0.2.7",
  ],
  acceptQueryArguments: ['2', 'must be true or false'],
  suggestedOrgDetails: ['Flat', 'must be flat or nested'],
  apiRevision: ['1.1', 'must be 1.2 or 1.10'],
  workers: ['0', 'must be a number of processes, 1 to 999'],
  maxConnections: ['0', 'must be a whole number, 1 to 9999999'],
  maxConnectionsPerAddress: ['-1', 'must be a whole number, 1 to 9999999'],
  maxInFlight: ['1.5', 'must be a whole number, 1 to 9999999'],
  webhookRate: ['1001', 'must be a whole number, 0 to 1000'],
  accountRate: ['', 'must be a whole number, 1 to 9999999'],
  auditRetention: ['90d', 'must be a number of days, 1 to 9999'],
  responseTimeout: ['0', 'must be a number of seconds, 1 to 9999'],
  maxWaitsPerAccount: ['0', 'must be a whole number, 1 to 9999999'],
  maxOpenPages: ['0', 'must be a whole number, 1 to 9999999'],
  maxOpenPagesPerAccount: ['-1', 'must be a whole number, 1 to 9999999'],
  maxOpenPagesPerLink: ['many', 'must be a whole number, 1 to 9999999'],
  maxOpenPagesPerAddress: ['1e3', 'must be a whole number, 1 to 9999999'],
  stopTimeout: ['10s', 'must be a number of seconds, 0 to 9999'],
};

for (const key of KEYS) {
  const { name } = SETTINGS[key];
  const variable = `CERT_ORDER_STATUS_${name.toUpperCase().replaceAll('-', '_')}`;
  test(`${name} comes from its flag, from ${variable}, or from the file`, (t) => {
    const [text, value] = GOOD[key];
    assert.deepEqual(read({ flags: { [name]: text } })[key], value);
    assert.deepEqual(read({ environment: { [variable]: text } })[key], value);
    assert.deepEqual(read({ file: fileWith(t, { [name]: text }) })[key], value);

    const [bad, problem] = BAD[key];
    assert.deepEqual(problemsOf({ flags: { [name]: bad } }), [`--${name} ${problem}`]);
    if (bad !== '')
      assert.deepEqual(problemsOf({ environment: { [variable]: bad } }), [`${variable} ${problem}`]);
    const file = fileWith(t, { [name]: bad });
    assert.deepEqual(problemsOf({ file }), [`"${name}" in ${file} ${problem}`]);
  });
}

test('a flag wins over the environment, and the environment over the file', (t) => {
  const file = fileWith(t, { port: 3, host: 'file', 'trust-proxy': ['10.0.0.0/8', '192.0.2.7'] });
  const environment = { CERT_ORDER_STATUS_PORT: '2', CERT_ORDER_STATUS_HOST: 'environment' };
  const values = read({ flags: { port: '1' }, environment, file });
  assert.equal(values.port, 1);
  assert.equal(values.host, 'environment');
  assert.deepEqual(values.trustProxy, ['10.0.0.0/8', '192.0.2.7']);
});

test('what nobody sets has its default, or is not set', () => {
  const { port, probeHost, suggestedOrgDetails, trustProxy, selfSigned, database, host } = read({});
  assert.deepEqual(
    { port, probeHost, suggestedOrgDetails, trustProxy, selfSigned, database, host },
    {
      port: 8443,
      probeHost: '127.0.0.1',
      suggestedOrgDetails: 'flat',
      trustProxy: [],
      selfSigned: false,
      database: undefined,
      host: undefined,
    },
  );
});

test('an empty environment variable is as if it were not there', () => {
  assert.equal(read({ environment: { CERT_ORDER_STATUS_PORT: '' } }).port, 8443);
});

test('a settings file that is none is named with the reason', (t) => {
  const [missing = ''] = problemsOf({ file: join(temporaryFolder(t), 'none.json') });
  assert.match(missing, /^cannot read the settings file: ENOENT/);
  const broken = fileWith(t, '{');
  assert.deepEqual(problemsOf({ file: broken }), [`${broken}: is not valid JSON (at position 1)`]);
  const list = fileWith(t, []);
  assert.deepEqual(problemsOf({ file: list }), [
    `${list} must hold a JSON object of settings, such as {"port": 8443}`,
  ]);
  const odd = fileWith(t, { prot: 1, port: null, host: {} });
  assert.deepEqual(problemsOf({ file: odd }).slice(0, 3), [
    `"prot" in ${odd} is not a setting`,
    `"port" in ${odd} must be a text, a number, true or false`,
    `"host" in ${odd} must be a text, a number, true or false`,
  ]);
});

test('a public URL is an https address without anything behind the port', () => {
  for (const bad of [
    'orders.example',
    'http://orders.example',
    'https://user@orders.example',
    'https://orders.example/?a',
    'https://orders.example/#a',
    'https://',
    'https://a b',
  ]) {
    const [problem, ...more] = problemsOf({ flags: { 'public-url': bad } });
    assert.match(problem ?? '', /^--public-url must be an https address without a path/, bad);
    assert.deepEqual(more, []);
  }
  assert.equal(read({ flags: { 'public-url': 'https://[::1]:8443' } }).publicUrl, 'https://[::1]:8443');
});

test('a proxy is an http or https address without anything behind the port', () => {
  for (const bad of [
    'proxy.example',
    'proxy.example:3128',
    'socks5://proxy.example',
    'http://proxy.example/a',
    '',
  ]) {
    assert.deepEqual(problemsOf({ flags: { 'outbound-proxy': bad } }), [
      '--outbound-proxy must be the address of a proxy, such as http://proxy.example:3128',
    ]);
  }
});

test('the revision of the API is a text: a JSON number is refused with the advice to quote it', (t) => {
  for (const number of ['1.10', '1.1', '1.2']) {
    const file = fileWith(t, `{"api-revision": ${number}}`);
    assert.deepEqual(problemsOf({ file }), [
      `"api-revision" in ${file} must be a text, as numbers lose zeros: quote it, as in "api-revision": "1.10"`,
    ]);
  }
  assert.equal(read({ file: fileWith(t, '{"api-revision": "1.10"}') }).apiRevision, '1.10');
  assert.equal(read({}).apiRevision, '1.10');
  assert.equal(read({ environment: { CERT_ORDER_STATUS_API_REVISION: '1.2' } }).apiRevision, '1.2');
});
