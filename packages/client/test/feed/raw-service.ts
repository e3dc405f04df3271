/** A TLS server that keeps every byte it receives, and responds to each GET as a test says. */

import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer, type TLSSocket } from 'node:tls';
import { OrderStatusClient, type OrderStatusClientOptions } from '../../src/index.ts';
import { LOGIN, TRUSTED } from '../scripted-service.ts';

/** What follows a request: a whole response, or what the function does with the connection. */
export type RawResponse = string | ((socket: TLSSocket) => void);

/** A server that is running. */
export interface RawService {
  readonly baseUrl: string;
  /** The heads of all requests so far, as they arrived. */
  readonly requests: readonly string[];
  /** Everything that arrived, as text. */
  bytes(): string;
  /** A client that retries without noticeable pauses. */
  client(options?: Partial<OrderStatusClientOptions>): OrderStatusClient;
}

/** The challenge of the real service. */
export const OUR_CHALLENGE = 'WWW-Authenticate: Bearer realm="cert-order-status"';
export const OURS = response('401 Unauthorized', [OUR_CHALLENGE]);

/** A response with a length. */
export function response(status: string, headers: readonly string[] = [], body = ''): string {
  const lines = [`HTTP/1.1 ${status}`, ...headers, `Content-Length: ${Buffer.byteLength(body)}`];
  return `${lines.join('\r\n')}\r\n\r\n${body}`;
}

/** A page of the feed. */
export function feedPage(content: unknown): string {
  return response('200 OK', ['Content-Type: application/json'], JSON.stringify(content));
}

/** Starts it. The last response is given again and again. */
export async function rawService(t: TestContext, responses: readonly RawResponse[]): Promise<RawService> {
  const requests: string[] = [];
  const sockets = new Set<TLSSocket>();
  let bytes = '';
  const server = createServer(TRUSTED, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let unread = '';
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      bytes += chunk;
      unread += chunk;
      for (let end = unread.indexOf('\r\n\r\n'); end !== -1; end = unread.indexOf('\r\n\r\n')) {
        const next = responses[Math.min(requests.length, responses.length - 1)];
        requests.push(unread.slice(0, end));
        unread = unread.slice(end + 4);
        if (typeof next === 'string') socket.write(next);
        else next?.(socket);
      }
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const baseUrl = `https://127.0.0.1:${port}`;
  return {
    baseUrl,
    requests,
    bytes: () => bytes,
    client: (options) => new OrderStatusClient({ baseUrl, ...LOGIN, retry: { firstPauseMs: 1 }, ...options }),
  };
}
