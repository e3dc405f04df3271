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
  /** Every request so far. */
  readonly received: readonly Received[];
  /** A client that retries without noticeable pauses. */
  client(options?: Partial<OrderStatusClientOptions>): OrderStatusClient;
}

export const LOGIN = { loginName: 'acme-hosting', loginPassword: 'correct horse & battery' };

/** Starts a server for one test. The last turn is taken again and again. */
export async function scriptedService(
  t: TestContext,
  turns: readonly Turn[],
  certificate: TestCertificate = TRUSTED,
): Promise<ScriptedService> {
  const received: Received[] = [];
  const server = createServer(certificate, async (request, response) => {
    const turn = turns[Math.min(received.length, turns.length - 1)];
    const arrived = { method: request.method ?? '', path: request.url ?? '', headers: request.headers };
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
