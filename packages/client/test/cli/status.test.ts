import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { describe, test } from 'node:test';
import { promisify, stripVTControlCharacters } from 'node:util';
import { hasTerminals } from '../../../server/test/terminal.ts';
import { answer, scriptedService } from '../scripted-service.ts';
import { COMMAND, cleanEnvironment, home, orderStatus } from './order-status.ts';

const run = promisify(execFile);

const WAITING = answer(
  new URLSearchParams({
    errorCode: '0',
    '1_orderNumber': '7250060',
    '1_orderDateTime': '2025-06-11 11:57',
    '1_orderStatus': 'Pending',
    '1_1_objectType': 'SSL',
    '1_1_FQDN': 'www.example.com',
    '1_1_certificateStatus': 'Awaiting Validation',
    '1_1_csrStatus': '1',
    '1_1_dcvStatus': '2',
    '1_1_ovCallBackStatus': '-1',
    '1_1_caaStatus': '0',
    '1_1_laterStatus': 'new',
  }).toString(),
);

const SHOWN = `Order 7250060
  ordered  2025-06-11 11:57
  status   Pending
  The order is not done yet

Certificate 1 of 1
  objectType        SSL
  FQDN              www.example.com
  status            Awaiting Validation
  csrStatus         completed
  dcvStatus         in-progress
  ovCallBackStatus  not-required
  caaStatus         not-completed
  laterStatus       new
  It is not issued yet; it waits for:
  - applicant: Domain control validation has begun: answer the e-mail, or leave the DNS record or file in place until the CA has seen it
  - CA: The CA has yet to check the domain's CAA records
`;

describe('order-status status', () => {
  test('shows order, certificates, checks and what is waited for', async (t) => {
    const service = await scriptedService(t, [WAITING]);
    const ended = await orderStatus(['status', '7250060'], home(t).environment(service));
    assert.deepEqual(ended, { code: 0, stdout: SHOWN, stderr: '' });
    assert.match(service.received[0]?.body ?? '', /&orderNumber=7250060&queryType=1$/);
  });

  test('--json: what was answered, and what it means', async (t) => {
    const service = await scriptedService(t, [WAITING]);
    const { stdout } = await orderStatus(['status', '7250060', '--json'], home(t).environment(service));
    const report = JSON.parse(stdout);
    assert.equal(stdout.trim().split('\n').length, 1);
    assert.equal(report.orders[0].certificates[0].dcvStatus, 'in-progress');
    assert.deepEqual(report.orders[0].certificates[0].extra, { laterStatus: 'new' });
    assert.equal(report.settled, false);
    assert.equal(report.success, false);
    assert.equal(report.explanation.orders[0].certificates[0].who, 'applicant');
  });

  for (const [args, body] of [
    [['--certificate', '9999999999999999'], 'certificateID=9999999999999999&queryType=1'],
    [
      ['7250060', '--certificate', '5550001', '--query-type', '0'],
      'orderNumber=7250060&certificateID=5550001&queryType=0',
    ],
    [['0007250060', '--query-type', '2'], 'orderNumber=7250060&queryType=2'],
    [['7250060', '--validity'], 'orderNumber=7250060&queryType=1&showValidityPeriod=Y'],
  ] as const) {
    test(`${args.join(' ')} asks for ${body}`, async (t) => {
      const service = await scriptedService(t, [WAITING]);
      const { code } = await orderStatus(['status', ...args], home(t).environment(service));
      assert.equal(code, 0);
      assert.ok(service.received[0]?.body.endsWith(`&${body}`));
    });
  }

  test('shows a validity period and the fields of later revisions, in text and in JSON', async (t) => {
    const issued = answer(
      'errorCode=0&1_orderNumber=7&1_1_serialNumber=0A&1_1_notBefore=1749643200&1_1_notAfter=soon' +
        '&1_1_certificateStatus=Issued&1_1_slId=77&1_1_shippingSurname=O%27Neill',
    );
    const service = await scriptedService(t, [issued]);
    const { stdout } = await orderStatus(['status', '7', '--validity'], home(t).environment(service));
    assert.match(stdout, /\n {2}serialNumber +0A\n {2}notBefore +2025-06-11 12:00:00 UTC\n/);
    assert.match(stdout, /\n {2}slId +77\n {2}shippingSurname +O'Neill\n {2}notAfter +soon\n/);
    const json = await orderStatus(['status', '7', '--validity', '--json'], home(t).environment(service));
    const [certificate] = JSON.parse(json.stdout).orders[0].certificates;
    assert.equal(certificate.notBefore, '2025-06-11T12:00:00.000Z');
    assert.deepEqual(certificate.extra, { notAfter: 'soon' });
    assert.equal(certificate.slId, '77');
  });

  test('what a server writes cannot command the terminal', async (t) => {
    const evil = answer(
      new URLSearchParams({
        errorCode: '0',
        '1_orderStatus': 'Rejected',
        '1_orderStatusReason': '\x1b[2J\x1b]0;owned\x07\r\n\u009b31m\u202Eback',
        '1_x\x1b[31m': '1',
      }).toString(),
    );
    const service = await scriptedService(t, [evil]);
    const { stdout } = await orderStatus(['status', '1'], {
      ...home(t).environment(service),
      FORCE_COLOR: '1',
    });
    const lines = stripVTControlCharacters(stdout).replaceAll('\n', '');
    assert.doesNotMatch(lines, /[\p{Cc}\u202E]/u);
    assert.match(lines, /\\u001b\[2J\\u001b\]0;owned\\u0007/);
    assert.ok(!stdout.includes('x\x1b'));
    const failing = await scriptedService(t, [answer('errorCode=-99&errorMessage=%1B%5B2J%0Agone')]);
    const { stderr } = await orderStatus(['status', '1'], home(t).environment(failing));
    assert.equal(stderr, 'order-status: \\u001b[2J\\u000agone (error code -99)\n');
  });
});

describe('Colours and symbols', { skip: !hasTerminals }, () => {
  /** The command with a terminal as its standard output, which `script` makes. */
  async function onTerminal(args: string, env: Record<string, string>): Promise<string> {
    const command = `'${process.execPath}' '${COMMAND}' ${args}`;
    const { stdout } = await run('script', ['-qec', command, '/dev/null'], {
      env: { ...cleanEnvironment(), TERM: 'xterm-256color', ...env },
    });
    return stdout.replaceAll('\r\n', '\n');
  }

  test('are there on a terminal', async (t) => {
    const service = await scriptedService(t, [WAITING]);
    const shown = await onTerminal('status 7250060', home(t).environment(service));
    assert.ok(shown.includes('dcvStatus         \x1b[33m…\x1b[39m in-progress'));
    assert.ok(shown.includes('csrStatus         \x1b[32m✓\x1b[39m completed'));
  });

  test('NO_COLOR leaves the symbols', async (t) => {
    const service = await scriptedService(t, [WAITING]);
    const shown = await onTerminal('status 7250060', { ...home(t).environment(service), NO_COLOR: '1' });
    assert.match(shown, /dcvStatus {9}… in-progress/);
    assert.ok(!shown.includes('\x1b['));
  });
});

describe('What cannot be asked is said in a line', () => {
  const ERRORS = [
    [
      'errorCode=-16&errorMessage=Permission+denied%21',
      /^order-status: Permission denied! \(error code -16\): is the login right, and the password\?\n$/,
    ],
    [
      'errorCode=-4&errorMessage=The+value+of+the+%27orderNumber%27+argument+is+invalid%21',
      /^order-status: The value of the 'orderNumber' argument is invalid! \(error code -4\): there is none of that number, or it is not the account's\n$/,
    ],
    [
      'errorCode=-20&errorMessage=no&errorItem=order%1b%5b2J&errorDetail=line%0Aend',
      /^order-status: no \(error code -20\) \(errorItem: order\\u001b\[2J, errorDetail: line\\u000aend\)\n$/,
    ],
    ['errorCode=-99', /^order-status: the service answered with error code -99\n$/],
  ] as const;
  for (const [form, stderr] of ERRORS) {
    test(form, async (t) => {
      const service = await scriptedService(t, [answer(form)]);
      const ended = await orderStatus(['status', '1'], home(t).environment(service));
      assert.match(ended.stderr, stderr);
      assert.equal(ended.code, 1);
      assert.equal(ended.stdout, '');
    });
  }

  const USAGE = [
    [['status'], /^order-status: which order\? Give its NUMBER, or --certificate ID\n$/],
    [['status', 'x'], /^order-status: an order number has 1 to 18 digits and is at least 1\n$/],
    [
      ['status', '1', '--certificate', '12345678901234567'],
      /^order-status: a certificate ID has 1 to 16 digits and is at least 1\n$/,
    ],
    [['status', '1', '--query-type', '3'], /Allowed choices are 0, 1, 2\.\n$/],
    [
      ['status', '1'],
      /^order-status: the base URL is missing, and there is no terminal to ask on: give --base-url, CERT_ORDER_STATUS_BASE_URL or a profile \(see --help\)\n$/,
    ],
    [
      ['status', '1', '--base-url', 'http://x', '--login-name', 'a', '--password-stdin'],
      /^order-status: baseUrl: is http:\/\/…, but must be https/,
    ],
    [
      ['status', '1', '--base-url', 'https://x', '--password-stdin'],
      /^order-status: the login name is missing/,
    ],
    [['status', '1', '--login-password', 'secret'], /^order-status: unknown option '--login-password'/],
    [
      ['status', '1', '--ca', 'x', '--insecure'],
      /option '--ca <FILE>' cannot be used with option '--insecure'/,
    ],
    [['statsu'], /^order-status: unknown command 'statsu' \(Did you mean status\?\)\n$/],
  ] as const;
  for (const [args, stderr] of USAGE) {
    test(args.join(' '), async () => {
      const ended = await orderStatus(args, {}, 'secret\n');
      assert.match(ended.stderr, stderr);
      assert.equal(ended.code, 2);
      assert.equal(ended.stdout, '');
    });
  }
});

test('--help and --version answer', async () => {
  for (const args of [
    ['--help'],
    ['status', '--help'],
    ['watch', '--help'],
    ['help', 'watch'],
    ['--version'],
  ]) {
    const { code, stdout, stderr } = await orderStatus(args);
    assert.equal(code, 0);
    assert.equal(stderr, '');
    assert.ok(stdout.length > 0);
  }
});
