/** A real https server that answers, request by request, as a test says: well or badly. */

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { OrderStatusClient, type OrderStatusClientOptions } from '../src/index.ts';
import { type TestCertificate, testCertificate } from './test-certificate.ts';

/** The certificate that servers show unless said otherwise. */
export const TRUSTED = await testCertificate();
// This process trusts it, as an operator's would with NODE_EXTRA_CA_CERTS.
setDefaultCACertificates([...getCACertificates('default'), TRUSTED.cert]);

/** What a server does with one request. */
export type Turn = (response: ServerResponse, request: IncomingMessage, body: string) => void;

/** A request as it arrived. */
interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that is running. */
export interface ScriptedService {
  readonly baseUrl: string;
  readonly port: number;
  /** Every request so far, without those for the change feed. */
  readonly received: readonly Received[];
  /** The requests for the change feed. */
  readonly feedRequests: readonly Received[];
  /** A client that retries without noticeable pauses. */
  client(options?: Partial<OrderStatusClientOptions>): OrderStatusClient;
}

export const LOGIN = { loginName: 'acme-hosting', loginPassword: 'correct horse & battery' };

/**
 * Starts a server for one test. The last turn is taken again and again.
 *
 * @param feedTurns likewise for the change feed; it offers none unless said otherwise.
 */
export async function scriptedService(
  t: TestContext,
  turns: readonly Turn[],
  certificate: TestCertificate = TRUSTED,
  feedTurns: readonly Turn[] = [page(404)],
): Promise<ScriptedService> {
  const received: Received[] = [];
  const feedRequests: Received[] = [];
  const server = createServer(certificate, async (request, response) => {
    const arrived = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
    if (arrived.path.startsWith('/v1/changes')) {
      const feedTurn = feedTurns[Math.min(feedRequests.length, feedTurns.length - 1)];
      feedRequests.push({ ...arrived, body: '' });
      feedTurn?.(response, request, '');
      return;
    }
    const turn = turns[Math.min(received.length, turns.length - 1)];
    // Whoever asked may be gone by now, on purpose.
    const body = await text(request).catch(() => '');
    received.push({ ...arrived, body });
    turn?.(response, request, body);
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `https://127.0.0.1:${port}`;
  return {
    baseUrl,
    port,
    received,
    feedRequests,
    client: (options) => new OrderStatusClient({ baseUrl, ...LOGIN, retry: { firstPauseMs: 1 }, ...options }),
  };
}

/** Answers with a form. */
export function answer(form: string, headers: Readonly<Record<string, string>> = {}, status = 200): Turn {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'application/x-www-form-urlencoded', ...headers });
    response.end(form);
  };
}

/** Answers with a page, as proxies do. */
export function page(status: number, headers: Readonly<Record<string, string>> = {}): Turn {
  return (response) => {
    response.writeHead(status, { 'Content-Type': 'text/html', ...headers });
    response.end('<html><body><h1>nginx</h1></body></html>');
  };
}

export const PENDING = answer(
  'errorCode=0&1_orderNumber=7250060&1_orderStatus=Pending&1_1_certificateStatus=Awaiting+Validation&1_1_dcvStatus=2',
);
export const ISSUED = answer(
  'errorCode=0&1_orderNumber=7250060&1_orderStatus=Completed&1_1_serialNumber=0A&1_1_certificateStatus=Issued&1_1_dcvStatus=1',
);
export const TRY_LATER = answer('errorCode=-14&errorMessage=An+unknown+error+occurred%21');

/** What the service of the change feed responds to a request without credentials. */
export const FEED_CHALLENGE: Turn = page(401, { 'WWW-Authenticate': 'Bearer realm="cert-order-status"' });

/** A page of the change feed, with a change of each of these orders. */
export function feedPage(cursor: string, ...orderNumbers: readonly string[]): Turn {
  const change = { cursor, version: 2, at: '2026-06-11T12:03:20.118Z', kind: 'changed' };
  const differences = [{ certificate: 1, field: 'dcvStatus', after: 'completed' }];
  const changes = orderNumbers.map((orderNumber) => ({ ...change, orderNumber, differences }));
  return json(200, { changes, cursor });
}

/** Answers with JSON. */
export function json(status: number, content: unknown, type = 'application/json'): Turn {
  return (response) => {
    response.writeHead(status, { 'Content-Type': type });
    response.end(JSON.stringify(content));
  };
}

/** Does not answer. */
export const SILENCE: Turn = () => {};
