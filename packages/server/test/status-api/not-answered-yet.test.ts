/** An order that is followed at an upstream which has not answered yet. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOrderRecord } from '@cert-order-status/protocol';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { execute } from '../store/databases.ts';
import { ACME_CA } from '../upstreams/upstream-database.ts';

const UNANSWERED = 'errorCode=-14&errorMessage=An+unknown+error+occurred%21';
const NO_ORDER = 'errorCode=-4&errorMessage=The+value+of+the+%27orderNumber%27+argument+is+invalid%21';

test('until the first response of its upstream a followed order is -14 with Retry-After, for its account alone', async (t) => {
  const service = await runService(t, { accounts: ['other'], orders: [acmeOrder()] });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await store.upstreams.add({ ...ACME_CA, upstreamID: 'u1', name: 'ca' });
  await store.followedOrders.follow('u1', [{ orderNumber: '9', account: 'acme-hosting' }]);
  const statements = statementsOf(t);
  const ask = async (given: Readonly<Record<string, string>>) => {
    statements.length = 0;
    const { status, headers, body } = await service.ask({ ...ACME, queryType: '1', ...given });
    assert.equal(status, 200);
    return [body, headers['retry-after']];
  };

  // As soon as that, as it is due.
  assert.deepEqual(await ask({ orderNumber: '9' }), [UNANSWERED, '60']);
  assert.deepEqual(await ask({ orderNumber: '9' }), [UNANSWERED, '60']);
  assert.equal(statements.length, 1, statements.join('\n'));
  assert.deepEqual(await ask({ orderNumber: '9', queryType: '0' }), [UNANSWERED, '60']);
  assert.deepEqual(await ask({ orderNumber: '9', queryType: '2' }), [UNANSWERED, '60']);
  assert.deepEqual(await ask({ orderNumber: '9', certificateID: '5550001' }), [UNANSWERED, '60']);
  const [json] = await ask({ orderNumber: '9', responseFormat: '2' });
  assert.deepEqual(JSON.parse(String(json)), {
    errorCode: -14,
    errorMessage: 'An unknown error occurred!',
  });
  for (const [seconds, retryAfter] of [
    [-100, '60'],
    [100, '9[0-9]|100'],
    [86_400, '3600'],
  ] as const) {
    await execute(
      service.database,
      `UPDATE "followedOrder" SET "nextRequest" = ${Date.now() + seconds * 1000}`,
    );
    assert.match(String((await ask({ orderNumber: '9' }))[1]), new RegExp(`^(${retryAfter})$`));
  }

  assert.deepEqual(await ask({ loginName: 'other', orderNumber: '9' }), [NO_ORDER, undefined]);
  assert.deepEqual(await ask({ orderNumber: '10' }), [NO_ORDER, undefined]);
  assert.match(String((await ask({ certificateID: '9' }))[0]), /^errorCode=-4&/);
  assert.match(String((await ask({ orderNumber: '9', loginPassword: 'wrong' }))[0]), /^errorCode=-16&/);

  // What the upstream does not know is -4 here, too.
  await execute(service.database, `UPDATE "followedOrder" SET state = 'unknown'`);
  assert.deepEqual(await ask({ orderNumber: '9' }), [NO_ORDER, undefined]);
  await execute(service.database, `UPDATE "followedOrder" SET state = 'waiting'`);

  // Once there is one, the response is the order, also while the upstream is asked again.
  const { certificateID: _, ...certificate } = acmeCertificate();
  const read = readOrderRecord(acmeOrder({ orderNumber: '9', certificates: [certificate] }), 'observed');
  assert.ok(read.ok);
  const [outcome] = await store.orders.change(
    [putOrder(read.record)],
    { kind: 'upstream', name: 'ca' },
    { exemption: { kind: 'observed' } },
  );
  assert.equal(outcome?.kind, 'created');
  assert.match(String((await ask({ orderNumber: '9' }))[0]), /^errorCode=0&1_orderNumber=9&/);
  assert.equal(statements.length, 1, statements.join('\n'));
  await store.followedOrders.unfollow('u1', '9');
  assert.match(String((await ask({ orderNumber: '9' }))[0]), /^errorCode=0&1_orderNumber=9&/);
});
