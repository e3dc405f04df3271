import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type DetailedOrderStatus,
  decodeResponse,
  encodeDetailedOrderStatus,
  type OrderStatus,
  type SuggestedOrgDetailsForm,
} from '../src/index.ts';
import { detailedOrderStatus, formBytes } from './arbitraries.ts';
import { runs } from './runs.ts';

function overTheWire(status: DetailedOrderStatus, form: SuggestedOrgDetailsForm) {
  return decodeResponse(new TextEncoder().encode(encodeDetailedOrderStatus(status, form)));
}

/** What the flat form carries of an order: the best match alone. */
function withBestMatch(order: OrderStatus): OrderStatus {
  const [best] = order.suggestedOrgDetails?.organizations ?? [];
  if (order.suggestedOrgDetails === undefined || best === undefined) return order;
  return { ...order, suggestedOrgDetails: { ...order.suggestedOrgDetails, organizations: [best] } };
}

/** Such a word is the nested form: the flat form cannot carry it as a word. */
function readsAsNested({ suggestedOrgDetails }: OrderStatus): boolean {
  const word = suggestedOrgDetails?.status ?? '';
  return word.includes('=') && /(^|&)status=/i.test(word);
}

describe('An answer survives the wire', () => {
  test('in the nested form wholly', () => {
    fc.assert(
      fc.property(detailedOrderStatus, (status) => {
        assert.deepEqual(overTheWire(status, 'nested'), { kind: 'status', status });
      }),
      { numRuns: runs(300) },
    );
  });

  test('in the flat form with the best match', () => {
    fc.assert(
      fc.property(detailedOrderStatus, (status) => {
        fc.pre(!status.orders.some(readsAsNested));
        assert.deepEqual(overTheWire(status, 'flat'), {
          kind: 'status',
          status: { orders: status.orders.map(withBestMatch) },
        });
      }),
      { numRuns: runs(300) },
    );
  });

  test('and is serialised as the platform does', () => {
    fc.assert(
      fc.property(detailedOrderStatus, (status) => {
        const body = encodeDetailedOrderStatus(status, 'flat');
        // The platform's serialiser is the one that the answer promises to agree with, byte for byte.
        assert.equal(new URLSearchParams(body).toString(), body);
        assert.match(body, /^[!-~]*$/, 'it is ASCII: its length is its number of bytes');
      }),
    );
  });
});

describe('Whatever the body', () => {
  const names = [
    'errorCode=0',
    '&1_1_csrStatus=',
    '&1_suggestedOrgDetails=',
    'Status%3D',
    '&2_',
    '1_orderNumber=',
  ];

  test('decodeResponse never throws', () => {
    const body = formBytes(...names);
    const success = body.map(
      (rest) => new Uint8Array([...new TextEncoder().encode('errorCode=0&'), ...rest]),
    );
    fc.assert(
      fc.property(fc.oneof(body, success), (bytes) => {
        assert.ok(['status', 'error', 'unreadable'].includes(decodeResponse(bytes).kind));
      }),
      { numRuns: runs(2000) },
    );
  });

  test('a success loses no parameter: each is in its place or under extra', () => {
    const names = ['orderNumber', 'FQDN', 'csrStatus', 'caaStatus', 'apiVersion', 'countryName'];
    const numbers = fc.constantFrom('', '1_', '2_', '1_1_', '2_3_', '10_11_12_', '0_', '1_0_');
    const parameter = fc.tuple(numbers, fc.constantFrom(...names)).map(([at, name]) => at + name);
    fc.assert(
      fc.property(fc.uniqueArray(parameter), (parameters) => {
        const values = parameters.map((_, i) => `value ${i}`);
        const form = new URLSearchParams(parameters.map((name, i) => [name, `value ${i}`]));
        const answer = decodeResponse(new TextEncoder().encode(`errorCode=0&${form}`));
        const found = JSON.stringify(answer).match(/value \d+/g) ?? [];
        assert.deepEqual(found.toSorted(), values.toSorted());
      }),
    );
  });
});
