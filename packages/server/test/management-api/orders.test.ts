import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { QUESTION } from '../wire-texts.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const CERTIFICATE = `${ORDER}/certificates/5550001`;
const MERGE_PATCH = 'application/merge-patch+json';

const ISSUE = {
  dcvStatus: 'completed',
  caaStatus: 'completed',
  certificateStatus: 'Issued',
  serialNumber: '0a',
};

test('PUT creates an order, replaces it whole, and changes nothing when repeated', async (t) => {
  const service = await runManagedService(t);
  const created = await service.manage(`PUT ${ORDER}`, { body: acmeOrder() });
  assert.equal(created.status, 201);
  assert.deepEqual(created.json, acmeOrder());
  assert.equal(created.headers['etag'], '"1"');
  const again = await service.manage(`PUT ${ORDER}`, { body: acmeOrder() });
  assert.deepEqual([again.status, again.headers['etag'], again.body], [200, '"1"', created.body]);
  const changed = acmeOrder({ orderDateTime: '2026-01-01T00:00:00Z' });
  const replaced = await service.manage(`PUT ${ORDER}`, { body: changed });
  assert.deepEqual([replaced.status, replaced.headers['etag']], [200, '"2"']);
  const got = await service.manage(`GET ${ORDER}`, { token: service.tokens.read });
  assert.deepEqual([got.status, got.headers['etag'], got.json], [200, '"2"', changed]);
});

test('numbers may be JSON numbers, with leading zeros as strings, and are answered as strings', async (t) => {
  const service = await runManagedService(t);
  const body = {
    ...acmeOrder(),
    orderNumber: 7250060,
    certificates: [{ ...acmeCertificate(), certificateID: '0005550001' }],
  };
  const created = await service.manage('PUT /v1/orders/007250060', { body });
  assert.equal(created.status, 201);
  assert.deepEqual(created.json, acmeOrder());
});

test('PATCH changes fields of the order or of a certificate, as RFC 7396 has it', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const found = { status: 'Found', organizations: [{ organizationName: 'Acme' }] };
  const first = await service.manage(`PATCH ${ORDER}`, {
    body: { suggestedOrgDetails: found },
    type: MERGE_PATCH,
  });
  assert.deepEqual([first.status, first.json.suggestedOrgDetails], [200, found]);
  const second = await service.manage(`PATCH ${ORDER}`, {
    body: { suggestedOrgDetails: { status: 'NotFound', organizations: null } },
  });
  assert.deepEqual(second.json.suggestedOrgDetails, { status: 'NotFound' });
  const third = await service.manage(`PATCH ${ORDER}`, { body: { suggestedOrgDetails: null } });
  assert.deepEqual(third.json, acmeOrder());

  const issued = await service.manage(`PATCH ${CERTIFICATE}`, { body: ISSUE, type: MERGE_PATCH });
  assert.deepEqual([issued.status, issued.headers['etag']], [200, '"5"']);
  const expected = acmeCertificate({ ...ISSUE, serialNumber: '0A' } as Partial<typeof expected>);
  assert.deepEqual(issued.json.certificates, [expected]);
  const repeated = await service.manage(`PATCH ${CERTIFICATE}`, { body: ISSUE, type: MERGE_PATCH });
  assert.deepEqual([repeated.status, repeated.headers['etag'], repeated.body], [200, '"5"', issued.body]);
});

test('a changed order is answered with its new state by the very next question', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const states = ['in-progress', 'not-completed', 'completed'] as const;
  for (let round = 0; round < 30; round++) {
    const state = states[round % 3] as (typeof states)[number];
    await service.manage(`PATCH ${CERTIFICATE}`, { body: { dcvStatus: state } });
    const { body } = await service.ask(QUESTION.replace('queryType=0', 'queryType=1'));
    const number = { 'in-progress': 2, 'not-completed': 0, completed: 1 }[state];
    assert.equal(new URLSearchParams(body).get('1_1_dcvStatus'), String(number));
  }
});

test('a change that breaks a rule is refused with the rule and the field', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const refused = await service.manage(`PATCH ${CERTIFICATE}`, {
    body: { certificateStatus: 'Issued', serialNumber: '0A' },
  });
  assert.equal(refused.status, 409);
  assert.equal(refused.headers['content-type'], 'application/problem+json');
  assert.deepEqual(refused.json, {
    type: 'urn:problem-type:cert-order-status:rule-broken',
    title: 'The change breaks a rule of the order database',
    status: 409,
    detail:
      'dcvStatus of certificate 5550001 is in-progress, but the certificate is Issued (issued-with-finished-checks); ' +
      'caaStatus of certificate 5550001 is not-completed, but the certificate is Issued (issued-with-finished-checks)',
    errors: [
      {
        field: 'certificates[0].dcvStatus',
        rule: 'issued-with-finished-checks',
        message: 'dcvStatus of certificate 5550001 is in-progress, but the certificate is Issued',
      },
      {
        field: 'certificates[0].caaStatus',
        rule: 'issued-with-finished-checks',
        message: 'caaStatus of certificate 5550001 is not-completed, but the certificate is Issued',
      },
    ],
  });
  assert.deepEqual((await service.manage(`GET ${ORDER}`)).json, acmeOrder());
});

test('force makes a correction, and the history holds why; an inconsistent order is refused all the same', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder({ orderStatus: 'Cancelled' })] });
  const reopen = { orderStatus: 'Pending' };
  assert.equal((await service.manage(`PATCH ${ORDER}`, { body: reopen })).status, 409);
  const reason = 'the wrong order – sorry';
  const forced = await service.manage(`PATCH ${ORDER}?force=${encodeURIComponent(reason)}`, { body: reopen });
  assert.equal(forced.status, 200);
  const { json } = await service.manage(`GET ${ORDER}/history?after=1`);
  const [{ reason: given, waivedRules, by }] = json.changes;
  assert.deepEqual(
    { given, waivedRules, by },
    { given: reason, waivedRules: ['order-transition'], by: { kind: 'token', name: 'writer' } },
  );
  const inconsistent = await service.manage(`PATCH ${ORDER}?force=any`, {
    body: { orderStatus: 'Completed' },
  });
  assert.equal(inconsistent.status, 409);
  const empty = await service.manage(`PATCH ${ORDER}?force=`, { body: reopen });
  assert.equal(empty.status, 400);
});

test('cancelling an order rejects its awaiting certificates in the same change', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const { json } = await service.manage(`PATCH ${ORDER}`, { body: { orderStatus: 'Cancelled' } });
  assert.deepEqual(json.certificates, [
    acmeCertificate({ certificateStatus: 'Rejected', certificateStatusReason: 'Order cancelled' }),
  ]);
  const history = await service.manage(`GET ${ORDER}/history?after=1`);
  assert.equal(history.json.changes.length, 1);
});

test('If-Match and If-None-Match guard against lost updates', async (t) => {
  const service = await runManagedService(t);
  const put = (headers: Record<string, string>, body = acmeOrder()) =>
    service.manage(`PUT ${ORDER}`, { body, headers });
  const changed = acmeOrder({ orderDateTime: '2026-01-01T00:00:00Z' });
  assert.equal((await put({ 'If-Match': '*' })).status, 412);
  assert.equal((await put({ 'If-Match': '"1"' })).status, 412);
  assert.equal((await put({ 'If-None-Match': '*' })).status, 201);
  const exists = await put({ 'If-None-Match': '*' });
  assert.equal(exists.status, 412);
  assert.equal(exists.json.detail, 'order 7250060 exists already, with version 1');
  assert.equal((await put({ 'If-Match': '"2"' }, changed)).status, 412);
  assert.equal((await put({ 'If-Match': 'W/"1"' }, changed)).status, 412);
  assert.equal((await put({ 'If-Match': '"one"' }, changed)).status, 412);
  assert.deepEqual((await service.manage(`GET ${ORDER}`)).json, acmeOrder());
  assert.equal((await put({ 'If-Match': '"7", "1"' }, changed)).status, 200);
  assert.equal((await put({ 'If-Match': '*' })).status, 200);
  const stale = await service.manage(`PATCH ${CERTIFICATE}`, {
    body: { dcvStatus: 'completed' },
    headers: { 'If-Match': '"2"' },
  });
  assert.equal(stale.status, 412);
  assert.match(stale.json.detail, /has version 3 by now/);
  const others: [Record<string, string>, number][] = [
    [{ 'If-Match': '1' }, 400],
    [{ 'If-Match': '' }, 400],
    [{ 'If-Match': '*', 'If-None-Match': '*' }, 412],
    [{ 'If-None-Match': '"1"' }, 200],
  ];
  for (const [headers, status] of others) {
    assert.equal((await put(headers)).status, status, JSON.stringify(headers));
  }
});

test('GET with the ETag that the caller has is answered without the order', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const get = (tag: string) => service.manage(`GET ${ORDER}`, { headers: { 'If-None-Match': tag } });
  for (const [tag, status] of [
    ['"1"', 304],
    ['W/"1"', 304],
    ['"9", "1"', 304],
    ['*', 304],
    ['"2"', 200],
  ] as const) {
    const answer = await get(tag);
    assert.equal(answer.status, status, tag);
    if (status === 304) assert.equal(answer.body, '');
  }
});

test('what is not there is a 404 with its name', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  for (const [route, detail] of [
    ['GET /v1/orders/1', 'there is no order 1'],
    ['PATCH /v1/orders/1', 'there is no order 1'],
    ['GET /v1/orders/1/history', 'there is no order 1'],
    ['PATCH /v1/orders/1/certificates/5550001', 'there is no order 1'],
    [`PATCH ${ORDER}/certificates/1`, 'there is no certificate 1 in order 7250060'],
  ] as const) {
    const answer = await service.manage(route, route.startsWith('GET') ? {} : { body: {} });
    assert.deepEqual([answer.status, answer.json.detail], [404, detail], route);
  }
});

test('an order’s history is paged', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  for (const dcvStatus of ['completed', 'not-completed', 'in-progress']) {
    await service.manage(`PATCH ${CERTIFICATE}`, { body: { dcvStatus } });
  }
  const first = await service.manage(`GET ${ORDER}/history?limit=3`);
  assert.deepEqual(
    first.json.changes.map((change: { version: number }) => change.version),
    [1, 2, 3],
  );
  const second = await service.manage(`GET ${ORDER}/history?limit=3&after=${first.json.next}`);
  assert.equal(second.json.changes.length, 1);
  assert.equal(second.json.next, undefined);
});
