import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type DecodedResponse, decodeResponse } from '../src/index.ts';
import { ANSWER_ROWS, CHECK_ROWS, CHECK_VALUES, PENDING_ORDER, PENDING_ORDER_BODY } from './answer-rows.ts';

function decode(body: string): DecodedResponse {
  return decodeResponse(new TextEncoder().encode(body));
}

/** The status that a successful answer holds. */
function statusOf(body: string) {
  const answer = decode(body);
  assert.ok(answer.kind === 'status', JSON.stringify(answer));
  return answer.status;
}

describe('The spec, section 2.2: Parameters, read', () => {
  for (const { name, orders, body } of ANSWER_ROWS) {
    test(name, () => assert.deepEqual(decode(body), { kind: 'status', status: { orders } }));
  }

  for (const check of CHECK_ROWS) {
    test(`X_Y_${check}: -1 not-required, 0 not-completed, 1 completed, 2 in-progress`, () => {
      for (const [value, state] of CHECK_VALUES) {
        const status = statusOf(`errorCode=0&1_1_${check}=${value}`);
        assert.deepEqual(status, { orders: [{ certificates: [{ [check]: state }] }] });
      }
    });
  }
});

describe('Reading an answer', () => {
  test('a pending order as this service answers it', () => {
    assert.deepEqual(statusOf(PENDING_ORDER_BODY), { orders: [PENDING_ORDER] });
  });

  test('a line break behind the last parameter is none of it', () => {
    for (const end of ['\n', '\r\n', '\n\n']) {
      assert.deepEqual(decode(`errorCode=0${end}`), { kind: 'status', status: { orders: [] } });
      assert.deepEqual(statusOf(`${PENDING_ORDER_BODY}${end}`), { orders: [PENDING_ORDER] });
    }
    assert.deepEqual(statusOf('errorCode=0&1_orderStatusReason=a%0A'), {
      orders: [{ orderStatusReason: 'a\n', certificates: [] }],
    });
  });

  test('every parameter but errorCode may be absent', () => {
    assert.deepEqual(statusOf('errorCode=0'), { orders: [] });
    assert.deepEqual(statusOf('errorCode=0&1_1_caaStatus=1'), {
      orders: [{ certificates: [{ caaStatus: 'completed' }] }],
    });
  });

  test('empty equals absent', () => {
    const body =
      'errorCode=0&1_orderNumber=7&1_orderStatusReason=&1_suggestedOrgDetails=&1_1_FQDN=&1_1_csrStatus&2_x=';
    assert.deepEqual(statusOf(body), { orders: [{ orderNumber: '7', certificates: [] }] });
    assert.deepEqual(decode('errorCode=&errorCode=0'), { kind: 'status', status: { orders: [] } });
  });

  test('the order of parameters is irrelevant', () => {
    assert.deepEqual(statusOf(PENDING_ORDER_BODY.split('&').reverse().join('&')), {
      orders: [PENDING_ORDER],
    });
    assert.deepEqual(
      statusOf('10_orderNumber=d&2_orderNumber=b&9_orderNumber=c&1_orderNumber=a&errorCode=0'),
      {
        orders: ['a', 'b', 'c', 'd'].map((orderNumber) => ({ orderNumber, certificates: [] })),
      },
    );
  });

  test('a number that is left out is no gap', () => {
    assert.deepEqual(statusOf('errorCode=0&3_7_FQDN=b&3_5_FQDN=a'), {
      orders: [{ certificates: [{ FQDN: 'a' }, { FQDN: 'b' }] }],
    });
  });

  test('of a parameter given twice the first counts', () => {
    assert.deepEqual(statusOf('errorCode=0&1_orderNumber=&1_orderNumber=7&1_orderNumber=8&errorCode=-1'), {
      orders: [{ orderNumber: '7', certificates: [] }],
    });
  });

  test('an unknown state word is kept as it is', () => {
    assert.deepEqual(statusOf('errorCode=0&1_orderStatus=on+HOLD&1_1_certificateStatus=pending'), {
      orders: [{ orderStatus: 'on HOLD', certificates: [{ certificateStatus: 'pending' }] }],
    });
  });

  test('a check value outside -1…2 is kept under extra', () => {
    for (const value of ['3', '-2', '1.0', '01', '+1', 'completed', '-0', ' 1']) {
      assert.deepEqual(
        statusOf(`errorCode=0&1_1_dcvStatus=${encodeURIComponent(value)}&1_1_csrStatus=1`),
        { orders: [{ certificates: [{ csrStatus: 'completed', extra: { dcvStatus: value } }] }] },
        value,
      );
    }
  });

  test('the ends of a validity period are seconds since 1970; any other text is kept under extra', () => {
    assert.deepEqual(statusOf('errorCode=0&1_1_notBefore=1749643200&1_1_notAfter=-1'), {
      orders: [
        { certificates: [{ notBefore: new Date('2025-06-11T12:00:00Z'), notAfter: new Date(-1000) }] },
      ],
    });
    for (const value of ['2025-06-11', '1e9', '1749643200.5', '9999999999999', ' 1', '+1', '0x1']) {
      assert.deepEqual(
        statusOf(`errorCode=0&1_1_notAfter=${encodeURIComponent(value)}&1_1_slId=7`),
        { orders: [{ certificates: [{ slId: '7', extra: { notAfter: value } }] }] },
        value,
      );
    }
  });

  test('any parameter of a later version is kept under extra', () => {
    const status = statusOf('errorCode=0&apiVersion=2&1_brand=B&1_1_keyType=EC&1_1_1_san=www&0_x=y&01_z=z');
    assert.deepEqual(status, {
      orders: [{ certificates: [{ extra: { keyType: 'EC', '1_san': 'www' } }], extra: { brand: 'B' } }],
      extra: { apiVersion: '2', '0_x': 'y', '01_z': 'z' },
    });
  });

  test('a parameter of a later version may be called anything', () => {
    assert.deepEqual(statusOf('errorCode=0&1_a%0Ab=c&1_=d&=e'), {
      orders: [{ certificates: [], extra: { 'a\nb': 'c' } }],
      extra: { '1_': 'd', '': 'e' },
    });
  });

  test('parameter names that mean something to JavaScript are names like any other', () => {
    const status = statusOf('errorCode=0&__proto__=a&1_constructor=b&1_1___proto__=c');
    assert.deepEqual(Object.entries(status.extra ?? {}), [['__proto__', 'a']]);
    assert.deepEqual(status.orders[0]?.extra, { constructor: 'b' });
    assert.deepEqual(Object.entries(status.orders[0]?.certificates[0]?.extra ?? {}), [['__proto__', 'c']]);
  });

  test('numbers of 16 and 18 digits are kept exactly', () => {
    assert.deepEqual(
      statusOf('errorCode=0&1_orderNumber=999999999999999999&2_orderNumber=9999999999999999'),
      {
        orders: [
          { orderNumber: '999999999999999999', certificates: [] },
          { orderNumber: '9999999999999999', certificates: [] },
        ],
      },
    );
  });
});

describe('Reading an answer that is an error', () => {
  test('errors are told apart by code alone, whatever the text', () => {
    assert.deepEqual(decode("errorCode=-3&errorMessage=The+'loginName'+argument+is+missing!"), {
      kind: 'error',
      errorCode: -3,
      errorMessage: "The 'loginName' argument is missing!",
      argument: 'loginName',
    });
    assert.deepEqual(decode('errorCode=-16'), { kind: 'error', errorCode: -16 });
    assert.deepEqual(decode('errorCode=-16&errorMessage='), { kind: 'error', errorCode: -16 });
  });

  test('a code that the API does not have is kept', () => {
    assert.deepEqual(decode('errorCode=-999&errorMessage=Busy'), {
      kind: 'error',
      errorCode: -999,
      errorMessage: 'Busy',
    });
    assert.deepEqual(decode('errorCode=7'), { kind: 'error', errorCode: 7 });
  });

  test("the argument's name is the first text between apostrophes, if any", () => {
    const argumentOf = (message: string) => {
      const answer = decode(`errorCode=-4&errorMessage=${encodeURIComponent(message)}`);
      return answer.kind === 'error' ? answer.argument : assert.fail(answer.kind);
    };
    assert.equal(argumentOf("The value of the 'a b' argument, not 'c', is invalid!"), 'a b');
    assert.equal(argumentOf('Permission denied!'), undefined);
    assert.equal(argumentOf("That isn’t it, and that isn't it"), undefined);
    assert.equal(argumentOf("'' is an unrecognised argument!"), undefined);
  });

  test('without an errorCode that is an integer it is no answer of this API', () => {
    const bodies = [
      '',
      '0',
      '{"errorCode":0}',
      '<html>',
      'errorcode=0',
      'errorCode',
      'errorCode=',
      'errorCode=ok',
    ];
    for (const body of [...bodies, 'errorCode=0.0', 'errorCode=--1', 'errorCode=+0', 'errorCode=0x0']) {
      assert.deepEqual(decode(body), { kind: 'unreadable' }, body);
    }
  });
});
