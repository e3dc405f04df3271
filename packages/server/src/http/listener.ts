/** A port that speaks HTTP: how it is opened, what it puts up with, and how it is closed without a loss. */

import { constants } from 'node:crypto';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerOptions,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer, Server as HttpsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { LIMITS, type LimitName } from '../limits.ts';
import { OperatorError } from '../operator-error.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import { type ConnectionLimits, Connections, RESPONSE_TIMEOUT_MS, type StopReason } from './connections.ts';
import { onFirstByte } from './first-byte.ts';
import { hasValidHost } from './host-header.ts';
import { type ProxiedConnections, readProxyHeaders } from './proxied-connections.ts';
import type { TlsPair } from './tls-pair.ts';

const SERVER_OPTIONS: ServerOptions = {
  connectionsCheckingInterval: 1000,
  /** In bytes; of all headers together, and the request line. */
  maxHeaderSize: 16 * 1024,
  // Judged here, together with what else may be wrong with it.
  requireHostHeader: false,
};

/**
 * How long a connection may be idle between requests, in milliseconds: longer than proxies keep theirs, so that they
 * let go first.
 */
const IDLE_TIMEOUT_MS = 65_000;

/** How long nothing may move on a connection in the middle of something, in milliseconds. */
const STALLED_TIMEOUT_MS = 120_000;

const HANDSHAKE_TIMEOUT_MS = 10_000;

/** How long a request's headers may take to come in, in milliseconds; no longer than the whole of it. */
const HEADERS_TIMEOUT_MS = 10_000;

/** How long a request may take to come in, in milliseconds, unless the port says otherwise. */
const REQUEST_TIMEOUT_MS = 30_000;

/** Where to listen. Without a host: on every interface. Port 0 takes a free one. */
export interface Endpoint {
  readonly host?: string;
  readonly port: number;
  /** How long a request may take to come in, body and all, in milliseconds. */
  readonly requestTimeoutMs?: number;
  /**
   * How long a connection may be idle between requests, in milliseconds; Node lets a second more pass, for what is
   * under way.
   */
  readonly idleTimeoutMs?: number;
  /** How long nothing may move on a connection in the middle of something, in milliseconds. */
  readonly stalledTimeoutMs?: number;
  /** How long a client may take for a response. */
  readonly responseTimeoutMs?: number | undefined;
  readonly connections: ConnectionLimits;
  /** Whose connections begin with a PROXY protocol header; none do when left out. */
  readonly proxied?: Pick<ProxiedConnections, 'isProxy' | 'headerTimeoutMs'> | undefined;
}

/** What an https port is served with. */
export interface TlsOptions {
  readonly pair: TlsPair;
  /** Drawn at random unless given: 48 bytes. */
  readonly ticketKeys?: Buffer;
}

/** A port that listens. */
export interface Listener {
  readonly port: number;
  /** How many connections are open now. */
  connections(): number;
  /** Uses another certificate for connections from now on; throws, and keeps the old one, when it is invalid. */
  setTlsPair(pair: TlsPair): void;
  /** Encrypts session tickets with these 48 bytes from now on; sessions of before are not resumed. */
  setTicketKeys(keys: Buffer): void;
  /** Ends the oldest so many connections, each with the response to its next request. */
  endSome(count: number): void;
  /** Takes no more requests, lets those in flight finish, and cuts what is left after the deadline (ms). */
  close(deadline: number, reason?: StopReason): Promise<void>;
}

/**
 * Opens a port. With a certificate it serves TLS and, by the first byte, plain HTTP; without one, plain
 * HTTP only.
 *
 * @throws {OperatorError} when the port cannot be had.
 */
export async function listen(
  endpoint: Endpoint,
  tls: TlsOptions | undefined,
  handle: RequestListener,
  logger: Logger,
): Promise<Listener> {
  const requestTimeoutMs = endpoint.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const limits = {
    ...SERVER_OPTIONS,
    requestTimeout: requestTimeoutMs,
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    keepAliveTimeout: endpoint.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
  };
  const server = tls === undefined ? createHttpServer(limits) : createTlsServer(tls, limits);
  server.setTimeout(endpoint.stalledTimeoutMs ?? STALLED_TIMEOUT_MS);
  if (endpoint.proxied !== undefined) {
    const warnOfHeader = throttle(WARNING_INTERVAL_MS, (proxy: string, reason: string) =>
      logger.warn(
        { proxy, reason },
        'a connection of a trusted proxy was refused: it must begin with a PROXY protocol header, as --proxy-protocol is set',
      ),
    );
    readProxyHeaders(server, {
      ...endpoint.proxied,
      onSource: (socket) => connections.moved(socket),
      onRefused(proxy, reason) {
        warnOfHeader(proxy, reason);
        endpoint.connections.onLimit?.('proxyHeader');
      },
    });
  }
  const warn = throttle(WARNING_INTERVAL_MS, (limit: LimitName) =>
    logger.warn({ limit, why: `too many ${LIMITS[limit]}` }, 'a connection was refused'),
  );
  const connections = new Connections(
    server,
    endpoint.connections,
    endpoint.responseTimeoutMs ?? RESPONSE_TIMEOUT_MS,
    (limit) => {
      warn(limit);
      endpoint.connections.onLimit?.(limit);
    },
  );
  const handleTracked: RequestListener = (request, response) => {
    // The parser drops what came together with an offer to change to another protocol: so the client is told to send it
    // again.
    if (request.headers.upgrade !== undefined) response.setHeader('Connection', 'close');
    connections.serve(request, response, hasValidHost(request) ? handle : refuseHost);
  };
  server.on('request', handleTracked);
  // Without these two, Node itself would respond to Expect headers, with status codes that this service does not use.
  server.on('checkContinue', handleTracked);
  server.on('checkExpectation', handleTracked);
  // What came before on the same connection is answered first.
  server.on('connect', (_request: IncomingMessage, socket: Socket) =>
    connections.endAfterResponses(socket, () => endBare(socket, '404 Not Found')),
  );
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (socket.destroyed) return;
    connections.endAfterResponses(socket, () => respondToMalformed(error, socket));
  });

  await opened(server, endpoint);
  // A connection that cannot be accepted is lost; the port is not.
  server.on('error', (error) => logger.error({ err: error }, 'a connection could not be accepted'));
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => connections.count,
    setTlsPair(changed) {
      if (!(server instanceof HttpsServer)) return;
      // Sessions begun before the change can then still be resumed.
      const ticketKeys = server.getTicketKeys();
      server.setSecureContext({ ...tlsOptions(changed), ticketKeys });
    },
    setTicketKeys(keys) {
      if (server instanceof HttpsServer) server.setTicketKeys(keys);
    },
    endSome: (count) => connections.endSome(count),
    close: (deadline, reason = 'shutdown') => connections.close(deadline, reason),
  };
}

/**
 * What is recommended for servers today (Mozilla's "intermediate"): TLS 1.2 and 1.3, forward secrecy and authenticated
 * encryption only, no renegotiation.
 */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

function tlsOptions({ cert, key }: TlsPair) {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_COMPRESSION,
    // Old clients say http/1.0 in ALPN, which Node's default would break the connection for.
    ALPNProtocols: ['http/1.1', 'http/1.0'],
  } as const;
}

/**
 * An HTTPS server whose connections pass by {@link onFirstByte}. Plain ones join the decrypted ones, so that
 * both meet the same limits; `request.socket` tells them apart.
 */
function createTlsServer({ pair, ticketKeys }: TlsOptions, limits: ServerOptions): HttpsServer {
  const server = createHttpsServer({
    ...limits,
    ...tlsOptions(pair),
    ...(ticketKeys !== undefined && { ticketKeys }),
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
  });
  // Without a finished handshake no response can be sent: it would keep the connection open.
  server.removeAllListeners('tlsClientError');
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const [startTls] = server.listeners('connection') as [(this: HttpsServer, socket: Socket) => void];
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    onFirstByte(socket, (ready, isTls) => {
      if (isTls) startTls.call(server, ready);
      else server.emit('secureConnection', ready);
    });
  });
  return server;
}

async function opened(server: HttpServer | HttpsServer, { host, port }: Endpoint): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ port, host }, resolve);
  try {
    await promise;
  } catch (error) {
    throw new OperatorError(`cannot listen on ${host ?? 'any address'}, port ${port}: ${reasonFor(error)}`);
  } finally {
    server.off('error', reject);
  }
}

function reasonFor(error: unknown): string {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return 'the port is in use; choose another';
    case 'EACCES':
      return 'not allowed; ports below 1024 need a privilege, choose a higher one';
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return 'this machine has no such address; choose another host';
    default:
      return (error as Error).message;
  }
}

/** Bare responses to what is not an HTTP request: 400, or 408 and 431 for one that is too slow or too large. */
function respondToMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT') endBare(socket, '408 Request Timeout');
  else if (error.code === 'HPE_HEADER_OVERFLOW') endBare(socket, '431 Request Header Fields Too Large');
  else endBare(socket, '400 Bad Request');
}

/** The response to a request without a valid Host header, or with several. */
function refuseHost(_request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(400, { Connection: 'close', 'Content-Length': 0 }).end();
}

function endBare(socket: Duplex, status: string): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}
