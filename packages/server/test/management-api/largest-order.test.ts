/** The largest order that there may be, which either engine must store. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ORDER_LIMIT_BYTES } from '@cert-order-status/protocol';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const NDJSON = 'application/x-ndjson';
const MIB = 1024 * 1024;

/** The largest order that the rules allow, of one character throughout. */
function largestOrder(character: string) {
  const reason = character.repeat(1024);
  const detail = character.repeat(256);
  const organization = {
    organizationName: detail,
    streetAddress: detail,
    localityName: detail,
    telephoneNumber: detail,
  };
  return acmeOrder({
    orderStatus: 'Rejected',
    orderStatusReason: reason,
    suggestedOrgDetails: { status: 'Found', organizations: Array(100).fill(organization) },
    certificates: Array.from({ length: 2000 }, (_, index) =>
      acmeCertificate({
        certificateID: String(9_007_199_254_000_000 + index),
        objectType: character.repeat(64),
        FQDN: character.repeat(255),
        certificateStatus: 'Revoked',
        certificateStatusReason: reason,
        serialNumber: 'F'.repeat(40),
        dcvStatus: 'completed',
        caaStatus: 'completed',
      }),
    ),
  });
}

test('the largest order that the rules allow is taken, in UTF-8 and with its characters escaped', async (t) => {
  const service = await runManagedService(t);
  const text = JSON.stringify(largestOrder('字'));
  assert.ok(Buffer.byteLength(JSON.stringify(largestOrder('😀'))) < ORDER_LIMIT_BYTES);
  const created = await service.manage(`PUT ${ORDER}`, { body: text });
  assert.equal(created.status, 201, created.body.slice(0, 1000));
  const body = text.replaceAll('字', '\\u5b57');
  assert.ok(body.length > 16 * MIB);
  const again = await service.manage(`PUT ${ORDER}`, { body });
  assert.deepEqual([again.status, again.headers['etag']], [200, '"1"']);
  const batch = await service.manage('POST /v1/orders:batch', { body, type: NDJSON });
  assert.equal(JSON.parse(batch.body).result, 'unchanged');
});
