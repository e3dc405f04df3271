import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readStatusRequest } from '../src/index.ts';
import { formBytes } from './arbitraries.ts';
import { accepted, refusal } from './judge.ts';
import { runs } from './runs.ts';

const LOGIN = 'loginName=acme-hosting&loginPassword=s3cret';

describe('The spec, section 1: Request', () => {
  test('a request by order number', () => {
    assert.deepEqual(accepted(`${LOGIN}&orderNumber=7250060&queryType=1`), {
      credentials: { loginName: 'acme-hosting', loginPassword: 's3cret' },
      query: { orderNumber: '7250060', queryType: 1 },
    });
  });

  test('variable names are case insensitive', () => {
    const request = accepted(
      'LOGINNAME=acme-hosting&loginpassword=s3cret&OrderNumber=7250060&CERTIFICATEid=5550001&qUERYtYPE=2',
    );
    assert.deepEqual(request, {
      credentials: { loginName: 'acme-hosting', loginPassword: 's3cret' },
      query: { orderNumber: '7250060', certificateID: '5550001', queryType: 2 },
    });
  });

  test('the order of the variables does not matter', () => {
    assert.deepEqual(
      accepted('queryType=0&certificateID=5550001&loginPassword=s3cret&loginName=acme-hosting').query,
      { certificateID: '5550001', queryType: 0 },
    );
  });

  test('loginName: string, case sensitive', () => {
    const body = 'loginName=Acme+Hosting%C3%89&loginPassword=x&orderNumber=1&queryType=0';
    assert.equal(accepted(body).credentials.loginName, 'Acme HostingÉ');
  });

  test('loginName: at most 64 chars', () => {
    const body = (name: string) => `loginName=${name}&loginPassword=x&orderNumber=1&queryType=0`;
    assert.equal(accepted(body('a'.repeat(64))).credentials.loginName, 'a'.repeat(64));
    assert.equal(refusal(body('a'.repeat(65))), "-4 The value of the 'loginName' argument is invalid!");
  });

  test('loginName: a char is a code point', () => {
    const body = (name: string) => `loginName=${name}&loginPassword=x&orderNumber=1&queryType=0`;
    assert.equal(accepted(body('😀'.repeat(64))).credentials.loginName, '😀'.repeat(64));
    assert.equal(refusal(body('😀'.repeat(65))), "-4 The value of the 'loginName' argument is invalid!");
  });

  test('loginPassword: string, case sensitive, white space kept', () => {
    const body = 'loginName=x&loginPassword=+S3cret%26%2B+&orderNumber=1&queryType=0';
    assert.equal(accepted(body).credentials.loginPassword, ' S3cret&+ ');
  });

  test('loginPassword: at most 128 chars', () => {
    const body = (password: string) => `loginName=x&loginPassword=${password}&orderNumber=1&queryType=0`;
    assert.equal(accepted(body('é'.repeat(128))).credentials.loginPassword, 'é'.repeat(128));
    assert.equal(refusal(body('é'.repeat(129))), "-4 The value of the 'loginPassword' argument is invalid!");
  });

  test('orderNumber: Integer of up to 18 digits, kept exactly', () => {
    const query = (number: string) => accepted(`${LOGIN}&orderNumber=${number}&queryType=0`).query;
    assert.deepEqual(query('1'), { orderNumber: '1', queryType: 0 });
    assert.deepEqual(query('999999999999999999'), { orderNumber: '999999999999999999', queryType: 0 });
    assert.deepEqual(query('000000000007250060'), { orderNumber: '7250060', queryType: 0 });
  });

  test('certificateID: Integer of up to 16 digits, kept exactly', () => {
    const query = (id: string) => accepted(`${LOGIN}&certificateID=${id}&queryType=0`).query;
    assert.deepEqual(query('1'), { certificateID: '1', queryType: 0 });
    assert.deepEqual(query('9999999999999999'), { certificateID: '9999999999999999', queryType: 0 });
    assert.deepEqual(query('0000000005550001'), { certificateID: '5550001', queryType: 0 });
  });

  test('either orderNumber or certificateID must be provided, and both may be', () => {
    const missing = "-3 The 'orderNumber' argument is missing";
    assert.equal(refusal(`${LOGIN}&queryType=0`), missing);
    assert.deepEqual(accepted(`${LOGIN}&orderNumber=7&certificateID=8&queryType=0`).query, {
      orderNumber: '7',
      certificateID: '8',
      queryType: 0,
    });
  });

  test('queryType: 0 = return status only', () => {
    assert.equal(accepted(`${LOGIN}&orderNumber=7&queryType=0`).query.queryType, 0);
  });

  test('queryType: 1 = return status and detailed status information', () => {
    assert.equal(accepted(`${LOGIN}&orderNumber=7&queryType=1`).query.queryType, 1);
  });

  test('queryType: 2 = also include information about replacement orders', () => {
    assert.equal(accepted(`${LOGIN}&orderNumber=7&queryType=2`).query.queryType, 2);
  });

  test('queryType: no other value', () => {
    for (const value of ['3', '-1', '00', '01', '1.0', '+1', '1+', '%EF%BC%91', 'one', '12']) {
      const answer = refusal(`${LOGIN}&orderNumber=7&queryType=${value}`);
      assert.equal(answer, "-4 The value of the 'queryType' argument is invalid!", value);
    }
  });
});

describe('Whatever the body', () => {
  const names = ['loginName=', 'loginPassword=x', '&orderNumber=', '&certificateID=7', '&queryType=1', LOGIN];

  test('readStatusRequest never throws, and judge by arguments alone', () => {
    fc.assert(
      fc.property(formBytes(...names), (body) => {
        const result = readStatusRequest(body);
        if (!result.ok) assert.ok([-2, -3, -4].includes(result.error.errorCode));
      }),
      { numRuns: runs(1000) },
    );
  });

  test('every order number of 1 to 18 digits and every certificate ID of 1 to 16 digits is kept exactly', () => {
    const orderNumber = fc.bigInt(1n, 999_999_999_999_999_999n).map(String);
    const certificateID = fc.bigInt(1n, 9_999_999_999_999_999n).map(String);
    fc.assert(
      fc.property(orderNumber, certificateID, (orderNumber, certificateID) => {
        const body = `${LOGIN}&orderNumber=${orderNumber}&certificateID=${certificateID}&queryType=0`;
        assert.deepEqual(accepted(body).query, { orderNumber, certificateID, queryType: 0 });
      }),
    );
  });
});
