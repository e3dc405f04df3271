import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type ManagedService, runManagedService } from './managed-service.ts';

/** Requests with a token of the scope `admin`. */
function asAdmin(service: ManagedService): ManagedService['manage'] {
  return (route, request) => service.manage(route, { token: service.tokens.admin, ...request });
}

const URL = 'https://hooks.example/in';

test('webhook endpoints are added, changed, paused, resumed, rotated, tested, replayed and deleted', async (t) => {
  const path = join(temporaryFolder(t), 'secret.key');
  const settings = { secretKeys: { kind: 'file', path, isMade: true } } as const;
  const service = await runManagedService(t, { settings, orders: [acmeOrder()] });
  const manage = asAdmin(service);
  const add = { account: 'acme-hosting', url: URL, eventTypes: ['order.created'], description: 'ours' };
  const added = await manage('POST /v1/webhooks', { body: add });
  assert.equal(added.status, 201);
  const { endpoint, secret } = added.json;
  assert.match(secret, /^whsec_/);
  const { endpointID, created, ...rest } = endpoint;
  assert.ok(Date.parse(created) > 0);
  assert.deepEqual(rest, { ...add, createdBy: 'operator', state: 'active' });
  const at = `/v1/webhooks/${endpointID}`;
  assert.deepEqual((await manage(`GET ${at}`)).json, endpoint);
  assert.deepEqual((await manage('GET /v1/webhooks?account=acme-hosting&limit=1')).json, {
    endpoints: [endpoint],
  });
  const changed = await manage(`PATCH ${at}`, { body: { eventTypes: null, description: null } });
  assert.deepEqual(Object.keys(changed.json).toSorted(), [
    'account',
    'created',
    'createdBy',
    'endpointID',
    'state',
    'url',
  ]);
  assert.equal((await manage(`POST ${at}/pause`)).json.state, 'paused');
  assert.equal((await manage(`POST ${at}/resume`)).json.state, 'active');
  const rotated = (await manage(`POST ${at}/rotate`)).json.secret;
  assert.notEqual(rotated, secret);
  const tested = await manage(`POST ${at}/test`);
  assert.equal(tested.status, 202);
  const since = new Date(Date.now() - 60_000).toISOString();
  const replayed = await manage(`POST ${at}/replay`, { body: { since } });
  assert.deepEqual([replayed.status, replayed.json], [202, { queued: 1 }]);
  const { events } = (await manage(`GET ${at}/events`)).json;
  assert.deepEqual(
    events.map(({ type, state }: { type: string; state: string }) => `${type} ${state}`).toSorted(),
    ['order.created queued', 'ping queued'],
  );
  const resent = await manage(
    `POST ${at}/events/${events.find((each: { type: string }) => each.type !== 'ping').eventID}/resend`,
  );
  assert.deepEqual([resent.status, resent.json], [202, { isQueued: false }]);
  assert.equal((await manage(`DELETE ${at}`)).status, 204);
  assert.equal((await manage(`GET ${at}`)).status, 404);
  for (const text of [secret, rotated, URL]) assert.ok(!service.logText().includes(text));
});

test('what cannot be an endpoint is refused with the field', async (t) => {
  const manage = asAdmin(await runManagedService(t));
  for (const [body, status, field] of [
    [{ account: 'acme-hosting', url: 'http://hooks.example/' }, 422, 'url'],
    [{ account: 'acme-hosting', url: URL, eventTypes: ['ping'] }, 422, 'eventTypes[0]'],
    [{ account: 'acme-hosting', url: URL, eventTypes: [] }, 422, 'eventTypes'],
    [{ account: 'none', url: URL }, 404, undefined],
    // The service was started without a place for keys.
    [{ account: 'acme-hosting', url: URL }, 500, undefined],
  ] as const) {
    const answer = await manage('POST /v1/webhooks', { body });
    assert.equal(answer.status, status, JSON.stringify(answer.json));
    if (field !== undefined) assert.equal(answer.json.errors[0].field, field);
  }
});

test('the OpenAPI document has each event among its webhooks', async (t) => {
  const manage = asAdmin(await runManagedService(t));
  const { webhooks, components } = (await manage('GET /openapi.json')).json;
  assert.equal(Object.keys(webhooks).length, 11);
  const { schema } = webhooks['certificate.issued'].post.requestBody.content['application/json'];
  assert.deepEqual(schema, { $ref: '#/components/schemas/WebhookEvent' });
  assert.ok(components.schemas.WebhookEvent.properties.data.properties.certificateID);
});
