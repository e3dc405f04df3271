import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { OrderStatusClient, type OrderStatusClientOptions, TRUST_PROVIDER_BASE_URL } from '../src/index.ts';
import { answer, ISSUED, LOGIN, scriptedService } from './scripted-service.ts';

const OPTIONS = { baseUrl: 'https://orders.example.com', ...LOGIN };

function make(options: Partial<Record<keyof OrderStatusClientOptions, unknown>>): OrderStatusClient {
  return new OrderStatusClient({ ...OPTIONS, ...options } as OrderStatusClientOptions);
}

describe('The base URL', () => {
  const ENDPOINTS = [
    ['https://orders.example.com', 'https://orders.example.com/products/!GetDetailedOrderStatus'],
    ['https://orders.example.com/', 'https://orders.example.com/products/!GetDetailedOrderStatus'],
    ['https://example.com:8443/ca/', 'https://example.com:8443/ca/products/!GetDetailedOrderStatus'],
    [
      'https://example.com/products/%21GetDetailedOrderStatus',
      'https://example.com/products/%21GetDetailedOrderStatus',
    ],
    [
      'https://example.com/products!/GetDetailedOrderStatus',
      'https://example.com/products!/GetDetailedOrderStatus',
    ],
    [TRUST_PROVIDER_BASE_URL, 'https://secure.trust-provider.com/products/!GetDetailedOrderStatus'],
  ] as const;
  for (const [baseUrl, endpoint] of ENDPOINTS) {
    test(`${baseUrl} is asked at ${endpoint}`, () => {
      assert.equal(make({ baseUrl }).endpoint, endpoint);
      assert.equal(make({ baseUrl: new URL(baseUrl) }).endpoint, endpoint);
    });
  }

  const REFUSED = [
    ['http://orders.example.com', /must be https/],
    ['ftp://orders.example.com', /must be https/],
    ['orders.example.com', /'orders\.example\.com' is no URL: give one such as https:/],
    ['', /is no URL/],
    [undefined, /is no URL/],
    ['https://acme:secret@orders.example.com', /holds a login or a password/],
    ['https://orders.example.com?loginPassword=secret', /holds a query or a fragment/],
    ['https://orders.example.com#secret', /holds a query or a fragment/],
    ['//acme:secret@orders.example.com', /is no URL/],
  ] as const;
  for (const [baseUrl, message] of REFUSED) {
    test(`${baseUrl} is refused, and nothing secret repeated`, () => {
      assert.throws(
        () => make({ baseUrl }),
        (error: unknown) => {
          assert.ok(error instanceof TypeError);
          assert.match(error.message, message);
          assert.ok(!inspect(error).includes('secret'));
          return true;
        },
      );
    });
  }
});

describe('Login and password', () => {
  test('are at most 64 and 128 characters, however many code units that is', () => {
    make({ loginName: '😀'.repeat(64), loginPassword: '😀'.repeat(128) });
    assert.throws(() => make({ loginName: 'x'.repeat(65) }), /^RangeError: loginName: has more than 64/);
    assert.throws(
      () => make({ loginPassword: 'x'.repeat(129) }),
      /^RangeError: loginPassword: has more than 128/,
    );
  });

  for (const value of ['', undefined, null, 7]) {
    test(`${inspect(value)} is neither`, () => {
      assert.throws(
        () => make({ loginName: value }),
        /^TypeError: loginName: must be a string that is not empty/,
      );
      assert.throws(() => make({ loginPassword: value }), /^TypeError: loginPassword: must be a string/);
    });
  }

  for (const value of ['a\0b', '\uD800']) {
    test(`${inspect(value)} is refused: the API could not carry it`, () => {
      assert.throws(() => make({ loginPassword: value }), /^RangeError: loginPassword: holds a character/);
    });
  }
});

describe('A number that is out of its range is named', () => {
  const ROWS = [
    [{ timeoutMs: 0 }, /^RangeError: timeoutMs: must be a number, at least 1/],
    [{ timeoutMs: Number.NaN }, /^RangeError: timeoutMs/],
    [{ timeoutMs: 2 ** 31 }, /^RangeError: timeoutMs: 2147483648 ms is longer than a timer can be/],
    [{ retry: { attempts: 0 } }, /^RangeError: retry.attempts/],
    [{ retry: { attemptTimeoutMs: 0 } }, /^RangeError: retry.attemptTimeoutMs/],
    [{ retry: { firstPauseMs: -1 } }, /^RangeError: retry.firstPauseMs/],
    [{ retry: { longestPauseMs: '1' } }, /^RangeError: retry.longestPauseMs/],
    [{ retry: { perMinute: -1 } }, /^RangeError: retry.perMinute/],
    [{ maxResponseBytes: 0 }, /^RangeError: maxResponseBytes/],
  ] as const;
  for (const [options, message] of ROWS) {
    test(inspect(options), () => assert.throws(() => make(options), message));
  }

  test('an interval of a watch', () => {
    const client = make({});
    assert.throws(() => client.watch({ orderNumber: 1 }, { intervalMs: 0 }), /^RangeError: intervalMs/);
    assert.throws(() => client.watch({ orderNumber: 1 }, { intervalMs: 2 ** 31 }), /^RangeError: intervalMs/);
  });
});

describe('The password', () => {
  test('is not in what is shown of a client', () => {
    const client = make({ loginPassword: 'secret' });
    const shown = [
      inspect(client, { depth: 9, showHidden: true, getters: true }),
      JSON.stringify(client),
      String(client),
    ];
    assert.ok(!shown.join().includes('secret'));
    assert.match(shown[0] ?? '', /endpoint: 'https:\/\/orders/);
  });

  test('is not in an error of a server that gives the request back', async (t) => {
    const echo = answer(
      new URLSearchParams({
        errorCode: '-2',
        errorMessage: `'${LOGIN.loginPassword}' of loginPassword=${encodeURIComponent(LOGIN.loginPassword).replaceAll('%20', '+')}`,
      }).toString(),
    );
    const service = await scriptedService(t, [echo]);
    const error: unknown = await service
      .client()
      .getDetailedOrderStatus({ orderNumber: 1 })
      .catch((reason) => reason);
    assert.match(inspect(error), /'…' of loginPassword=…/);
    assert.ok(!/horse/.test(inspect(error, { showHidden: true, depth: 9 })));
  });

  test('goes into the body of a POST, and nowhere else', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    await service
      .client()
      .getDetailedOrderStatus({ orderNumber: 7250060n, certificateID: '5550001', queryType: 2 });
    const [{ method, path, headers, body } = assert.fail('nothing arrived')] = service.received;
    assert.equal(method, 'POST');
    assert.equal(path, '/products/!GetDetailedOrderStatus');
    assert.equal(headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(
      body,
      'loginName=acme-hosting&loginPassword=correct+horse+%26+battery&orderNumber=7250060&certificateID=5550001&queryType=2',
    );
    assert.ok(!/horse/.test(path + JSON.stringify(headers)));
  });
});
