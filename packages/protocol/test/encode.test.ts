import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encodeDetailedOrderStatus, type OrderStatus } from '../src/index.ts';
import { ANSWER_ROWS, CHECK_ROWS, CHECK_VALUES, PENDING_ORDER, PENDING_ORDER_BODY } from './answer-rows.ts';

function encode(...orders: OrderStatus[]): string {
  return encodeDetailedOrderStatus({ orders }, 'flat');
}

describe('The spec, section 2.2: Parameters, written', () => {
  for (const { name, orders, body } of ANSWER_ROWS) {
    test(name, () => assert.equal(encode(...orders), body));
  }

  for (const check of CHECK_ROWS) {
    test(`X_Y_${check}: -1 not-required, 0 not-completed, 1 completed, 2 in-progress`, () => {
      for (const [value, state] of CHECK_VALUES) {
        const body = encode({ certificates: [{ [check]: state }] });
        assert.equal(body, `errorCode=0&1_1_${check}=${value}`);
      }
    });
  }
});

describe('The answer', () => {
  test('a pending order for queryType 1, byte for byte', () => {
    assert.equal(encode(PENDING_ORDER), PENDING_ORDER_BODY);
  });

  test('without trailing newline or ampersand', () => {
    assert.match(encode(PENDING_ORDER), /=0$/);
  });

  test('the parameters come in the order of the spec, whatever the order of the fields', () => {
    const body = encode({
      certificates: [
        {
          caaStatus: 'completed',
          evClickThroughStatus: 'completed',
          freeDVUPStatus: 'completed',
          organizationValidationStatus: 'completed',
          ovCallBackStatus: 'completed',
          dcvStatus: 'completed',
          csrStatus: 'completed',
          certificateStatusReason: 'r',
          certificateStatus: 'Revoked',
          FQDN: 'f',
          objectType: 'o',
          serialNumber: '0A',
        },
      ],
      suggestedOrgDetails: {
        organizations: [
          {
            telephoneNumber: '8',
            dunsNumber: '7',
            countryName: '6',
            postalCode: '5',
            stateOrProvinceName: '4',
            localityName: '3',
            streetAddress: '2',
            organizationName: '1',
          },
        ],
        status: 'Found',
      },
      orderStatusReason: 'r',
      orderStatus: 'Rejected',
      orderDateTime: 'd',
      orderNumber: '1',
    });
    assert.equal(
      body,
      'errorCode=0&1_orderNumber=1&1_orderDateTime=d&1_orderStatus=Rejected&1_orderStatusReason=r' +
        '&1_suggestedOrgDetails=Found&1_organizationName=1&1_streetAddress=2&1_localityName=3' +
        '&1_stateOrProvinceName=4&1_postalCode=5&1_countryName=6&1_dunsNumber=7&1_telephoneNumber=8' +
        '&1_1_serialNumber=0A&1_1_objectType=o&1_1_FQDN=f&1_1_certificateStatus=Revoked' +
        '&1_1_certificateStatusReason=r&1_1_csrStatus=1&1_1_dcvStatus=1&1_1_ovCallBackStatus=1' +
        '&1_1_organizationValidationStatus=1&1_1_freeDVUPStatus=1&1_1_evClickThroughStatus=1&1_1_caaStatus=1',
    );
  });

  test('for queryType 0 the seven checks are absent', () => {
    const body = encode({
      orderNumber: '7250060',
      orderDateTime: '2025-06-11 11:57',
      orderStatus: 'Pending',
      certificates: [
        { objectType: 'SSL', FQDN: 'www.example.com', certificateStatus: 'Awaiting Validation' },
      ],
    });
    assert.equal(
      body,
      'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Pending' +
        '&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Awaiting+Validation',
    );
  });

  test('X counts the orders, Y the certificates of each', () => {
    const body = encode(
      { orderNumber: '10', certificates: [{ FQDN: 'a' }, { FQDN: 'b' }] },
      { orderNumber: '20', certificates: [{ FQDN: 'c' }] },
      { orderNumber: '30', certificates: [] },
    );
    assert.equal(
      body,
      'errorCode=0&1_orderNumber=10&1_1_FQDN=a&1_2_FQDN=b&2_orderNumber=20&2_1_FQDN=c&3_orderNumber=30',
    );
  });

  test('X and Y go beyond one digit', () => {
    const order = { certificates: Array.from({ length: 11 }, () => ({ FQDN: 'f' })) };
    const body = encode(...Array.from({ length: 10 }, () => order));
    assert.ok(body.endsWith('&10_9_FQDN=f&10_10_FQDN=f&10_11_FQDN=f'));
  });

  test('a parameter that does not apply is absent, not empty', () => {
    assert.throws(() => encode({ orderNumber: '1', orderStatusReason: '', certificates: [] }), TypeError);
    assert.throws(() => encode({ orderNumber: '1', certificates: [{ FQDN: '' }] }), TypeError);
  });

  test('an order or a certificate without any parameter has no place on the wire', () => {
    assert.throws(() => encode({ certificates: [] }), TypeError);
    assert.throws(() => encode({ orderNumber: '1', certificates: [{}] }), TypeError);
    assert.throws(() => encode(PENDING_ORDER, { certificates: [] }), TypeError);
  });

  test('the words of other services are written as they are', () => {
    assert.equal(
      encode({ orderStatus: 'On Hold', certificates: [{ certificateStatus: 'Collected' }] }),
      'errorCode=0&1_orderStatus=On+Hold&1_1_certificateStatus=Collected',
    );
  });
});
