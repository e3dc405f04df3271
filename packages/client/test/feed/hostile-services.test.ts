/** Services that may not know the feed get no credentials, whatever they send; asserted on the bytes that arrive. */

import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { isCursor, readFeedPage } from '../../src/feed/order-change.ts';
import { FeedNotOfferedError, OrderStatusClient, TransportError } from '../../src/index.ts';
import { LOGIN } from '../scripted-service.ts';
import { feedPage, OUR_CHALLENGE, OURS, type RawResponse, rawService, response } from './raw-service.ts';

const TOKEN = 'cos_0123456789abcdef';
const HTML = '<html><body><form>loginPassword</form></body></html>';
const TYPE_HTML = 'Content-Type: text/html';
const BASIC = Buffer.from(`${LOGIN.loginName}:${LOGIN.loginPassword}`).toString('base64');
const ONCE = { retry: { attempts: 1 } };
const QUICK = { retry: { attempts: 1, firstPauseMs: 1, attemptTimeoutMs: 200 } };

function assertNoCredentials(bytes: string): void {
  assert.doesNotMatch(bytes, /authorization/i);
  for (const secret of [LOGIN.loginPassword, BASIC, TOKEN, LOGIN.loginName])
    assert.ok(!bytes.includes(secret));
}

const endless: RawResponse = (socket) => {
  socket.write(`HTTP/1.1 401 Unauthorized\r\n${OUR_CHALLENGE}\r\nTransfer-Encoding: chunked\r\n\r\n`);
  const more = () => {
    while (!socket.destroyed && socket.write('5\r\nhello\r\n'));
  };
  socket.on('drain', more);
  more();
};

describe('No credentials are sent to a service that responds with', () => {
  const OTHERS: Record<string, string> = {
    '200 and a page': response('200 OK', [TYPE_HTML], HTML),
    '200 and a page of changes': feedPage({ changes: [], cursor: 'a' }),
    'Basic and another realm': response('401 Unauthorized', ['WWW-Authenticate: Basic realm="admin"'], HTML),
    'Bearer and another realm': response('401 Unauthorized', ['WWW-Authenticate: Bearer realm="api"']),
    'Basic and our realm': response('401 Unauthorized', [
      'WWW-Authenticate: Basic realm="cert-order-status"',
    ]),
    'a realm that holds ours': response('401 Unauthorized', [
      'WWW-Authenticate: Basic realm="x, Bearer realm=\\"cert-order-status\\""',
    ]),
    'a realm that begins as ours': response('401 Unauthorized', [
      'WWW-Authenticate: Bearer realm="cert-order-status-2"',
    ]),
    '401 without a challenge': response('401 Unauthorized', [TYPE_HTML], HTML),
    '403 and our challenge': response('403 Forbidden', [OUR_CHALLENGE]),
    '200 and our challenge': response('200 OK', [OUR_CHALLENGE]),
    '404': response('404 Not Found', [TYPE_HTML], HTML),
    '204': 'HTTP/1.1 204 No Content\r\n\r\n',
  };
  for (const [what, sent] of Object.entries(OTHERS)) {
    test(`${what}: the feed is not offered, which is remembered`, async (t) => {
      const service = await rawService(t, [sent]);
      const client = service.client({ token: TOKEN });
      await assert.rejects(client.latestCursor(), FeedNotOfferedError);
      await assert.rejects(client.changes().next(), FeedNotOfferedError);
      assert.equal(service.requests.length, 1);
      assertNoCredentials(service.bytes());
    });
  }

  test('anything else', async (t) => {
    let sent = '';
    const service = await rawService(t, [(socket) => socket.end(sent)]);
    const header = fc.oneof(
      fc.string(),
      fc
        .constantFrom('Basic', 'Bearer', 'Digest')
        .chain((scheme) => fc.string().map((realm) => `${scheme} realm="${realm}"`)),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 200, max: 599 }),
        header,
        fc.string(),
        async (status, value, body) => {
          const challenge = value.replace(/[^\x20-\x7e]/g, '');
          sent = response(`${status} x`, [`WWW-Authenticate: ${challenge}`], body);
          await assert.rejects(service.client(QUICK).latestCursor());
        },
      ),
      { numRuns: 50 },
    );
    assertNoCredentials(service.bytes());
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`a redirect (${status}), even to a service that asks for them`, async (t) => {
      const elsewhere = await rawService(t, [OURS]);
      const service = await rawService(t, [
        response(`${status} x`, [`Location: ${elsewhere.baseUrl}/v1/changes`]),
      ]);
      await assert.rejects(service.client().latestCursor(), FeedNotOfferedError);
      const follows: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'follow' });
      await assert.rejects(service.client({ fetch: follows }).latestCursor(), FeedNotOfferedError);
      assertNoCredentials(service.bytes() + elsewhere.bytes());
    });
  }

  test('nothing', async (t) => {
    const service = await rawService(t, [() => {}]);
    await assert.rejects(
      service.client(QUICK).latestCursor(),
      (error) => error instanceof TransportError && error.reason === 'timeout',
    );
    assertNoCredentials(service.bytes());
  });

  test('502, which says nothing about the feed, and is not remembered', async (t) => {
    const service = await rawService(t, [
      response('502 Bad Gateway', [TYPE_HTML], HTML),
      OURS,
      feedPage({ changes: [], cursor: 'a' }),
    ]);
    assert.equal(await service.client().latestCursor(), 'a');
    assert.equal(service.requests.length, 3);
    assertNoCredentials(service.requests.slice(0, 2).join());
  });

  test('another page once the feed was there: it is asked without credentials again', async (t) => {
    const page = feedPage({ changes: [], cursor: 'a' });
    const service = await rawService(t, [
      OURS,
      page,
      response('404 Not Found'),
      response('200 OK', [TYPE_HTML], HTML),
    ]);
    const client = service.client();
    assert.equal(await client.latestCursor(), 'a');
    await assert.rejects(client.latestCursor(), TransportError);
    await assert.rejects(client.latestCursor(), FeedNotOfferedError);
    assert.equal(service.requests.length, 4);
    assertNoCredentials(service.requests.at(-1) ?? '');
  });
});

test('plain http is refused before anything is sent', () => {
  assert.throws(() => new OrderStatusClient({ baseUrl: 'http://127.0.0.1', token: TOKEN }), /must be https/);
});

describe('A service that asks for credentials as ours does, and then', () => {
  async function failure(t: TestContext, then: RawResponse | readonly RawResponse[], how: object = ONCE) {
    const service = await rawService(t, [OURS, ...[then].flat()]);
    const error: unknown = await service
      .client({ ...how, maxResponseBytes: 300_000 })
      .latestCursor()
      .catch((reason: unknown) => reason);
    assert.ok(error instanceof Error);
    const shown = inspect(error, { depth: 9, showHidden: true });
    for (const secret of [LOGIN.loginPassword, BASIC]) assert.ok(!shown.includes(secret), shown);
    return { error: error as TransportError, service };
  }
  const CHANGE = { cursor: 'b', orderNumber: '1', version: 1, at: '2026-01-01T00:00:00Z', kind: 'changed' };

  for (const [what, content] of [
    ['null', null],
    ['a list', []],
    ['no changes', { cursor: 'a' }],
    ['no cursor', { changes: [] }],
    ['a cursor of other characters', { changes: [], cursor: 'a&after=b\r\nX: y' }],
    ['a cursor without end', { changes: [], cursor: 'a'.repeat(257) }],
    ['a change that is none', { changes: [1], cursor: 'a' }],
    ['a change without differences', { changes: [CHANGE], cursor: 'a' }],
    ['a difference that is none', { changes: [{ ...CHANGE, differences: [null] }], cursor: 'a' }],
    [
      'a certificate that is none',
      { changes: [{ ...CHANGE, kind: 'created', order: { certificates: [null] } }], cursor: 'a' },
    ],
    ['an order that is none', { changes: [{ ...CHANGE, kind: 'created', order: {} }], cursor: 'a' }],
    [
      'a time that is none',
      { changes: [{ ...CHANGE, observedAt: 1, kind: 'changed', differences: [] }], cursor: 'a' },
    ],
    ['a kind that is none', { changes: [{ ...CHANGE, kind: 'gone' }], cursor: 'a' }],
    ['a cursor that stays the same', { changes: [{ ...CHANGE, differences: [] }], cursor: 'latest' }],
  ] as const) {
    test(`responds with JSON that is no page: ${what}`, async (t) => {
      const { error } = await failure(t, feedPage(content));
      assert.equal(error.reason, 'not-a-response');
    });
  }

  test('responds with what is no JSON', async (t) => {
    const { error } = await failure(
      t,
      response('200 OK', ['Content-Type: application/json'], '{"changes":['),
    );
    assert.equal(error.reason, 'not-a-response');
  });

  test('responds with any JSON: a page, or an error that says that it is none', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (changes, cursor) => {
        for (const page of [changes, { changes, cursor }, { changes: [changes], cursor: 'a' }]) {
          try {
            assert.ok(isCursor(readFeedPage(page).cursor));
          } catch (error) {
            assert.ok(error instanceof TransportError && error.reason === 'not-a-response', String(error));
          }
        }
      }),
    );
  });

  test('responds with an error without end: its status is enough', async (t) => {
    const head =
      'HTTP/1.1 503 x\r\nContent-Type: application/problem+json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const { error } = await failure(t, (socket) => {
      socket.write(`${head}${`1000\r\n${'x'.repeat(4096)}\r\n`.repeat(17)}`);
    });
    assert.deepEqual([error.name, error.status, error.isTransient], ['FeedError', 503, true]);
  });

  test('responds with too many values, or too much: fewer changes are asked for', async (t) => {
    const many = JSON.stringify({ changes: [Array(140_000).fill(0)] });
    const large = JSON.stringify({ changes: ['x'.repeat(400_000)] });
    const json = ['Content-Type: application/json'];
    const { error, service } = await failure(t, [
      response('200 OK', json, many),
      response('200 OK', json, large),
    ]);
    assert.equal(error.reason, 'too-large');
    assert.deepEqual(
      service.requests.slice(1).map((request) => /limit=(\d+)/.exec(request)?.[1]),
      ['100', '10', '1'],
    );
  });

  test('never ends its response', async (t) => {
    const head = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n';
    const { error } = await failure(t, (socket) => socket.write(`${head}1\r\n{\r\n`), QUICK);
    assert.equal(error.reason, 'timeout');
  });

  test('never ends the response to the first request, either', async (t) => {
    const service = await rawService(t, [endless, feedPage({ changes: [], cursor: 'a' })]);
    assert.equal(await service.client().latestCursor(), 'a');
  });

  test('redirects', async (t) => {
    const elsewhere = await rawService(t, [OURS]);
    const { error } = await failure(t, response('307 x', [`Location: ${elsewhere.baseUrl}/`]));
    assert.equal(error.reason, 'redirect');
    assert.equal(elsewhere.requests.length, 0);
  });

  test('repeats the credentials in its message: they are in no error', async (t) => {
    const detail = `wrong: ${LOGIN.loginPassword} ${BASIC} ${'x'.repeat(10_000)}`;
    const body = JSON.stringify({ type: LOGIN.loginPassword, detail });
    const type = 'Content-Type: application/problem+json';
    const { error } = await failure(t, response('401 Unauthorized', [type, OUR_CHALLENGE], body));
    assert.match(error.message, /^wrong: … … x+ \(HTTP status 401\)$/);
    assert.ok(error.message.length < 600);
  });
});
