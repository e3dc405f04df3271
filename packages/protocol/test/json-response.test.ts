/** Responses in JSON (responseFormat=2), written and read. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  decodeResponse,
  encodeDetailedOrderStatus,
  encodeDetailedOrderStatusJson,
  endsMidway,
  looksLikeJson,
  type OrderStatus,
} from '../src/index.ts';
import { PENDING_ORDER } from './answer-rows.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

/** The API's example, byte for byte. */
const PENDING_ORDER_JSON =
  '{"errorCode":0,"orders":[{"orderNumber":"7250060","orderDateTime":"2025-06-11 11:57","orderStatus":"Pending",' +
  '"certificates":[{"objectType":"SSL","FQDN":"www.example.com","certificateStatus":"Awaiting Validation","csrStatus":1,' +
  '"dcvStatus":2,"ovCallBackStatus":-1,"organizationValidationStatus":-1,"freeDVUPStatus":-1,' +
  '"evClickThroughStatus":-1,"caaStatus":0}]}]}';

const REJECTED: OrderStatus = {
  certificates: [
    { certificateStatusReason: '"fraud" \\ €\u2028', certificateStatus: 'Rejected' },
    { serialNumber: '0A', certificateStatus: 'Revoked', objectType: 'SSL' },
  ],
  suggestedOrgDetails: {
    organizations: [{ countryName: 'GB', organizationName: 'Acme & Söhne' }, { postalCode: 'LS1 1AA' }],
    status: 'Found',
  },
  orderStatusReason: 'Fraud',
  orderStatus: 'Rejected',
  orderNumber: '999999999999999999',
};

function read(json: string) {
  return decodeResponse(bytes(json), 'json');
}

function ordersIn(json: string) {
  const decoded = read(json);
  assert.ok(decoded.kind === 'status', JSON.stringify(decoded));
  return decoded.status.orders;
}

describe('A response written as JSON', () => {
  test('a pending order for queryType 1, byte for byte', () => {
    assert.equal(encodeDetailedOrderStatusJson({ orders: [PENDING_ORDER] }), PENDING_ORDER_JSON);
  });

  test("has the form's order, whatever the order of the fields, and every suggested organisation", () => {
    assert.equal(
      encodeDetailedOrderStatusJson({ orders: [REJECTED] }),
      '{"errorCode":0,"orders":[{"orderNumber":"999999999999999999","orderStatus":"Rejected","orderStatusReason":"Fraud",' +
        '"suggestedOrgDetails":{"status":"Found","organizations":[{"organizationName":"Acme & Söhne","countryName":"GB"},' +
        '{"postalCode":"LS1 1AA"}]},"certificates":[{"certificateStatus":"Rejected",' +
        '"certificateStatusReason":"\\"fraud\\" \\\\ €\u2028"},' +
        '{"serialNumber":"0A","objectType":"SSL","certificateStatus":"Revoked"}]}]}',
    );
    assert.equal(encodeDetailedOrderStatusJson({ orders: [] }), '{"errorCode":0,"orders":[]}');
  });

  test('does not carry what a form cannot carry', () => {
    for (const order of [
      { certificates: [] },
      { orderNumber: '1', orderStatusReason: '', certificates: [] },
      { orderNumber: '1', certificates: [{}] },
      { orderNumber: '1', certificates: [{ FQDN: '' }] },
      { suggestedOrgDetails: { status: 'Found', organizations: [{}] }, certificates: [] },
      { suggestedOrgDetails: { status: '' }, certificates: [] },
    ] satisfies OrderStatus[]) {
      assert.throws(
        () => encodeDetailedOrderStatusJson({ orders: [order] }),
        TypeError,
        JSON.stringify(order),
      );
    }
  });

  test('is read back equal, and equal to the nested form', () => {
    const status = { orders: [PENDING_ORDER, REJECTED] };
    const decoded = read(encodeDetailedOrderStatusJson(status));
    assert.deepEqual(decoded, { kind: 'status', status });
    assert.deepEqual(decoded, decodeResponse(bytes(encodeDetailedOrderStatus(status, 'nested'))));
  });
});

describe('Reading a response in JSON', () => {
  test('null, empty and left out are the same; numbers and texts too, with all their digits', () => {
    assert.deepEqual(
      ordersIn(
        '\ufeff {"orders":[{"orderNumber":123456789012345678,"orderStatusReason":null,"orderDateTime":"",' +
          '"suggestedOrgDetails":{"organizations":null,"status":"found"},' +
          '"certificates":[{"csrStatus":"1","dcvStatus":2,"serialNumber":12}]}],"errorCode":"0"}\r\n',
      ),
      [
        {
          orderNumber: '123456789012345678',
          suggestedOrgDetails: { status: 'Found' },
          certificates: [{ csrStatus: 'completed', dcvStatus: 'in-progress', serialNumber: '12' }],
        },
      ],
    );
    assert.deepEqual(ordersIn('{"errorCode":0}'), []);
    assert.deepEqual(ordersIn('{"errorCode":0,"orders":[{"certificates":null,"orderNumber":"7"}]}'), [
      { orderNumber: '7', certificates: [] },
    ]);
  });

  test("the form's own names are read, too", () => {
    assert.deepEqual(
      ordersIn('{"errorCode":"0","1_orderNumber":"7","1_suggestedOrgDetails":"NotFound","1_1_csrStatus":1}'),
      [
        {
          orderNumber: '7',
          suggestedOrgDetails: { status: 'NotFound' },
          certificates: [{ csrStatus: 'completed' }],
        },
      ],
    );
  });

  test('what the API does not have is kept under extra', () => {
    const decoded = read(
      '{"errorCode":0,"version":2,"a":[1,{"b":null}],"__proto__":"c","orders":[7,{"orderNumber":"7","flag":true,' +
        '"certificates":["x",{"csrStatus":7,"caaStatus":1.0,"san":["a"]}]}]}',
    );
    assert.ok(decoded.kind === 'status');
    const { orders, extra } = decoded.status;
    assert.deepEqual(Object.entries(extra ?? {}), [
      ['1', '7'],
      ['version', '2'],
      ['a', '["1",{"b":null}]'],
      ['__proto__', 'c'],
    ]);
    assert.deepEqual(orders, [
      {
        orderNumber: '7',
        certificates: [{ extra: { csrStatus: '7', caaStatus: '1.0', san: '["a"]' } }],
        extra: { '1': 'x', flag: 'true' },
      },
    ]);
  });

  test('an error', () => {
    assert.deepEqual(
      read(
        `{"errorCode":-4,"errorMessage":"The value of the 'orderNumber' argument is invalid!","errorItem":"x"}`,
      ),
      {
        kind: 'error',
        errorCode: -4,
        errorMessage: "The value of the 'orderNumber' argument is invalid!",
        argument: 'orderNumber',
        extra: { errorItem: 'x' },
      },
    );
  });

  test('without an errorCode that is an integer, or not whole, it is no response of this API', () => {
    const deep = `{"errorCode":0,"a":${'['.repeat(200_000)}${']'.repeat(200_000)}}`;
    for (const json of [
      '',
      '{}',
      '{"error":"no"}',
      '{"errorCode":0.5}',
      '{"errorCode":1e3}',
      '{"errorCode":null}',
      '{"errorCode":[0]}',
      '[]',
      '0',
      'null',
      '{"errorCode":0',
      'errorCode=0',
      '{"errorCode":0}{"errorCode":0}',
      deep,
    ]) {
      assert.deepEqual(read(json), { kind: 'unreadable' }, json.slice(0, 40));
    }
  });

  test('a body looks like JSON when it begins with a brace', () => {
    for (const json of ['{}', ' \r\n\t{', '\ufeff{"errorCode":0}'])
      assert.ok(looksLikeJson(bytes(json)), json);
    for (const other of ['', ' ', 'errorCode=0', '[{}]', 'a{', '\ufeff', '\ufeff\ufeff{']) {
      assert.ok(!looksLikeJson(bytes(other)), other);
    }
  });

  test('it ends midway without its last brace', () => {
    for (const json of ['', '{', '{"errorCode":0', '{"a":"}"'])
      assert.ok(endsMidway(bytes(json), 'json'), json);
    for (const json of ['{}', '{"errorCode":0}\r\n ']) assert.ok(!endsMidway(bytes(json), 'json'), json);
  });
});
