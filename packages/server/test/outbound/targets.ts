/** What outbound requests go to in tests: servers with certificates of the tests' own authority, and proxies. */

import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import { type CertificateOptions, type IssuingPair, makeCertificate } from '../http/certificates.ts';

/** The host of most tests: by name in certificates, and in the tests' DNS. */
export const HOST = 'hooks.example';

let authorityOfAll: Promise<IssuingPair> | undefined;

/** The authority that issues the certificates; `cert` is the root. */
export function authority(): Promise<IssuingPair> {
  authorityOfAll ??= makeCertificate('outbound test authority');
  return authorityOfAll;
}

let pairOfAll: Promise<IssuingPair> | undefined;

/** A good pair for the host and for loopback addresses, or one that differs. */
export async function serverPair(options?: CertificateOptions): Promise<IssuingPair> {
  if (options !== undefined)
    return await makeCertificate('server', { issuer: await authority(), ...options });
  pairOfAll ??= serverPair({ hosts: [HOST, '127.0.0.1', '::1'] });
  return await pairOfAll;
}

type Ending = Pick<TestContext, 'after'>;

/** Starts an https server; closes it, and its connections, after the test. */
export async function httpsServer(
  t: Ending,
  handle: RequestListener,
  pair?: IssuingPair,
): Promise<{ port: number; server: Server; connections: () => number }> {
  const { cert, key } = pair ?? (await serverPair());
  const server = createHttpsServer({ cert, key }, handle);
  let connections = 0;
  server.on('secureConnection', () => {
    connections++;
  });
  return { port: await listening(t, server), server, connections: () => connections };
}

/** Starts a TLS server that hands over each connection as its first bytes have come. */
export async function rawServer(t: Ending, respond: (socket: TLSSocket) => void): Promise<number> {
  const { cert, key } = await serverPair();
  const server = createTlsServer({ cert, key }, (socket) => {
    socket.on('error', () => {});
    socket.on('data', () => {});
    socket.once('data', () => respond(socket));
  });
  return await listening(t, server);
}

/** Starts a TCP server. */
export async function tcpServer(t: Ending, handle: (socket: Socket) => void): Promise<number> {
  return await listening(t, createServer(handle));
}

/** A proxy that opens each tunnel to one local port, whatever address it is asked for. */
export interface TestProxy {
  readonly url: string;
  readonly port: number;
  readonly tunnels: { readonly target: string; readonly authorization: string | undefined }[];
}

/**
 * Starts one.
 *
 * @param refuse gives a status line instead of a tunnel.
 */
export async function testProxy(
  t: Ending,
  port: number,
  { refuse, pair }: { refuse?: (target: string) => string | undefined; pair?: IssuingPair } = {},
): Promise<TestProxy> {
  const tunnels: TestProxy['tunnels'] = [];
  const server =
    pair === undefined ? createHttpServer() : createHttpsServer({ cert: pair.cert, key: pair.key });
  server.on('connect', ({ url: target = '', headers }, client: Socket) => {
    tunnels.push({ target, authorization: headers['proxy-authorization'] });
    client.on('error', () => {});
    const refusal = refuse?.(target);
    if (refusal !== undefined) {
      client.end(`HTTP/1.1 ${refusal}\r\nContent-Length: 4\r\n\r\nbody`);
      return;
    }
    const upstream = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    upstream.on('error', () => client.destroy());
    client.on('close', () => upstream.destroy());
  });
  const proxyPort = await listening(t, server);
  return {
    url: `${pair === undefined ? 'http' : 'https'}://127.0.0.1:${proxyPort}`,
    port: proxyPort,
    tunnels,
  };
}

/** Lets a server listen on a loopback port until the test ends, and closes its connections then. */
export async function listening(t: Ending, server: NetServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
