import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { answer, LOGIN, PENDING, scriptedService } from '../scripted-service.ts';
import { home, orderStatus } from './order-status.ts';

const RUN = ['conformance', '--order', '7250060', '--rate', '1000'];
const DENIED = answer('errorCode=-16&errorMessage=Permission+denied%21');
const LIMITED = answer('errorCode=-42&errorMessage=Call+limit+reached%2C+please+try+again+later');

describe('order-status conformance', () => {
  test('a server that breaks clauses: what was sent, what came back, and exit code 1', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const { code, stdout, stderr } = await orderStatus(RUN, home(t).environment(service));
    assert.equal(code, 1);
    assert.match(stderr, /^sending \d+ requests to 127\.0\.0\.1:\d+, 1000 a second: about 1 s\n/);
    assert.match(
      stdout,
      /^Conformance of https:\/\/127\.0\.0\.1:\d+\/products\/!GetDetailedOrderStatus\nprofile 1\.10, order 7250060, /,
    );
    assert.match(
      stdout,
      / {2}FAIL {10}A2 {3}An unrecognised argument gets errorCode -2, which names it \(2\.2\) \[unrecognised\]\n/,
    );
    assert.match(
      stdout,
      />\sloginName=…&loginPassword=…&orderNumber=7250060&queryType=0&conformanceCheck=1\n/,
    );
    assert.match(stdout, /< HTTP\/1\.1 200 OK\n {21}< errorCode=0&1_orderNumber=7250060&/);
    assert.match(stdout, /\n\d+ pass, \d+ fail, \d+ differs, \d+ not testable\n$/);
  });

  test('neither the report nor a request over plain http holds the credentials', async (t) => {
    const echo = scriptedService(t, [
      (response, _request, body) => {
        response.writeHead(200, { 'Content-Type': 'application/x-www-form-urlencoded' });
        response.end(`errorCode=-14&errorMessage=${encodeURIComponent(body)}`);
      },
    ]);
    const service = await echo;
    for (const format of [[], ['--json'], ['--junit']]) {
      const { stdout, stderr } = await orderStatus([...RUN, ...format], home(t).environment(service));
      for (const secret of [
        LOGIN.loginPassword,
        encodeURIComponent(LOGIN.loginPassword),
        'correct+horse',
        LOGIN.loginName,
      ])
        assert.ok(!(stdout + stderr).includes(secret), `${secret} in ${format}`);
    }
  });

  test('--json: one object with every clause', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const { code, stdout } = await orderStatus([...RUN, '--json'], home(t).environment(service));
    const report = JSON.parse(stdout);
    assert.equal(code, 1);
    assert.equal(report.profile, '1.10');
    assert.deepEqual(report.orderNumbers, ['7250060']);
    assert.equal(
      report.clauses.length,
      Object.values(report.counts as Record<string, number>).reduce((a, b) => a + b),
    );
    const broken = report.clauses.find(({ clause }: { clause: string }) => clause === 'A2');
    assert.equal(broken.verdict, 'fail');
    assert.equal(broken.findings[0].response.status, 200);
    assert.match(broken.findings[0].request.body, /^loginName=…&loginPassword=…&/);
  });

  test('--junit: XML with a test case for every clause', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const { stdout } = await orderStatus([...RUN, '--junit'], home(t).environment(service));
    assert.match(
      stdout,
      /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites name="GetDetailedOrderStatus conformance" tests="\d+" failures="\d+" skipped="\d+">/,
    );
    assert.match(
      stdout,
      /<testcase classname="Arguments" name="A2 unrecognised: [^"]+"><failure message="[^"]+">[^<]+<\/failure><\/testcase>/,
    );
  });

  test('--dry-run lists the requests and sends none', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const { code, stdout, stderr } = await orderStatus([...RUN, '--dry-run'], home(t).environment(service));
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^POST https:\/products\/!GetDetailedOrderStatus {2}# order 7250060, queryType 0\nloginName=…&loginPassword=…&orderNumber=7250060&queryType=0\n/,
    );
    assert.match(stderr, /^\d+ requests; none was sent\n$/);
    assert.equal(service.received.length, 0);
  });

  test('at most two wrong logins are sent, with a made-up name unless --probe-login is given', async (t) => {
    const isWrong = (body: string) => {
      const login = new URLSearchParams(body);
      const name = login.get('loginName');
      const password = login.get('loginPassword');
      return (
        name !== null && password !== null && (name !== LOGIN.loginName || password !== LOGIN.loginPassword)
      );
    };
    for (const [flags, names] of [
      [[], []],
      [['--probe-login'], [LOGIN.loginName]],
    ] as const) {
      const service = await scriptedService(t, [PENDING]);
      await orderStatus([...RUN, ...flags], home(t).environment(service));
      const wrong = service.received.filter(({ body }) => isWrong(body));
      assert.equal(wrong.length, 2);
      const real = wrong
        .map(({ body }) => new URLSearchParams(body).get('loginName'))
        .filter((name) => name === LOGIN.loginName);
      assert.deepEqual(real, names);
    }
  });

  test('when the call limit is reached, nothing more is sent, and the rest is not testable', async (t) => {
    const service = await scriptedService(t, [PENDING, PENDING, LIMITED]);
    const { stdout } = await orderStatus([...RUN, '--json'], home(t).environment(service));
    const report = JSON.parse(stdout);
    assert.ok(service.received.length <= 4);
    const last = report.clauses.at(-2);
    assert.equal(last.verdict, 'not testable');
    assert.match(
      last.findings[0].message,
      /^the server limits calls \(errorCode -42 after \d requests\): try again later$/,
    );
  });

  test('a refused login ends the run at once, with exit code 3', async (t) => {
    const service = await scriptedService(t, [DENIED]);
    const { code, stdout, stderr } = await orderStatus(RUN, home(t).environment(service));
    assert.equal(code, 3);
    assert.equal(stdout, '');
    assert.match(
      stderr,
      /refuses the login \(errorCode -16\): nothing more is sent, so that it does not lock the account\n$/,
    );
    assert.equal(service.received.length, 1);
  });

  test('a server that cannot be reached: exit code 3', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const env = { ...home(t).environment(service), CERT_ORDER_STATUS_BASE_URL: 'https://127.0.0.1:1' };
    const { code, stderr } = await orderStatus(RUN, env);
    assert.equal(code, 3);
    assert.match(stderr, /order-status: 127\.0\.0\.1:1 cannot be reached: .*ECONNREFUSED/);
  });

  for (const [args, message] of [
    [['conformance'], "required option '--order <NUMBER...>' not specified"],
    [['conformance', '--order', 'x'], 'an order number has 1 to 18 digits and is at least 1'],
    [[...RUN.slice(0, 3), '--rate', '0'], 'a rate is a whole number from 1 to 1000'],
    [
      [...RUN, '--profile', '1.3'],
      "option '--profile <REVISION>' argument '1.3' is invalid. Allowed choices are 1.2, 1.10.",
    ],
    [[...RUN, '--json', '--junit'], "option '--json' cannot be used with option '--junit'"],
  ] as const) {
    test(`wrong usage: ${args.join(' ')}`, async (t) => {
      const service = await scriptedService(t, [PENDING]);
      const { code, stderr } = await orderStatus(args, home(t).environment(service));
      assert.equal(code, 2);
      assert.equal(stderr, `order-status: ${message}\n`);
    });
  }
});
