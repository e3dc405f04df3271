/** `order-status listen` with the real service, and a real program that receives events. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingHttpHeaders,
  type RequestListener,
  type Server,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { differencesBetween } from '../../../server/src/orders/differences.ts';
import { openStore } from '../../../server/src/store/open-store.ts';
import { eventBody } from '../../../server/src/webhooks/event-body.ts';
import { fillDatabase, TESTER } from '../../../server/test/fill-database.ts';
import { ACME, runService } from '../../../server/test/running-service.ts';
import { acmeCertificate, acmeOrder } from '../../../server/test/sample-orders.ts';
import { testPair, testPairOptions } from '../../../server/test/test-pair.ts';
import { forwardEvent } from '../../src/cli/forward-event.ts';
import { verifyWebhook, type WebhookEvent } from '../../src/index.ts';
import {
  answer,
  FEED_CHALLENGE,
  feedPage,
  ISSUED as ISSUED_FORM,
  json,
  scriptedService,
  TRUSTED,
} from '../scripted-service.ts';
import { COMMAND, cleanEnvironment, home, orderStatus } from './order-status.ts';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const PENDING = acmeOrder();
const ISSUED = acmeOrder({
  orderStatus: 'Completed',
  certificates: [
    acmeCertificate({
      certificateStatus: 'Issued',
      serialNumber: '0A',
      dcvStatus: 'completed',
      caaStatus: 'completed',
      notBefore: '2026-01-01T00:00:00Z',
      notAfter: '2099-01-01T00:00:00Z',
      shippingPostalCode: '12345',
    }),
  ],
});

/** A service with an order that was created, and then issued. */
async function serviceWithChanges(t: TestContext) {
  const service = await runService(t, { orders: [PENDING] });
  const store = await openStore(service.database, 'write');
  await fillDatabase(store.orders, [ISSUED]);
  await store.close();
  const [, ca = ''] = await testPairOptions();
  const environment = {
    CERT_ORDER_STATUS_BASE_URL: `https://127.0.0.1:${service.port}`,
    CERT_ORDER_STATUS_LOGIN_NAME: ACME.loginName,
    CERT_ORDER_STATUS_LOGIN_PASSWORD: ACME.loginPassword,
    CERT_ORDER_STATUS_CA: ca,
  };
  return { environment, ca };
}

async function portOf(t: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

/** A program that responds with these statuses in turn, and then with the last. */
async function receiver(t: TestContext, scheme: 'http' | 'https', ...statuses: readonly number[]) {
  const arrived: { readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string }[] =
    [];
  const respond: RequestListener = async (request, response) => {
    const body = await text(request);
    const status = statuses[Math.min(arrived.length, statuses.length - 1)] ?? 204;
    arrived.push({ path: request.url ?? '', headers: request.headers, body });
    response.writeHead(status, { Location: '/elsewhere' }).end();
  };
  const server = scheme === 'http' ? createHttpServer(respond) : createHttpsServer(await testPair(), respond);
  const url = `${scheme}://127.0.0.1:${await portOf(t, server)}/hooks`;
  return { url, arrived };
}

/** Runs the command until it has printed so many lines. */
async function listen(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  lineCount: number,
) {
  const child = spawn(process.execPath, [COMMAND, 'listen', '--timeout', '60s', ...args], {
    env: { ...cleanEnvironment(), ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const stderr = text(child.stderr);
  const lines: string[] = [];
  for await (const line of createInterface(child.stdout)) if (lines.push(line) === lineCount) break;
  child.kill();
  return { lines, stderr: await stderr };
}

test('each change makes the events of webhooks, signed; what came of each is printed', async (t) => {
  const { environment } = await serviceWithChanges(t);
  const { url, arrived } = await receiver(t, 'http', 204, 302, 500);
  const withSecret = { ...environment, CERT_ORDER_STATUS_WEBHOOK_SECRET: SECRET };
  const { lines, stderr } = await listen(['--from-start', '--forward-to', url], withSecret, 3);
  assert.equal(stderr, '');
  assert.deepEqual(
    lines.map((line) => line.replace(/^\S+Z /, '').replace(/\d+ ms$/, 'N ms')),
    [
      'order.created order 7250060 version 1: 204 in N ms',
      'order.completed order 7250060 version 2: 302 in N ms',
      'certificate.issued order 7250060 version 2 certificate 1: 500 in N ms',
    ],
  );
  assert.deepEqual(new Set(arrived.map(({ path }) => path)), new Set(['/hooks']));
  const events = await Promise.all(arrived.map(({ headers, body }) => verifyWebhook(headers, body, SECRET)));
  assert.equal(new Set(events.map(({ id }) => id)).size, 3);
  assert.deepEqual(
    events.map(({ id: _, ...event }) => event),
    expectedEvents(events),
  );
});

/** What the service's webhooks tell of the same changes, but for what fields were before. */
function expectedEvents([first, second]: readonly WebhookEvent[]): unknown[] {
  const common = { cursor: 'x_1', orderNumber: '7250060', by: TESTER };
  const created = {
    ...common,
    version: 1,
    at: first?.timestamp ?? '',
    kind: 'created',
    order: PENDING,
  } as const;
  const differences = differencesBetween(PENDING, ISSUED);
  const changed = {
    ...common,
    version: 2,
    at: second?.timestamp ?? '',
    kind: 'changed',
    differences,
  } as const;
  const part = { record: ISSUED, version: 2, changed: changed.at, certificateCount: 1 };
  return [
    eventBody({ type: 'order.created', place: 0 }, created, part),
    eventBody({ type: 'order.completed', place: 0 }, changed, part),
    eventBody({ type: 'certificate.issued', place: 1 }, changed, part),
  ].map((body) => JSON.parse(body, (name, value) => (name === 'before' ? undefined : value)));
}

test('--event chooses, --json prints the event; a secret that was made is told, a https target verified', async (t) => {
  const { environment, ca } = await serviceWithChanges(t);
  const { url, arrived } = await receiver(t, 'https', 204);
  const args = ['--from-start', '--json', '--event', 'certificate.issued', '--forward-to', url];
  const { lines, stderr } = await listen(args, { ...environment, NODE_EXTRA_CA_CERTS: ca }, 1);
  const secret = /^Events are signed with (whsec_\S+), made for this run; \w+ sets another\n$/.exec(
    stderr,
  )?.[1];
  const { id, event, status, durationMs, ...rest } = JSON.parse(lines[0] ?? '');
  assert.deepEqual([status, typeof durationMs, rest], [204, 'number', {}]);
  const [arrival, ...more] = arrived;
  assert.deepEqual(more, []);
  assert.deepEqual(await verifyWebhook(arrival?.headers ?? {}, arrival?.body ?? '', secret ?? ''), {
    id,
    ...event,
  });
  const untrusted = await listen(args, environment, 1);
  assert.match(JSON.parse(untrusted.lines[0] ?? '').failure, /^no trusted encrypted connection to 127/);
  assert.equal(arrived.length, 1);
});

test('a service of revision 1.2 is asked without the validity period; an order that it has not is told', async (t) => {
  const { url, arrived } = await receiver(t, 'http', 204);
  const unrecognised = answer("errorCode=-2&errorMessage=The+'showValidityPeriod'+argument+is+unrecognised!");
  const gone = answer("errorCode=-4&errorMessage=The+value+of+the+'orderNumber'+argument+is+invalid!");
  const refused = json(401, { type: 'unauthorized', detail: 'revoked' }, 'application/problem+json');
  const feedTurns = [FEED_CHALLENGE, feedPage('b', '7250060', '7'), refused];
  const service = await scriptedService(t, [unrecognised, ISSUED_FORM, gone], TRUSTED, feedTurns);
  const environment = { ...home(t).environment(service), CERT_ORDER_STATUS_WEBHOOK_SECRET: SECRET };
  const { code, stdout, stderr } = await orderStatus(
    ['listen', '--after', 'a', '--forward-to', url],
    environment,
  );
  assert.match(stdout, /^\S+Z order\.updated order 7250060 version 2: 204 in \d+ ms\n$/);
  assert.match(stderr, /^order 7 version 2, not sent: .*: there is none of that number.*\n.*revoked.*\n$/);
  assert.equal(code, 1);
  assert.equal(arrived.length, 1);
  assert.deepEqual(
    service.received.map(({ body }) => body.includes('showValidityPeriod=Y')),
    [true, false, true],
  );
});

test('a program that does not respond in time, or is not there, is a failure; the end of the command is none', async (t) => {
  const silent = await portOf(
    t,
    createHttpServer(() => {}),
  );
  const gone = createHttpServer();
  const gonePort = await portOf(t, gone);
  gone.close();
  const send = (port: number, signal: AbortSignal, timeoutMs?: number) =>
    forwardEvent(
      new URL(`http://127.0.0.1:${port}`),
      Buffer.alloc(32),
      { id: 'x', body: '{}' },
      signal,
      timeoutMs,
    );
  const { signal } = new AbortController();
  const late = await send(silent, signal, 20);
  assert.deepEqual([late.failure, late.status], ['no response within 0.02 s', undefined]);
  assert.match(
    (await send(gonePort, signal)).failure ?? '',
    /^no connection to 127\.0\.0\.1:\d+: .*ECONNREFUSED/,
  );
  const stop = new AbortController();
  const waiting = send(silent, stop.signal);
  stop.abort(new Error('the time is up'));
  await assert.rejects(waiting, /^Error: the time is up$/);
});

test('wrong usage exits with 2, and repeats no secret', async () => {
  const target = ['--forward-to', 'http://127.0.0.1:1/'];
  for (const [args, env, message] of [
    [[], {}, /required option '--forward-to <URL>'/],
    [['--forward-to', 'ftp://x'], {}, /--forward-to takes an http or https URL without login/],
    [['--forward-to', 'http://me:hidden@127.0.0.1/'], {}, /--forward-to takes an http or https URL/],
    [[...target, '--event', 'ping'], {}, /It must be one of order\.created, /],
    [[...target, '--after', 'a', '--from-start'], {}, /cannot be used with/],
    ...['hidden', 'whsec_', 'whsec_hidden', `whsec_hidden${'A'.repeat(200)}`, `${SECRET}hidden`].map(
      (secret) =>
        [
          target,
          { CERT_ORDER_STATUS_WEBHOOK_SECRET: secret },
          /^order-status: CERT_ORDER_STATUS_WEBHOOK_SECRET is no secret of a webhook: it must be whsec_ and 24 to 64 bytes/,
        ] as const,
    ),
  ] as const) {
    const { code, stderr } = await orderStatus(['listen', ...args], env);
    assert.equal(code, 2, stderr);
    assert.match(stderr, message);
    assert.ok(!stderr.includes('hidden'), stderr);
  }
});
