import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { verifyWebhook, type WebhookFailure, WebhookVerificationError } from '../src/index.ts';

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const SECRET = newSecret();
const BODY = JSON.stringify({
  type: 'certificate.issued',
  timestamp: '2026-11-28T12:00:00.123Z',
  data: {
    version: 3,
    orderNumber: '7250060',
    changes: [],
    order: { orderNumber: '7250060', orderStatus: 'Größe' },
  },
});
const nowSeconds = () => Math.floor(Date.now() / 1000);

/** As the specification says to sign. */
function signed(body: string, { secret = SECRET, id = 'msg_1', seconds = nowSeconds() } = {}) {
  const key = Buffer.from(secret.slice('whsec_'.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': String(seconds), 'webhook-signature': `v1,${signature}` };
}

async function reasonOf(verified: Promise<unknown>): Promise<WebhookFailure> {
  const error = await verified.then(
    () => assert.fail('it was accepted'),
    (error: unknown) => error,
  );
  assert.ok(error instanceof WebhookVerificationError, `${error}`);
  assert.ok(!error.message.includes(SECRET));
  return error.reason;
}

test('a webhook is returned as what it tells, from headers of node:http and of fetch, as text and as bytes', async () => {
  const headers = signed(BODY);
  const upperCase = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toUpperCase(), value]),
  );
  for (const given of [headers, new Headers(headers), upperCase]) {
    for (const body of [BODY, Buffer.from(BODY)]) {
      const event = await verifyWebhook(given, body, SECRET);
      assert.deepEqual(event, { id: 'msg_1', ...JSON.parse(BODY) });
      assert.ok(event.type !== 'ping' && event.data.order.orderStatus === 'Größe');
    }
  }
});

test('any of several signatures by any of several secrets will do', async () => {
  const other = newSecret();
  const both = {
    ...signed(BODY),
    'webhook-signature': `v0,x v1,?? v1a,AAAA ${signed(BODY, { secret: other })['webhook-signature']} ${signed(BODY)['webhook-signature']}`,
  };
  await verifyWebhook(both, BODY, SECRET);
  await verifyWebhook(both, BODY, other);
  await verifyWebhook(signed(BODY), BODY, [other, SECRET]);
  assert.equal(await reasonOf(verifyWebhook(both, BODY, newSecret())), 'wrong-signature');
  const many = {
    ...both,
    'webhook-signature': `${'v1,AAAA '.repeat(10)}${signed(BODY)['webhook-signature']}`,
  };
  assert.equal(await reasonOf(verifyWebhook(many, BODY, SECRET)), 'wrong-signature');
});

test('what was altered in one character is refused', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.nat(BODY.length - 1),
      fc.string({ minLength: 1, maxLength: 1 }),
      async (at, character) => {
        fc.pre(BODY[at] !== character);
        const altered = BODY.slice(0, at) + character + BODY.slice(at + 1);
        assert.equal(await reasonOf(verifyWebhook(signed(BODY), altered, SECRET)), 'wrong-signature');
      },
    ),
    { numRuns: 50 },
  );
  const seconds = nowSeconds();
  const moved = { ...signed(BODY, { seconds }), 'webhook-timestamp': String(seconds - 1) };
  assert.equal(await reasonOf(verifyWebhook(moved, BODY, SECRET)), 'wrong-signature');
  const renamed = { ...signed(BODY), 'webhook-id': 'msg_2' };
  assert.equal(await reasonOf(verifyWebhook(renamed, BODY, SECRET)), 'wrong-signature');
});

test('what is too old, or from the future, is refused', async () => {
  for (const seconds of [nowSeconds() - 400, nowSeconds() + 400]) {
    assert.equal(await reasonOf(verifyWebhook(signed(BODY, { seconds }), BODY, SECRET)), 'stale');
    await verifyWebhook(signed(BODY, { seconds }), BODY, SECRET, { toleranceSeconds: 500 });
  }
  const recent = signed(BODY, { seconds: nowSeconds() - 20 });
  assert.equal(await reasonOf(verifyWebhook(recent, BODY, SECRET, { toleranceSeconds: 10 })), 'stale');
  assert.equal(
    await reasonOf(verifyWebhook(recent, BODY, SECRET, { toleranceSeconds: Number.NaN })),
    'stale',
  );
});

test('missing and senseless headers, bodies and secrets are named', async () => {
  for (const name of ['webhook-id', 'webhook-timestamp', 'webhook-signature']) {
    for (const value of [undefined, '', ['a', 'b']]) {
      assert.equal(
        await reasonOf(verifyWebhook({ ...signed(BODY), [name]: value }, BODY, SECRET)),
        'invalid-headers',
      );
    }
  }
  const never = { ...signed(BODY), 'webhook-timestamp': '2026-11-28' };
  assert.equal(await reasonOf(verifyWebhook(never, BODY, SECRET)), 'invalid-headers');
  for (const body of ['', '{', '[]', 'null', '{"type":"ping"}', '{"type":1,"timestamp":"","data":{}}']) {
    assert.equal(await reasonOf(verifyWebhook(signed(body), body, SECRET)), 'invalid-body');
  }
  for (const secret of ['', 'whsec_', 'whsec_?', SECRET.slice(6)]) {
    await assert.rejects(verifyWebhook(signed(BODY), BODY, secret), TypeError);
  }
});
