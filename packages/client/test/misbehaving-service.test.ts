import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, type TestContext, test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { inspect } from 'node:util';
import {
  OrderStatusClient,
  type OrderStatusClientOptions,
  TransportError,
  type TransportFailure,
  UnknownServiceError,
} from '../src/index.ts';
import { answer, ISSUED, LOGIN, page, scriptedService, TRY_LATER, type Turn } from './scripted-service.ts';
import { testCertificate } from './test-certificate.ts';

const QUERY = { orderNumber: '7250060' };

/** The transport failure that a question ends in; the password is nowhere in it. */
async function failureOf(client: OrderStatusClient): Promise<TransportError> {
  const error = await client.getDetailedOrderStatus(QUERY).then(
    () => assert.fail('it was answered'),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof TransportError, inspect(error));
  for (const secret of [
    LOGIN.loginPassword,
    new URLSearchParams({ p: LOGIN.loginPassword }).toString().slice(2),
  ]) {
    assert.ok(!inspect(error, { depth: Infinity, showHidden: true }).includes(secret));
  }
  return error;
}

/** The failure that a question to a scripted service ends in, and how often it was asked. */
async function askScripted(t: TestContext, turns: Turn[], options: Partial<OrderStatusClientOptions> = {}) {
  const service = await scriptedService(t, turns);
  const ask = options.fetch ?? fetch;
  let requests = 0;
  const countingFetch: typeof fetch = (...request) => {
    requests++;
    return ask(...request);
  };
  const error = await failureOf(service.client({ ...options, fetch: countingFetch }));
  return { error, requests };
}

function assertFailure(
  error: TransportError,
  reason: TransportFailure,
  message: RegExp,
  status?: number,
): void {
  assert.equal(error.reason, reason, inspect(error));
  assert.match(error.message, message);
  assert.equal(error.status, status);
}

const ATTEMPTS = 4;

describe('Against a server that misbehaves, a question ends within its time with the documented failure', () => {
  test('slow: it never answers', async (t) => {
    const { error, requests } = await askScripted(t, [() => {}], {
      retry: { attempts: 2, attemptTimeoutMs: 500, firstPauseMs: 1 },
    });
    assertFailure(error, 'timeout', /no answer within 0\.5 s/);
    assert.equal(requests, 2);
  });

  test('slow: the whole call has a time too, whatever the attempts have', async (t) => {
    const { error, requests } = await askScripted(t, [() => {}], { timeoutMs: 1000 });
    assertFailure(error, 'timeout', /no answer within 1 s/);
    assert.equal(requests, 1);
  });

  test('slow: the answer comes in drops', async (t) => {
    const drip: Turn = (response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-www-form-urlencoded' });
      response.write('errorCode=0');
      const timer = setInterval(() => response.write('&1_orderNumber=7250060'), 10);
      response.on('close', () => clearInterval(timer));
    };
    const { error } = await askScripted(t, [drip], { timeoutMs: 100 });
    assertFailure(error, 'timeout', /no answer within/);
  });

  test('it drops the connection in the middle of the body', async (t) => {
    const drop: Turn = (response) => {
      response.writeHead(200, {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Content-Length': 1000,
      });
      response.write('errorCode=0&1_orderNumber=7250060', () => response.socket?.destroy());
    };
    const { error, requests } = await askScripted(t, [drop]);
    assertFailure(error, 'truncated', /was cut off/);
    assert.ok(error.cause);
    assert.equal(requests, ATTEMPTS);
  });

  test('it resets the connection', async (t) => {
    const reset: Turn = (_response, request) => {
      request.socket.destroy();
    };
    const { error, requests } = await askScripted(t, [reset]);
    assertFailure(error, 'connection', /no connection to 127\.0\.0\.1:\d+: /);
    assert.ok(error.cause);
    assert.equal(requests, ATTEMPTS);
  });

  for (const form of [
    'errorCode=0&1_orderNumber=7250060&1_orderSta',
    'errorCode=0&1_orderDateTime=2025-06-11+11%3',
  ]) {
    test(`the form is truncated: …${form.slice(-12)}`, async (t) => {
      const { error, requests } = await askScripted(t, [answer(form)]);
      assertFailure(error, 'truncated', /ends in the middle of a parameter/);
      assert.equal(requests, ATTEMPTS);
    });
  }

  test('the content type is another', async (t) => {
    const { error, requests } = await askScripted(t, [
      answer('errorCode=0', { 'Content-Type': 'text/html; charset=utf-8' }),
    ]);
    assertFailure(error, 'not-a-response', /the answer is text\/html; charset=utf-8/, 200);
    assert.equal(requests, ATTEMPTS);
  });

  test('there is no errorCode', async (t) => {
    const { error } = await askScripted(t, [answer('welcome=yes')]);
    assertFailure(error, 'not-a-response', /holds no errorCode/);
  });

  test('a proxy answers with a 502 and a page', async (t) => {
    const { error, requests } = await askScripted(t, [page(502)]);
    assertFailure(error, 'http-status', /HTTP status 502 without an answer/, 502);
    assert.equal(requests, ATTEMPTS);
  });

  test('the path is not there, which no second try changes', async (t) => {
    const { error, requests } = await askScripted(t, [page(404)]);
    assertFailure(error, 'http-status', /404.*is the base URL right\?/, 404);
    assert.equal(requests, 1);
  });

  test('a success under an HTTP status of failure is none', async (t) => {
    const { error } = await askScripted(t, [answer('errorCode=0', {}, 500)]);
    assertFailure(error, 'http-status', /HTTP status 500/, 500);
  });

  test('the body does not end', async (t) => {
    const endless: Turn = (response) => {
      response.writeHead(200, { 'Content-Type': 'application/x-www-form-urlencoded' });
      response.write('errorCode=0');
      const more = () => {
        while (!response.destroyed && response.write(`&1_x=${'x'.repeat(10_000)}`));
      };
      response.on('drain', more);
      more();
    };
    const { error, requests } = await askScripted(t, [endless], { maxResponseBytes: 1_000_000 });
    assertFailure(error, 'too-large', /larger than 1000000 bytes/, 200);
    assert.equal(requests, 1);
  });

  for (const status of [301, 302, 303, 307, 308]) {
    test(`it redirects (${status}), and nothing is sent after it`, async (t) => {
      const elsewhere = await scriptedService(t, [ISSUED]);
      const redirect = page(status, { Location: `${elsewhere.baseUrl}/` });
      const { error, requests } = await askScripted(t, [redirect]);
      assertFailure(error, 'redirect', /redirects elsewhere/, status);
      assert.equal(requests, 1);
      assert.equal(elsewhere.received.length, 0);
    });
  }

  test('a fetch that follows redirects on its own is not believed', async (t) => {
    const elsewhere = await scriptedService(t, [ISSUED]);
    const { error } = await askScripted(t, [page(307, { Location: `${elsewhere.baseUrl}/` })], {
      fetch: (input, init) => fetch(input, { ...init, redirect: 'follow' }),
    });
    assertFailure(error, 'redirect', /redirects elsewhere/, 200);
  });

  test('the certificate has expired, which no second try changes', async (t) => {
    const service = await scriptedService(t, [ISSUED], await testCertificate({ days: -1 }));
    const error = await failureOf(service.client());
    // OpenSSL may name either fault of a certificate that is its own issuer and too old.
    assertFailure(
      error,
      'tls',
      /no trusted encrypted connection to 127\.0\.0\.1:\d+: .*(expired|self-signed)/,
    );
    assert.ok(error.cause);
    assert.equal(error.isTransient, false);
    assert.equal(service.received.length, 0);
  });

  test("the certificate is nobody's we trust", async (t) => {
    const service = await scriptedService(t, [ISSUED], await testCertificate());
    assertFailure(await failureOf(service.client()), 'tls', /self-signed certificate/);
    assert.equal(service.received.length, 0);
  });

  test("the certificate is another host's", async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const baseUrl = service.baseUrl.replace('127.0.0.1', 'localhost');
    assertFailure(await failureOf(service.client({ baseUrl })), 'tls', /ERR_TLS_CERT_ALTNAME_INVALID/);
    assert.equal(service.received.length, 0);
  });

  test('what listens speaks no TLS', async (t) => {
    const server = createServer((socket) =>
      socket.on('error', () => {}).end('220 smtp.example.com ESMTP\r\n'),
    ).listen(0, '127.0.0.1');
    t.after(() => server.close());
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = new OrderStatusClient({
      baseUrl: `https://127.0.0.1:${port}`,
      ...LOGIN,
      retry: { attempts: 1 },
    });
    assertFailure(await failureOf(client), 'tls', /no trusted encrypted connection/);
  });

  test('nothing listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const client = new OrderStatusClient({
      baseUrl: `https://127.0.0.1:${port}`,
      ...LOGIN,
      retry: { attempts: 1 },
    });
    assertFailure(await failureOf(client), 'connection', /ECONNREFUSED/);
  });

  test('the host does not exist', async () => {
    const client = new OrderStatusClient({
      baseUrl: 'https://orders.invalid',
      ...LOGIN,
      retry: { attempts: 1 },
    });
    assertFailure(await failureOf(client), 'dns', /the host orders\.invalid was not found/);
  });

  test('a fetch that does not heed its signal is left behind', async () => {
    const client = new OrderStatusClient({
      baseUrl: 'https://orders.example.com',
      ...LOGIN,
      timeoutMs: 50,
      fetch: () => new Promise(() => {}),
    });
    assertFailure(await failureOf(client), 'timeout', /no answer within/);
  });
});

describe('What passes is tried again', () => {
  test('-14 twice, and then a status', async (t) => {
    const service = await scriptedService(t, [TRY_LATER, TRY_LATER, ISSUED]);
    const status = await service.client().getDetailedOrderStatus(QUERY);
    assert.equal(status.orders[0]?.orderStatus, 'Completed');
    assert.equal(service.received.length, 3);
  });

  test('a reset connection, a 502 and a 429, and then a status', async (t) => {
    const reset: Turn = (response) => response.socket?.destroy();
    const service = await scriptedService(t, [reset, page(502), page(429), ISSUED]);
    const status = await service.client().getDetailedOrderStatus(QUERY);
    assert.equal(status.orders[0]?.orderStatus, 'Completed');
    assert.equal(service.received.length, 4);
  });

  test('-14 for ever is reported in the end', async (t) => {
    const service = await scriptedService(t, [TRY_LATER]);
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY), UnknownServiceError);
    assert.equal(service.received.length, ATTEMPTS);
  });
});

describe('Retry-After', () => {
  // Made when it is sent: the date counts from then.
  for (const turn of [
    () => answer('errorCode=-14', { 'Retry-After': '3600' }),
    () => page(429, { 'Retry-After': '3600' }),
    () => page(503, { 'Retry-After': '3600' }),
    () => page(502, { 'Retry-After': new Date(Date.now() + 3_600_000).toUTCString() }),
  ]) {
    test('that is longer than the call may take ends it at once, and is in the error', async (t) => {
      const service = await scriptedService(t, [turn(), ISSUED]);
      const error = await service
        .client()
        .getDetailedOrderStatus(QUERY)
        .catch((reason: unknown) => reason);
      assert.ok(error instanceof TransportError || error instanceof UnknownServiceError);
      assert.ok((error.retryAfterMs ?? 0) > 3_590_000 && (error.retryAfterMs ?? 0) <= 3_600_000);
      assert.equal(service.received.length, 1);
    });

    test('is waited for', async (t) => {
      t.mock.timers.enable({ apis: ['setTimeout'] });
      const service = await scriptedService(t, [turn(), ISSUED]);
      const { promise: failed, resolve } = Promise.withResolvers<void>();
      // Drawn when an attempt has failed, immediately before the pause begins.
      t.mock.method(Math, 'random', () => {
        resolve();
        return 0.5;
      });
      let requests = 0;
      const countingFetch: typeof fetch = (...request) => {
        requests++;
        return fetch(...request);
      };
      const asked = service
        .client({ timeoutMs: 7_200_000, fetch: countingFetch })
        .getDetailedOrderStatus(QUERY);
      await failed;
      await setImmediate();
      t.mock.timers.tick(3_590_000);
      await setImmediate();
      assert.equal(requests, 1);
      t.mock.timers.tick(10_000);
      assert.equal((await asked).orders[0]?.orderStatus, 'Completed');
      assert.equal(requests, 2);
    });
  }
});

test('a client retries no more than its budget allows, however many calls fail', async (t) => {
  const service = await scriptedService(t, [TRY_LATER]);
  const client = service.client({ retry: { firstPauseMs: 1, perMinute: 5 } });
  const calls = Array.from({ length: 10 }, () => client.getDetailedOrderStatus(QUERY));
  for (const { status } of await Promise.allSettled(calls)) assert.equal(status, 'rejected');
  assert.equal(service.received.length, 10 + 5);
});
