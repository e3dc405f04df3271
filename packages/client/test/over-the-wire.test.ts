/** What the client sends and reads, against the platform's own form encoding and the protocol, over real https. */

import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  type DetailedOrderStatus,
  encodeDetailedOrderStatus,
  encodeDetailedOrderStatusJson,
} from '@cert-order-status/protocol';
import fc from 'fast-check';
import { detailedOrderStatus } from '../../protocol/test/arbitraries.ts';
import { runs } from '../../protocol/test/runs.ts';
import { OrderStatusClient, type OrderStatusQuery } from '../src/index.ts';
import { ISSUED, scriptedService, type Turn } from './scripted-service.ts';

const FORM = 'application/x-www-form-urlencoded';

test('a request is what URLSearchParams makes of it', async (t) => {
  const service = await scriptedService(t, [ISSUED]);
  const text = (maxLength: number) =>
    fc
      .string({ unit: 'binary', minLength: 1, maxLength })
      .filter((value) => !value.includes('\0') && [...value].length <= maxLength);
  const number = (digits: number) => fc.bigInt(1n, 10n ** BigInt(digits) - 1n);
  const queryType = fc.constantFrom(0, 1, 2);
  const query = fc.oneof(
    fc.record({ orderNumber: number(18), queryType }),
    fc.record({ certificateID: number(16), queryType }),
    fc.record({ orderNumber: number(18), certificateID: number(16), queryType }),
  ) as fc.Arbitrary<OrderStatusQuery>;
  await fc.assert(
    fc.asyncProperty(text(64), text(128), query, async (loginName, loginPassword, asked) => {
      const client = new OrderStatusClient({ baseUrl: service.baseUrl, loginName, loginPassword });
      await client.getDetailedOrderStatus(asked);
      const arguments_ = { loginName, loginPassword, ...asked };
      const form = new URLSearchParams();
      for (const name of [
        'loginName',
        'loginPassword',
        'orderNumber',
        'certificateID',
        'queryType',
      ] as const) {
        const value = arguments_[name];
        if (value !== undefined) form.set(name, String(value));
      }
      const { body, headers } = service.received.at(-1) ?? assert.fail('nothing arrived');
      assert.equal(body, form.toString());
      assert.equal(headers['content-length'], String(body.length));
    }),
    { numRuns: runs(100) },
  );
});

describe('Whatever a service sends is read back equal', () => {
  for (const [how, encode] of [
    [
      'as this project encodes it',
      (status: DetailedOrderStatus) => encodeDetailedOrderStatus(status, 'nested'),
    ],
    [
      'as URLSearchParams encodes it',
      (status: DetailedOrderStatus) =>
        new URLSearchParams(encodeDetailedOrderStatus(status, 'nested')).toString(),
    ],
    ['as this project encodes it in JSON', encodeDetailedOrderStatusJson],
  ] as const) {
    test(how, async (t) => {
      let sent = '';
      const send: Turn = (response) => {
        response.writeHead(200, { 'Content-Type': `${FORM}; charset=utf-8` });
        // In two pieces, cut anywhere.
        const bytes = Buffer.from(sent);
        const middle = Math.floor(bytes.length / 2);
        response.write(bytes.subarray(0, middle));
        response.end(bytes.subarray(middle));
      };
      const service = await scriptedService(t, [send]);
      const client = service.client();
      await fc.assert(
        fc.asyncProperty(detailedOrderStatus, async (status) => {
          sent = encode(status);
          assert.deepEqual(await client.getDetailedOrderStatus({ orderNumber: 1 }), status);
        }),
        { numRuns: runs(150) },
      );
    });
  }
});
