import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { problemPaths, read } from './record-reading.ts';
import { orderJson, orderOfCertificate } from './sample-order.ts';

function withOrganization(detail: string, value: unknown) {
  return orderJson({ suggestedOrgDetails: { status: 'Found', organizations: [{ [detail]: value }] } });
}

interface TextField {
  readonly path: string;
  readonly limit: number;
  readonly order: (text: unknown) => unknown;
}

const organizationTexts = [
  'organizationName',
  'streetAddress',
  'localityName',
  'stateOrProvinceName',
  'postalCode',
  'dunsNumber',
  'telephoneNumber',
].map(
  (detail): TextField => ({
    path: `suggestedOrgDetails.organizations[0].${detail}`,
    limit: 256,
    order: (text) => withOrganization(detail, text),
  }),
);

const TEXTS: readonly TextField[] = [
  { path: 'account', limit: 64, order: (account) => orderJson({ account }) },
  {
    path: 'orderStatusReason',
    limit: 1024,
    order: (orderStatusReason) => orderJson({ orderStatus: 'Rejected', orderStatusReason }),
  },
  {
    path: 'certificates[0].objectType',
    limit: 64,
    order: (objectType) => orderOfCertificate({ objectType }),
  },
  { path: 'certificates[0].FQDN', limit: 255, order: (FQDN) => orderOfCertificate({ FQDN }) },
  {
    path: 'certificates[0].certificateStatusReason',
    limit: 1024,
    order: (certificateStatusReason) =>
      orderOfCertificate({ certificateStatus: 'Rejected', certificateStatusReason }),
  },
  ...organizationTexts,
];

for (const { path, limit, order } of TEXTS) {
  describe(`One vocabulary: strings: ${path}`, () => {
    test(`at most ${limit} code points`, () => {
      assert.deepEqual(problemPaths(order('x'.repeat(limit))), []);
      assert.deepEqual(problemPaths(order('😀'.repeat(limit))), []);
      assert.deepEqual(problemPaths(order('x'.repeat(limit + 1))), [path]);
      assert.deepEqual(problemPaths(order('😀'.repeat(limit + 1))), [path]);
    });

    test('not empty, not null, not a number', () => {
      for (const value of ['', null, 217568534, ['x'], {}])
        assert.deepEqual(problemPaths(order(value)), [path]);
    });

    test('without control characters (U+0000–001F, U+007F)', () => {
      for (const control of ['\0', '\t', '\n', '\u001f', '\u007f']) {
        assert.deepEqual(problemPaths(order(`a${control}b`)), [path], JSON.stringify(control));
      }
      assert.deepEqual(problemPaths(order('a b~\u0080é')), []);
    });

    test('well-formed Unicode', () => {
      assert.deepEqual(problemPaths(order('a\uD83D')), [path]);
      assert.deepEqual(problemPaths(order('\uDE00a')), [path]);
    });
  });
}

describe('One vocabulary: values', () => {
  test('FQDN: *. is allowed', () => {
    assert.equal(read(orderOfCertificate({ FQDN: '*.example.com' })).certificates[0]?.FQDN, '*.example.com');
  });

  test('countryName: two letters', () => {
    assert.deepEqual(problemPaths(withOrganization('countryName', 'GB')), []);
    for (const value of ['G', 'GBR', 'G1', 'ÉÉ', 'GB\n', '', null, 44]) {
      const path = 'suggestedOrgDetails.organizations[0].countryName';
      assert.deepEqual(problemPaths(withOrganization('countryName', value)), [path], String(value));
    }
  });

  const serialOf = (serialNumber: unknown) =>
    orderOfCertificate({ certificateStatus: 'Issued', serialNumber });
  test('serialNumber: an even number of hex digits, at most 40, kept in upper case', () => {
    assert.equal(read(serialOf('00abCD')).certificates[0]?.serialNumber, '00ABCD');
    assert.equal(read(serialOf('f'.repeat(40))).certificates[0]?.serialNumber, 'F'.repeat(40));
    for (const value of ['abc', 'f'.repeat(42), '00:AB', '0x00', 'GG', '', null, 10]) {
      assert.deepEqual(problemPaths(serialOf(value)), ['certificates[0].serialNumber'], String(value));
    }
  });

  test('orderDateTime: RFC 3339, kept to the second in UTC', () => {
    const kept = (orderDateTime: string) => read(orderJson({ orderDateTime })).orderDateTime;
    assert.equal(kept('2025-06-11T13:57:09.75+02:00'), '2025-06-11T11:57:09Z');
    assert.equal(kept('2025-01-01T00:30:00+01:00'), '2024-12-31T23:30:00Z');
    for (const value of ['2025-06-11 11:57', '2025-02-30T00:00:00Z', '', null, 1749643020]) {
      assert.deepEqual(problemPaths(orderJson({ orderDateTime: value })), ['orderDateTime'], String(value));
    }
  });
});

describe('One vocabulary: numbers', () => {
  const orderNumberOf = (orderNumber: unknown) => read(orderJson({ orderNumber })).orderNumber;
  const certificateIdOf = (certificateID: unknown) =>
    read(orderOfCertificate({ certificateID })).certificates[0]?.certificateID;

  test('numbers may be JSON strings or safe integers, and are kept as canonical strings', () => {
    assert.equal(orderNumberOf('7250060'), '7250060');
    assert.equal(orderNumberOf(7250060), '7250060');
    assert.equal(orderNumberOf('0007250060'), '7250060');
    assert.equal(orderNumberOf(9007199254740991), '9007199254740991');
    assert.equal(certificateIdOf(9007199254740991), '9007199254740991');
  });

  test('numbers of 16 and 18 digits survive exactly as strings', () => {
    assert.equal(orderNumberOf('999999999999999999'), '999999999999999999');
    assert.equal(orderNumberOf('900719925474099301'), '900719925474099301');
    assert.equal(certificateIdOf('9999999999999999'), '9999999999999999');
    assert.equal(certificateIdOf('9007199254740993'), '9007199254740993');
  });

  const noNumbers = [
    0,
    -1,
    1.5,
    1e21,
    9007199254740992,
    '0',
    '-1',
    '+1',
    ' 1',
    '1.0',
    '1e3',
    '0x1',
    '',
    'x',
    true,
    [1],
  ];
  test('orderNumber: 1–18 decimal digits with a value of at least 1', () => {
    for (const orderNumber of [...noNumbers, '1000000000000000000', '0000000000000000001']) {
      assert.deepEqual(problemPaths(orderJson({ orderNumber })), ['orderNumber'], String(orderNumber));
    }
  });

  test('certificateID: 1–16 decimal digits with a value of at least 1', () => {
    for (const certificateID of [...noNumbers, '10000000000000000', '00000000000000001']) {
      const paths = problemPaths(orderOfCertificate({ certificateID }));
      assert.deepEqual(paths, ['certificates[0].certificateID'], String(certificateID));
    }
  });
});
