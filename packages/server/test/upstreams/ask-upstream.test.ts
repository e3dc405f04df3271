/** Requests to upstreams, over real connections. */

import assert from 'node:assert/strict';
import { suite, type TestContext, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { OnLimit } from '../../src/limits.ts';
import type { OutboundOptions } from '../../src/outbound/outbound-client.ts';
import { SecretUnavailable } from '../../src/secrets/secret-unavailable.ts';
import { type AskedUpstream, type AskResult, askUpstream } from '../../src/upstreams/ask-upstream.ts';
import { RESPONSE_LIMIT_BYTES, UpstreamClients } from '../../src/upstreams/upstream-clients.ts';
import { makeCertificate } from '../http/certificates.ts';
import { authority, httpsServer, rawServer } from '../outbound/targets.ts';
import {
  errorBody,
  FAKE_LOGIN,
  FAKE_PASSWORD,
  type FakeOrder,
  fakeUpstream,
  PENDING,
  reply,
  statusBody,
} from './fake-upstream.ts';

const ORDER: FakeOrder = {
  ...PENDING,
  '1_notAfter': '1900000000',
};
const FORM_TYPE = { 'Content-Type': 'application/x-www-form-urlencoded' };

interface Setting {
  readonly limits?: OutboundOptions['limits'];
  readonly password?: () => Promise<readonly string[]>;
  readonly upstream?: Partial<AskedUpstream>;
  readonly onLimit?: OnLimit;
}

async function asking(t: TestContext, baseUrl: string, setting: Setting = {}) {
  const outbound = new UpstreamClients({
    allowNetworks: ['127.0.0.0/8'],
    ...(setting.limits && { limits: setting.limits }),
  });
  t.after(() => outbound.close());
  const upstream: AskedUpstream = {
    upstreamID: 'u1',
    baseUrl,
    loginName: FAKE_LOGIN,
    roots: (await authority()).cert,
    asksValidityPeriod: true,
    ...setting.upstream,
  };
  const secrets = { get: setting.password ?? (async () => [FAKE_PASSWORD]) };
  return (orderNumber = '7250060', signal?: AbortSignal) =>
    askUpstream({ outbound, secrets, onLimit: setting.onLimit }, upstream, orderNumber, signal);
}

async function askedFake(t: TestContext, setting: Setting = {}) {
  const fake = await fakeUpstream(t);
  fake.orders.set('7250060', [ORDER]);
  return { fake, ask: await asking(t, fake.baseUrl, setting) };
}

function orderOf(result: AskResult) {
  assert.equal(result.kind, 'status', JSON.stringify(result));
  return result.status.orders[0] ?? assert.fail('there is no order');
}

function assertProblem(result: AskResult, problem: string, message: RegExp): void {
  assert.equal(result.kind, 'problem', JSON.stringify(result));
  assert.equal(result.problem, problem, result.message);
  assert.match(result.message, message);
  for (const secret of [FAKE_PASSWORD, 'pass+word', 'pass%20word']) {
    assert.ok(!result.message.includes(secret), result.message);
  }
}

suite('the request', () => {
  test('is a form of the API with queryType 2 and showValidityPeriod, to the path under the base URL', async (t) => {
    const { fake, ask } = await askedFake(t);
    assert.equal(orderOf(await ask()).orderStatus, 'Pending');
    const [request] = fake.requests;
    assert.equal(request?.path, '/products/!GetDetailedOrderStatus');
    assert.equal(request?.contentType, 'application/x-www-form-urlencoded');
    assert.deepEqual(Object.fromEntries(request?.form ?? []), {
      loginName: FAKE_LOGIN,
      loginPassword: FAKE_PASSWORD,
      orderNumber: '7250060',
      queryType: '2',
      showValidityPeriod: 'Y',
    });
  });

  test('goes to a base URL that is an endpoint, without showValidityPeriod if that is not known', async (t) => {
    const { fake } = await askedFake(t);
    const baseUrl = `${fake.baseUrl}/a/products/download/!GetDetailedOrderStatus`;
    const ask = await asking(t, baseUrl, { upstream: { asksValidityPeriod: false } });
    assert.equal(orderOf(await ask()).certificates[0]?.notAfter, undefined);
    assert.equal(fake.requests[0]?.path, '/a/products/download/!GetDetailedOrderStatus');
    assert.equal(fake.requests[0]?.form.has('showValidityPeriod'), false);
  });

  test('ends with its signal', async (t) => {
    const { fake, ask } = await askedFake(t);
    const ending = new AbortController();
    fake.behaviour = () => ending.abort(new Error('stopped'));
    await assert.rejects(ask('7250060', ending.signal), /stopped/);
  });

  test('needs a password that can be read', async (t) => {
    const { fake } = await askedFake(t);
    const without = await asking(t, fake.baseUrl, { password: async () => [] });
    assertProblem(await without(), 'no-password', /missing: set it again/);
    const password = async () => {
      throw new SecretUnavailable('the key k is missing');
    };
    const unreadable = await asking(t, fake.baseUrl, { password });
    assertProblem(await unreadable(), 'no-password', /^the key k is missing$/);
    const broken = await asking(t, fake.baseUrl, { password: () => Promise.reject(new Error('gone')) });
    await assert.rejects(broken(), /gone/);
    assert.equal(fake.requests.length, 0);
  });
});

suite('a status', () => {
  test('is read with the line end, nested or flat suggestions, words of its own and missing parameters', async (t) => {
    const { fake, ask } = await askedFake(t);
    const flat = { suggestedOrgDetails: 'found', organizationName: 'Acme Ltd', countryName: 'GB' };
    const nested = { suggestedOrgDetails: 'Status=Found&1_organizationName=Acme+Ltd&2_postalCode=LS1' };
    fake.orders.set('7250060', [{ ...flat, '1_certificateStatus': 'Made to measure' }]);
    const first = orderOf(await ask());
    assert.deepEqual(first.suggestedOrgDetails, {
      status: 'Found',
      organizations: [{ organizationName: 'Acme Ltd', countryName: 'GB' }],
    });
    assert.equal(first.certificates[0]?.certificateStatus, 'Made to measure');
    assert.equal(first.orderNumber, undefined);
    fake.orders.set('7250060', [
      { ...ORDER, ...nested },
      { orderNumber: '7250061', orderStatus: 'Processed' },
    ]);
    const second = await ask();
    assert.equal(orderOf(second).suggestedOrgDetails?.organizations?.length, 2);
    assert.equal(second.kind === 'status' && second.status.orders[1]?.orderStatus, 'Processed');
    assert.deepEqual(orderOf(second).certificates[0]?.notAfter, new Date(1_900_000_000_000));
  });

  test('may be JSON, have no content type, leading zeros, and ten thousand unknown parameters', async (t) => {
    const { fake, ask } = await askedFake(t);
    fake.behaviour = reply(
      '{"errorCode":0,"orders":[{"orderNumber":7250060,"orderStatus":"Pending"}]}',
      200,
      {},
    );
    assert.equal(orderOf(await ask()).orderStatus, 'Pending');
    const others = Object.fromEntries(Array.from({ length: 10_000 }, (_, index) => [`later${index}`, 'x']));
    fake.behaviour = reply(statusBody([{ ...ORDER, ...others, orderNumber: '0007250060' }]), 200, {});
    assert.equal(orderOf(await ask()).orderStatus, 'Pending');
  });

  const refused: readonly (readonly [string, string, RegExp])[] = [
    [
      'of another order',
      statusBody([{ ...ORDER, orderNumber: '7250061' }]),
      /about the order 7250061, not 7250060/,
    ],
    [
      'of no number',
      statusBody([{ ...ORDER, orderNumber: '12\u0000x'.repeat(500) }]),
      /about the order 12 x/,
    ],
    ['without an order', 'errorCode=0', /holds no order/],
    ['that ends within a parameter', `${statusBody([ORDER])}&1_1_caaSt`, /ends within a parameter/],
    [
      'of too many parameters',
      `${statusBody([ORDER])}${'&1=1'.repeat(200_000)}`,
      /more than 200000 parameters/,
    ],
    [
      'of JSON of too many values',
      `{"errorCode":0,"orders":${'['.repeat(300_000)}`,
      /more than 200000 parameters/,
    ],
    ['of no code', 'errorCode=none', /holds no errorCode: is the base URL right\?$/],
    ['in HTML', '<!DOCTYPE html><title>Maintenance</title>', /holds no errorCode/],
    ['that is empty', '', /holds no errorCode/],
  ];
  for (const [what, body, message] of refused) {
    test(`${what} is refused`, async (t) => {
      const reached: string[] = [];
      const { fake, ask } = await askedFake(t, { onLimit: (limit) => reached.push(limit) });
      fake.behaviour = reply(body);
      assertProblem(await ask(), 'invalid-response', message);
      assert.deepEqual(reached, what.includes('too many') ? ['upstreamParameters'] : []);
    });
  }

  test('compressed unasked is refused', async (t) => {
    const { fake, ask } = await askedFake(t);
    const headers = { ...FORM_TYPE, 'Content-Encoding': 'gzip' };
    fake.behaviour = reply(gzipSync(statusBody([ORDER])), 200, headers);
    assertProblem(
      await ask(),
      'invalid-response',
      /it is compressed \(gzip\), which it was not asked to be$/,
    );
  });

  test('without an end is cut off', async (t) => {
    const { fake, ask } = await askedFake(t);
    fake.behaviour = (_request, response) => {
      response.writeHead(200, FORM_TYPE);
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(64 * 1024, 'a')));
      };
      response.on('drain', more);
      more();
    };
    assertProblem(await ask(), 'invalid-response', new RegExp(`more than ${RESPONSE_LIMIT_BYTES} bytes`));
  });
});

suite('an error', () => {
  const orders = "The value of the 'orderNumber' argument is invalid!";
  const errors: readonly (readonly [string, string, object | RegExp])[] = [
    ['-4', errorBody(-4, orders), { kind: 'unknown order' }],
    ['-4 without a text', 'errorCode=-4', { kind: 'unknown order' }],
    ['-4 of errorItem', errorBody(-4, '', { errorItem: 'orderNumber' }), { kind: 'unknown order' }],
    [
      '-4 of the login',
      errorBody(-4, "The value of the 'loginName' argument is invalid"),
      /^login-refused errorCode -4/,
    ],
    ['-4 of queryType', errorBody(-4, '', { errorItem: 'queryType' }), /^api-error errorCode -4$/],
    ['-4 of showValidityPeriod', errorBody(-4, "'showValidityPeriod'"), { kind: 'no validity period' }],
    [
      '-2 of showValidityPeriod',
      errorBody(-2, "'SHOWVALIDITYPERIOD' is not"),
      { kind: 'no validity period' },
    ],
    [
      '-2 of another',
      errorBody(-2, "'queryType' is an unrecognised argument!"),
      /^api-error errorCode -2: 'queryType'/,
    ],
    ['-3', errorBody(-3, "The 'queryType' argument is missing!"), /^api-error errorCode -3: The 'queryType'/],
    ['-14', errorBody(-14, 'An unknown error occurred!'), /^unreachable errorCode -14/],
    [
      '-16',
      errorBody(-16, 'Permission denied!', { errorDetail: 'x' }),
      /^login-refused errorCode -16: Permission/,
    ],
    [
      '-42',
      errorBody(-42, 'Call limit reached, please try again later'),
      /^call-limit errorCode -42: Call limit/,
    ],
    [
      'of a code of its own',
      errorBody(-999, 'Out\nof \u0007 paper'),
      /^api-error errorCode -999: Out of paper$/,
    ],
    ['of a long text', errorBody(-999, 'x'.repeat(5000)), /^api-error errorCode -999: x{200}…$/],
    ['in JSON', '{"errorCode":-16}', /^login-refused errorCode -16$/],
  ];
  for (const [what, body, expected] of errors) {
    test(`${what} is told from others`, async (t) => {
      const { fake, ask } = await askedFake(t);
      fake.behaviour = reply(body);
      const result = await ask();
      if (!(expected instanceof RegExp)) return assert.deepEqual(result, expected);
      assert.equal(result.kind, 'problem', JSON.stringify(result));
      assert.match(`${result.problem} ${result.message}`, expected);
    });
  }

  test('about showValidityPeriod, which was not sent, is none of it', async (t) => {
    const { fake } = await askedFake(t);
    fake.behaviour = reply(errorBody(-2, "'showValidityPeriod' is an unrecognised argument!"));
    const ask = await asking(t, fake.baseUrl, { upstream: { asksValidityPeriod: false } });
    assertProblem(await ask(), 'api-error', /showValidityPeriod/);
  });

  test('says how long to wait', async (t) => {
    const { fake, ask } = await askedFake(t);
    fake.behaviour = reply(errorBody(-42, 'Call limit'), 200, { ...FORM_TYPE, 'Retry-After': '90' });
    const result = await ask();
    assert.equal(result.kind === 'problem' && result.retryAfterMs, 90_000);
    fake.behaviour = reply('', 503, { 'Retry-After': '1e9' });
    const other = await ask();
    assert.equal(other.kind === 'problem' && other.retryAfterMs, undefined);
  });

  test('gives no password back', async (t) => {
    const { fake, ask } = await askedFake(t);
    for (const text of [FAKE_PASSWORD, 'pass+word%2B%26%25', 'pass%20word%2B%26%25']) {
      fake.behaviour = reply(errorBody(-999, `the password ${text} is bad`));
      assertProblem(await ask(), 'api-error', /^errorCode -999: the password … is bad$/);
    }
  });
});

suite('an HTTP status', () => {
  const html = '<html>not here</html>';
  const statuses: readonly (readonly [number, string, RegExp])[] = [
    [429, 'call-limit', /^HTTP status 429$/],
    [500, 'unreachable', /^HTTP status 500 without a response of the API$/],
    [503, 'unreachable', /503/],
    [404, 'unreachable', /404 without a response of the API: is the base URL right\?$/],
    [302, 'unreachable', /302 .*: it redirects elsewhere, where the password is not sent after it/],
    [204, 'unreachable', /204/],
  ];
  for (const [status, kind, message] of statuses) {
    test(`${status} is a problem of the upstream`, async (t) => {
      const { fake, ask } = await askedFake(t);
      fake.behaviour = reply(html, status, {
        'Content-Type': 'text/html',
        Location: `${fake.baseUrl}/elsewhere`,
      });
      assertProblem(await ask(), kind, message);
      assert.equal(fake.requests.length, 1);
    });
  }

  test('counts for less than an error of the API, and for more than a status', async (t) => {
    const { fake, ask } = await askedFake(t);
    fake.behaviour = reply(errorBody(-42, 'Call limit'), 503);
    assertProblem(await ask(), 'call-limit', /-42/);
    fake.behaviour = reply(statusBody([ORDER]), 500);
    assertProblem(await ask(), 'unreachable', /500/);
  });
});

suite('a connection', () => {
  test('that is closed or breaks off is a problem', async (t) => {
    const { fake, ask } = await askedFake(t);
    fake.behaviour = (_request, _response, incoming) => incoming.socket.destroy();
    assertProblem(await ask(), 'unreachable', /closed the connection/);
    fake.behaviour = (_request, response, incoming) => {
      response.writeHead(200, { ...FORM_TYPE, 'Content-Length': '1000' });
      response.write('errorCode=0&1_orderStatus=Pend', () => incoming.socket.destroy());
    };
    assertProblem(await ask(), 'invalid-response', /cut off/);
  });

  test('to what is no HTTP, or takes too long, is a problem', async (t) => {
    const port = await rawServer(t, (socket) => socket.end('SSH-2.0-x\r\n'));
    assertProblem(await (await asking(t, `https://127.0.0.1:${port}`))(), 'invalid-response', /not HTTP/);
    const { fake, ask } = await askedFake(t, { limits: { timeoutMs: 200 } });
    fake.behaviour = () => {};
    assertProblem(await ask(), 'unreachable', /no complete response from 127\.0\.0\.1/);
  });

  test('is not made to another port, a host that does not exist, or a URL of another kind', async (t) => {
    const { port, server } = await httpsServer(t, () => {});
    server.close();
    assertProblem(await (await asking(t, `https://127.0.0.1:${port}`))(), 'unreachable', /no connection|127/);
    assertProblem(await (await asking(t, 'http://127.0.0.1'))(), 'unreachable', /must be https/);
  });

  test('trusts the roots of its own upstream only', async (t) => {
    const { fake } = await askedFake(t);
    const outbound = new UpstreamClients({ allowNetworks: ['127.0.0.0/8'] });
    t.after(() => outbound.close());
    const secrets = { get: async () => [FAKE_PASSWORD] };
    const upstream = {
      upstreamID: 'u',
      baseUrl: fake.baseUrl,
      loginName: FAKE_LOGIN,
      asksValidityPeriod: true,
    };
    const ask = (roots?: string) => askUpstream({ outbound, secrets }, { ...upstream, roots }, '7250060');
    const { cert: another } = await makeCertificate('another authority');
    assertProblem(await ask(), 'unreachable', /certificate|trusted/);
    assert.equal((await ask((await authority()).cert)).kind, 'status');
    assertProblem(await ask(another), 'unreachable', /certificate|trusted/);
    assertProblem(await ask(), 'unreachable', /certificate|trusted/);
    assert.equal((await ask(`${another}\n${(await authority()).cert}`)).kind, 'status');
    assert.equal(fake.requests.length, 2);
  });

  test('goes to addresses that the operator allows only', async (t) => {
    const { fake } = await askedFake(t);
    const outbound = new UpstreamClients();
    t.after(() => outbound.close());
    const secrets = { get: async () => [FAKE_PASSWORD] };
    const upstream = {
      upstreamID: 'u',
      baseUrl: fake.baseUrl,
      loginName: FAKE_LOGIN,
      asksValidityPeriod: true,
    };
    assertProblem(await askUpstream({ outbound, secrets }, upstream, '1'), 'unreachable', /--outbound-allow/);
    assert.equal(fake.requests.length, 0);
  });
});
