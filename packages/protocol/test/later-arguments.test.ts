/** showValidityPeriod (before revision 1.05) and responseFormat (1.08). */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeApiError, readStatusRequest, type ServedRevision } from '../src/index.ts';

const GOOD = 'loginName=acme-hosting&loginPassword=s3cret&orderNumber=7250060&queryType=1';

function judge(body: string, revision?: ServedRevision) {
  return readStatusRequest(new TextEncoder().encode(body), revision);
}

/** What a body comes to: `Y form`, or the error that refuses it, with the format in which it is written. */
function outcome(body: string, revision?: ServedRevision): string {
  const read = judge(body, revision);
  if (!read.ok) return `${read.error.errorCode} ${read.error.errorMessage} ${read.responseFormat}`;
  return `${read.request.query.showValidityPeriod ? 'Y' : 'N'} ${read.responseFormat}`;
}

const unrecognised = (name: string, format = 'form') => `-2 '${name}' is an unrecognised argument! ${format}`;
const missing = (name: string, format = 'form') => `-3 The '${name}' argument is missing ${format}`;
const invalid = (name: string, format = 'form') =>
  `-4 The value of the '${name}' argument is invalid! ${format}`;

describe('showValidityPeriod', () => {
  test('is Y or N in either case, N when it is absent or a single empty one', () => {
    for (const value of ['Y', 'y', '%59']) {
      assert.equal(outcome(`${GOOD}&showValidityPeriod=${value}`), 'Y form');
    }
    for (const value of ['N', 'n', ''])
      assert.equal(outcome(`${GOOD}&showValidityPeriod=${value}`), 'N form');
    assert.equal(outcome(`${GOOD}&SHOWVALIDITYPERIOD=Y`), 'Y form');
    assert.equal(outcome(`${GOOD}&showValidityPeriod`), 'N form');
    assert.equal(outcome(GOOD), 'N form');
  });

  test('is invalid with another value or twice, after every older argument', () => {
    for (const value of ['yes', 'YY', '1', '+Y', 'Y+', 'Y%00', '%FF', 'Y%0A', '%C5%B8']) {
      assert.equal(outcome(`${GOOD}&showValidityPeriod=${value}`), invalid('showValidityPeriod'), value);
    }
    for (const twice of ['=Y&showValidityPeriod=Y', '=&showValidityPeriod=Y', '=&showValidityPeriod=']) {
      assert.equal(outcome(`${GOOD}&showValidityPeriod${twice}`), invalid('showValidityPeriod'), twice);
    }
    assert.equal(
      outcome(`showValidityPeriod=x&${GOOD.replace('queryType=1', 'queryType=3')}`),
      invalid('queryType'),
    );
    assert.equal(outcome(`responseFormat=3&showValidityPeriod=x&${GOOD}`), invalid('showValidityPeriod'));
  });

  test('is never missing', () => {
    assert.equal(outcome('showValidityPeriod='), missing('loginName'));
    assert.equal(outcome(GOOD.replace('&queryType=1', '&showValidityPeriod=Y')), missing('queryType'));
  });

  test('is no part of a query that does not ask for it', () => {
    const read = judge(`${GOOD}&showValidityPeriod=N&responseFormat=1`);
    assert.deepEqual(read, judge(GOOD));
    assert.ok(read.ok);
    assert.deepEqual(read.request.query, { orderNumber: '7250060', queryType: 1 });
  });
});

describe('responseFormat', () => {
  test('is 1, 2 or a single empty one', () => {
    assert.equal(outcome(`${GOOD}&responseFormat=2`), 'N json');
    assert.equal(outcome(`responseformat=%32&showValidityPeriod=y&${GOOD}`), 'Y json');
    for (const value of ['=1', '=', '']) assert.equal(outcome(`${GOOD}&responseFormat${value}`), 'N form');
  });

  test('is invalid with another value or twice, last of all', () => {
    for (const value of ['0', '3', '02', '2.0', '+2', '2+', 'json', '%FF', '2%00', '%EF%BC%92']) {
      assert.equal(outcome(`${GOOD}&responseFormat=${value}`), invalid('responseFormat'), value);
    }
    assert.equal(outcome(`${GOOD}&responseFormat=2&responseFormat=2`), invalid('responseFormat'));
    assert.equal(outcome(`${GOOD}&responseFormat=2&responseFormat=`), invalid('responseFormat'));
    assert.equal(outcome(`${GOOD}&responseFormat=1&RESPONSEFORMAT=2`), invalid('responseFormat'));
  });

  test('decides the format of errors, too, wherever it stands', () => {
    assert.equal(outcome(`a=1&${GOOD}&b=2&responseFormat=2`), unrecognised('a', 'json'));
    assert.equal(outcome('responseFormat=2'), missing('loginName', 'json'));
    assert.equal(outcome(`responseFormat=2&${GOOD.replace('7250060', 'x')}`), invalid('orderNumber', 'json'));
    assert.equal(
      outcome(`${GOOD}&responseFormat=2&showValidityPeriod=x`),
      invalid('showValidityPeriod', 'json'),
    );
    assert.equal(outcome('responseFormat=2&responseFormat=2'), missing('loginName'));
  });

  test('an error in JSON is errorCode and errorMessage and nothing else', () => {
    const read = judge(`${GOOD}&responseFormat=2&a"\\=1`);
    assert.ok(!read.ok);
    assert.equal(
      encodeApiError(read.error, read.responseFormat),
      String.raw`{"errorCode":-2,"errorMessage":"'a\"\\' is an unrecognised argument!"}`,
    );
  });
});

test('SID, whose meaning is not public, is unrecognised', () => {
  assert.equal(outcome(`${GOOD}&SID=1`), unrecognised('SID'));
});

test('revision 1.2 knows neither', () => {
  assert.equal(outcome(GOOD, '1.2'), 'N form');
  assert.equal(outcome(`${GOOD}&ShowValidityPeriod=Y`, '1.2'), unrecognised('ShowValidityPeriod'));
  assert.equal(outcome(`${GOOD}&showValidityPeriod=`, '1.2'), unrecognised('showValidityPeriod'));
  assert.equal(outcome(`${GOOD}&responseFormat=2`, '1.2'), unrecognised('responseFormat'));
  assert.equal(outcome(`responseFormat=2&a=1&${GOOD}`, '1.2'), unrecognised('responseFormat'));
});
