import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import {
  FEED_CHALLENGE,
  feedPage,
  ISSUED,
  json,
  LOGIN,
  PENDING,
  page,
  SILENCE,
  scriptedService,
  TRUSTED,
  type Turn,
} from '../scripted-service.ts';
import { home, orderStatus } from './order-status.ts';

const TOKEN = 'cos_0123456789';
const BASIC = `Basic ${Buffer.from(`${LOGIN.loginName}:${LOGIN.loginPassword}`).toString('base64')}`;
const problem = (status: number, type: string) =>
  json(
    status,
    { type: `urn:problem-type:cert-order-status:${type}`, detail: type },
    'application/problem+json',
  );
/** Ends the command: credentials that are refused are an error. */
const REFUSED = problem(401, 'unauthorized');
const withoutTimes = (text: string) => text.replace(/^\S+Z /gm, '');
const order = {
  orderNumber: '8',
  orderStatus: 'Pending\n\u001b[31m',
  certificates: [{ certificateStatus: 'Awaiting Validation' }],
};
const CREATED = json(200, {
  changes: [
    { cursor: 'c', orderNumber: '8', version: 1, at: '2026-06-11T12:03:20Z', kind: 'created', order },
  ],
  cursor: 'c',
});

function serviceWith(t: Parameters<typeof scriptedService>[0], ...feedTurns: readonly Turn[]) {
  return scriptedService(t, [ISSUED], TRUSTED, [FEED_CHALLENGE, ...feedTurns]);
}

describe('order-status changes', () => {
  test('prints a line for each change, from the next on', async (t) => {
    const service = await serviceWith(t, feedPage('a'), feedPage('b', '7'), CREATED, REFUSED);
    const { code, stdout, stderr } = await orderStatus(['changes'], home(t).environment(service));
    assert.equal(
      stdout,
      `2026-06-11T12:03:20.118Z order 7 version 2 certificate 1 dcvStatus: completed
2026-06-11T12:03:20Z order 8 version 1 created: Pending\\u000a\\u001b[31m, 1 certificate
`,
    );
    assert.equal(code, 1);
    assert.match(stderr, /^order-status: unauthorized \(HTTP status 401\): is the token right/);
    const [, ...asked] = service.feedRequests.map(({ path }) => /after=(\w+)/.exec(path)?.[1]);
    assert.deepEqual(asked, ['latest', 'a', 'b', 'c']);
    assert.equal(service.feedRequests[1]?.headers.authorization, BASIC);
  });

  test('--json prints what the service sends, with the cursor, and --after goes on there', async (t) => {
    const service = await serviceWith(t, feedPage('b', '7'), REFUSED);
    const environment = home(t).environment(service);
    const { stdout } = await orderStatus(['changes', '--json', '--after', 'a'], environment);
    const [change, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(more, []);
    assert.deepEqual([change.cursor, change.orderNumber, change.kind], ['b', '7', 'changed']);
    assert.match(service.feedRequests[1]?.path ?? '', /after=a&wait=50/);
  });

  test('--from-start begins with the first change, and --timeout ends it', async (t) => {
    const service = await serviceWith(t, feedPage('b', '7'), SILENCE);
    const { code, stdout } = await orderStatus(
      ['changes', '--from-start', '--timeout', '1s'],
      home(t).environment(service),
    );
    assert.equal(code, 0);
    assert.match(stdout, /order 7 /);
    assert.doesNotMatch(service.feedRequests[1]?.path ?? '', /after/);
  });

  test('takes a token, for which it needs no login, from a file, the environment or the profile', async (t) => {
    const service = await serviceWith(t, REFUSED, FEED_CHALLENGE, REFUSED, FEED_CHALLENGE, REFUSED);
    const { folder, ca, profile } = home(t);
    const file = join(folder, 'token');
    writeFileSync(file, `${TOKEN}-file\n`);
    const { baseUrl } = service;
    const environment = { CERT_ORDER_STATUS_CA: ca, CERT_ORDER_STATUS_BASE_URL: baseUrl };
    const inProfile = profile({ baseUrl, token: `${TOKEN}-profile` });
    const inEnvironment = { ...inProfile, CERT_ORDER_STATUS_TOKEN: `${TOKEN}-environment` };
    await orderStatus(['changes', '--token-file', file], { ...environment, ...inEnvironment });
    await orderStatus(['changes'], { ...environment, ...inEnvironment });
    await orderStatus(['changes'], { ...environment, ...inProfile });
    assert.deepEqual(
      service.feedRequests.flatMap(({ headers }) => headers.authorization ?? []),
      ['file', 'environment', 'profile'].map((from) => `Bearer ${TOKEN}-${from}`),
    );
    const other = {
      ...inProfile,
      CERT_ORDER_STATUS_BASE_URL: 'https://other.invalid',
      CERT_ORDER_STATUS_CA: ca,
    };
    assert.match((await orderStatus(['changes'], other)).stderr, /the login name is missing/);
  });

  test('failures that may pass are told and survived', async (t) => {
    const service = await serviceWith(t, page(502), feedPage('a'), feedPage('b', '7'), REFUSED);
    const { stdout, stderr } = await orderStatus(['changes'], home(t).environment(service));
    assert.match(stderr, /^HTTP status 502 from the change feed; next request in \d s\n/);
    assert.match(stdout, /order 7 /);
  });

  for (const [what, feedTurns, message] of [
    ['no feed', [page(404)], /does not offer the change feed; 'watch' polls orders of any service\n$/],
    [
      'an unknown cursor',
      [FEED_CHALLENGE, problem(410, 'unknown-cursor')],
      /unknown-cursor \(HTTP status 410\): changes may have been missed; begin without --after\n$/,
    ],
  ] as const) {
    test(`${what}: exits with 1`, async (t) => {
      const service = await scriptedService(t, [ISSUED], TRUSTED, feedTurns);
      const { code, stderr } = await orderStatus(['changes', '--after', 'a'], home(t).environment(service));
      assert.equal(code, 1);
      assert.match(stderr, message);
    });
  }

  test('wrong usage exits with 2, without the token in a message', async (t) => {
    const service = await serviceWith(t, REFUSED);
    const { folder, environment } = home(t);
    const bad = join(folder, 'bad');
    writeFileSync(bad, 'secret token');
    const login = { ...environment(service), CERT_ORDER_STATUS_LOGIN_NAME: 'a:b' };
    for (const [args, env, message] of [
      [['--after', 'a b'], {}, /--after takes the cursor of a change/],
      [['--after', 'a', '--from-start'], {}, /cannot be used with/],
      [['--timeout', '1'], {}, /It must be a time/],
      [['--token-file', bad], environment(service), /token: is no API token/],
      [[], login, /loginName: contains ':'.*: --token-file FILE or CERT_ORDER_STATUS_TOKEN/],
    ] as const) {
      const { code, stderr } = await orderStatus(['changes', ...args], env);
      assert.equal(code, 2, stderr);
      assert.match(stderr, message);
      assert.ok(!stderr.includes('secret'));
    }
    const missing = await orderStatus(
      ['changes', '--token-file', join(folder, 'none')],
      environment(service),
    );
    assert.deepEqual([missing.code, /cannot read the token in/.test(missing.stderr)], [1, true]);
  });
});

describe('order-status watch follows the change feed', () => {
  test('with the output of polling, and says so', async (t) => {
    const feedTurns = [FEED_CHALLENGE, feedPage('a'), feedPage('b', '7250060'), SILENCE];
    const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, feedTurns);
    const polled = await scriptedService(t, [PENDING, ISSUED]);
    const { environment } = home(t);
    const followed = await orderStatus(['watch', '7250060'], environment(service));
    const other = await orderStatus(['watch', '7250060', '--interval', '1s'], environment(polled));
    assert.equal(withoutTimes(followed.stdout), withoutTimes(other.stdout));
    assert.equal(followed.code, 0);
    assert.equal(withoutTimes(followed.stderr), "follows the service's change feed\n");
    assert.equal(other.stderr, '');
    assert.equal(service.received.length, 2);
    assert.equal(service.feedRequests[1]?.headers.authorization, BASIC);
  });

  test('with a token, and polls when it is refused', async (t) => {
    const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, [FEED_CHALLENGE, REFUSED]);
    const environment = { ...home(t).environment(service), CERT_ORDER_STATUS_TOKEN: TOKEN };
    const { code, stderr } = await orderStatus(['watch', '7250060', '--interval', '1s'], environment);
    assert.equal(code, 0);
    assert.equal(
      withoutTimes(stderr),
      'does not follow the change feed: unauthorized (HTTP status 401): is the token right, or the login and the password?; asks for each order every 1 s\n',
    );
    assert.equal(service.feedRequests[1]?.headers.authorization, `Bearer ${TOKEN}`);
    assert.equal(service.feedRequests.length, 2);
  });

  test('polls when the feed goes away, and says why', async (t) => {
    const feedTurns = [FEED_CHALLENGE, feedPage('a'), REFUSED];
    const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, feedTurns);
    const { code, stderr } = await orderStatus(
      ['watch', '7250060', '--interval', '1s'],
      home(t).environment(service),
    );
    assert.equal(code, 0);
    assert.match(
      withoutTimes(stderr),
      /^follows the service's change feed\ndoes not follow the change feed: unauthorized .*; asks for each order every 1 s\n$/,
    );
  });

  test('a login that Basic cannot carry is polled for, with the reason', async (t) => {
    const service = await scriptedService(t, [PENDING, ISSUED], TRUSTED, [FEED_CHALLENGE]);
    const environment = { ...home(t).environment(service), CERT_ORDER_STATUS_LOGIN_NAME: 'a:b' };
    const { code, stderr } = await orderStatus(['watch', '7250060', '--interval', '1s'], environment);
    assert.equal(code, 0);
    assert.match(stderr, /does not follow the change feed: loginName: contains ':'/);
    assert.equal(service.feedRequests.length, 1);
  });
});
