import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CallLimitError,
  ErrorCodeError,
  InvalidArgumentError,
  MissingArgumentError,
  NotHttpsError,
  NotPostError,
  OrderStatusError,
  PermissionDeniedError,
  UnknownServiceError,
  UnrecognisedArgumentError,
} from '../src/index.ts';
import { answer, scriptedService } from './scripted-service.ts';

const QUERY = { orderNumber: '7250060' };

/** The spec, section 2.2, errorCode: each row of the table, and what a caller sees of it. */
const ROWS = [
  [-1, 'Request was not made over https!', NotHttpsError],
  [-2, "'xxxx' is an unrecognised argument!", UnrecognisedArgumentError, 'xxxx'],
  [-3, "The 'loginName' argument is missing", MissingArgumentError, 'loginName'],
  [-4, "The value of the 'orderNumber' argument is invalid!", InvalidArgumentError, 'orderNumber'],
  [-14, 'An unknown error occurred!', UnknownServiceError],
  [-16, 'Permission denied!', PermissionDeniedError],
  [-17, 'Request used GET rather than POST!', NotPostError],
  [-42, 'Call limit reached, please try again later', CallLimitError],
  [-99, 'A code of another server', ErrorCodeError],
] as const;

describe('The spec, section 2.2: errorCode, as an error', () => {
  for (const [code, text, Class, argument] of ROWS) {
    test(`${code} = ${text}`, async (t) => {
      const service = await scriptedService(t, [
        answer(new URLSearchParams({ errorCode: String(code), errorMessage: text }).toString()),
      ]);
      const error: unknown = await service
        .client({ retry: { firstPauseMs: 1, callLimitPauseMs: 1 } })
        .getDetailedOrderStatus(QUERY)
        .catch((reason) => reason);
      assert.ok(error instanceof ErrorCodeError && error instanceof OrderStatusError);
      assert.equal(error.constructor, Class);
      assert.equal(error.name, Class.name);
      assert.equal(error.code, code);
      assert.equal(error.serverMessage, text);
      assert.equal(error.message, `${text} (error code ${code})`);
      assert.equal('argument' in error ? error.argument : undefined, argument);
      // Only -14 and -42 may pass: nothing else is asked twice.
      const isTransient = code === -14 || code === -42;
      assert.equal(error.isTransient, isTransient);
      assert.equal(service.received.length, isTransient ? 4 : 1);
    });
  }

  test('a code without a text', async (t) => {
    const service = await scriptedService(t, [answer('errorCode=-4')]);
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY), {
      name: 'InvalidArgumentError',
      message: 'the service answered with error code -4',
    });
  });

  test('everything else that an error holds is kept, and never the password', async (t) => {
    const service = await scriptedService(t, [
      answer('errorCode=-4&errorItem=orderNumber&errorDetail=acme+sent+correct+horse+%26+battery&x=%26amp'),
    ]);
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY), {
      name: 'InvalidArgumentError',
      extra: { errorItem: 'orderNumber', errorDetail: 'acme sent …', x: '&amp' },
    });
  });

  test('-42: no second request within a call that is too short for the pause, but when Retry-After fits', async (t) => {
    const limit = (headers = {}) => answer('errorCode=-42', headers);
    const service = await scriptedService(t, [limit()]);
    const short = service.client({ timeoutMs: 10_000, retry: {} });
    await assert.rejects(short.getDetailedOrderStatus(QUERY), CallLimitError);
    assert.equal(service.received.length, 1);

    const polite = await scriptedService(t, [limit({ 'Retry-After': '0' }), answer('errorCode=0')]);
    assert.deepEqual(await polite.client().getDetailedOrderStatus(QUERY), { orders: [] });
    assert.equal(polite.received.length, 2);
  });

  test('under an HTTP status of failure it is the code that counts', async (t) => {
    const service = await scriptedService(t, [answer('errorCode=-17&errorMessage=x', {}, 405)]);
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY), NotPostError);
  });
});

describe('A call ends at once when a signal is aborted', () => {
  test("the call's own", async (t) => {
    const service = await scriptedService(t, [() => {}]);
    const abort = new AbortController();
    const asked = service.client().getDetailedOrderStatus(QUERY, { signal: abort.signal });
    abort.abort();
    await assert.rejects(asked, { name: 'AbortError' });
  });

  test("the client's, with its reason", async (t) => {
    const service = await scriptedService(t, [() => abort.abort(new Error('closing time'))]);
    const abort = new AbortController();
    const asked = service.client({ signal: abort.signal }).getDetailedOrderStatus(QUERY);
    await assert.rejects(asked, /closing time/);
  });

  test('while it waits to try again', async (t) => {
    const service = await scriptedService(t, [answer('errorCode=-14', { 'Retry-After': '50' })]);
    const abort = new AbortController();
    t.mock.method(Math, 'random', () => {
      setImmediate(() => abort.abort());
      return 1;
    });
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY, { signal: abort.signal }), {
      name: 'AbortError',
    });
    assert.equal(service.received.length, 1);
  });

  test('before it began', async (t) => {
    const service = await scriptedService(t, [() => {}]);
    const signal = AbortSignal.abort();
    await assert.rejects(service.client().getDetailedOrderStatus(QUERY, { signal }), { name: 'AbortError' });
    assert.equal(service.received.length, 0);
  });
});
