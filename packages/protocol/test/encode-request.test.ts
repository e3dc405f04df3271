import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  encodeStatusRequest,
  type QueryType,
  readStatusRequest,
  type StatusQuery,
  type StatusRequest,
} from '../src/index.ts';
import { anyString } from './arbitraries.ts';
import { runs } from './runs.ts';

const number = (digits: number) => fc.bigInt(1n, 10n ** BigInt(digits) - 1n).map(String);

/** Objects as literals make them, so that strict equality may compare prototypes. */
const PLAIN = { noNullPrototype: true } as const;

function requestWith(text: fc.Arbitrary<string>): fc.Arbitrary<StatusRequest> {
  const queryType = fc.constantFrom<QueryType[]>(0, 1, 2);
  const orderNumber = number(18);
  const certificateID = number(16);
  const query: fc.Arbitrary<StatusQuery> = fc.oneof(
    fc.record({ orderNumber, queryType }, PLAIN),
    fc.record({ certificateID, queryType }, PLAIN),
    fc.record({ orderNumber, certificateID, queryType }, PLAIN),
  );
  return fc.record({ credentials: fc.record({ loginName: text, loginPassword: text }, PLAIN), query }, PLAIN);
}

describe('A request', () => {
  test('is encoded as the document spells its arguments', () => {
    const body = encodeStatusRequest({
      credentials: { loginName: 'acme hosting', loginPassword: 'p&ss=w+rd%' },
      query: { orderNumber: '7250060', certificateID: '9999999999999999', queryType: 2 },
    });
    assert.equal(
      body,
      'loginName=acme+hosting&loginPassword=p%26ss%3Dw%2Brd%25&orderNumber=7250060&certificateID=9999999999999999&queryType=2',
    );
  });

  test('is encoded byte for byte as URLSearchParams does', () => {
    fc.assert(
      fc.property(requestWith(anyString), (request) => {
        const { orderNumber, certificateID, queryType } = request.query;
        const form = new URLSearchParams({
          ...request.credentials,
          ...(orderNumber !== undefined && { orderNumber }),
          ...(certificateID !== undefined && { certificateID }),
          queryType: String(queryType),
        });
        assert.equal(encodeStatusRequest(request), form.toString());
      }),
      { numRuns: runs(300) },
    );
  });

  test('is read back equal', () => {
    const text = fc
      .string({ unit: 'binary', minLength: 1, maxLength: 64 })
      .filter((value) => !value.includes('\0'));
    fc.assert(
      fc.property(requestWith(text), (request) => {
        const read = readStatusRequest(new TextEncoder().encode(encodeStatusRequest(request)));
        assert.deepEqual(read, { ok: true, request, responseFormat: 'form' });
      }),
      { numRuns: runs(300) },
    );
  });
});
