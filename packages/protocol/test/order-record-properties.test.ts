import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readOrderRecord } from '../src/index.ts';
import { recordInput } from './record-arbitraries.ts';
import { read } from './record-reading.ts';
import { runs } from './runs.ts';
import { certificateJson, orderJson } from './sample-order.ts';

/** The order's own JSON with the fields of every object the other way round. */
function backwards(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(backwards);
  if (typeof value !== 'object' || value === null) return value;
  const fields = Object.entries(value).reverse();
  return Object.fromEntries(fields.map(([name, field]) => [name, backwards(field)]));
}

describe('A record in canonical form', () => {
  test('reads as itself', () => {
    fc.assert(
      fc.property(recordInput, (input) => {
        const record = read(input);
        assert.deepEqual(read(record), record);
        assert.equal(JSON.stringify(read(JSON.parse(JSON.stringify(record)))), JSON.stringify(record));
      }),
      { numRuns: runs(300) },
    );
  });

  test('equal orders are equal as JSON, whatever the order of their fields', () => {
    fc.assert(
      fc.property(recordInput, (input) => {
        assert.equal(JSON.stringify(read(backwards(input))), JSON.stringify(read(input)));
      }),
    );
  });

  test('reading changes nothing in the value read', () => {
    fc.assert(
      fc.property(recordInput, (input) => {
        const before = structuredClone(input);
        read(input);
        assert.deepEqual(input, before);
      }),
    );
  });

  test('numbers of up to 16 and 18 digits survive exactly', () => {
    const orderNumber = fc.bigInt(1n, 999_999_999_999_999_999n).map(String);
    const certificateID = fc.bigInt(1n, 9_999_999_999_999_999n).map(String);
    fc.assert(
      fc.property(orderNumber, certificateID, (orderNumber, certificateID) => {
        const record = read(orderJson({ orderNumber, certificates: [certificateJson({ certificateID })] }));
        assert.equal(record.orderNumber, orderNumber);
        assert.equal(record.certificates[0]?.certificateID, certificateID);
      }),
    );
  });
});

describe('Whatever the JSON', () => {
  test('readOrderRecord never throws, and says what is wrong', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const result = readOrderRecord(value);
        assert.ok(!result.ok && result.problems.length > 0);
      }),
      { numRuns: runs(500) },
    );
  });

  test('a good order with one value replaced is read or refused, never half read', () => {
    const orderField = fc.constantFrom(
      'account',
      'orderNumber',
      'orderDateTime',
      'orderStatus',
      'certificates',
      'x',
    );
    const certificateField = fc.constantFrom(
      'certificateID',
      'FQDN',
      'certificateStatus',
      'serialNumber',
      'dcvStatus',
    );
    fc.assert(
      fc.property(
        orderField,
        certificateField,
        fc.jsonValue(),
        fc.boolean(),
        (inOrder, inCertificate, value, deep) => {
          const input = deep
            ? orderJson({ certificates: [certificateJson({ [inCertificate]: value })] })
            : orderJson({ [inOrder]: value });
          const result = readOrderRecord(input);
          if (result.ok) assert.deepEqual(read(result.record), result.record);
          else assert.ok(result.problems.length > 0);
        },
      ),
      { numRuns: runs(1000) },
    );
  });
});
