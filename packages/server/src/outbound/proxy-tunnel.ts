/** Tunnels through an HTTP proxy (CONNECT, RFC 9110, section 9.3.6). */

import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect as connectTcp, isIP, isIPv6, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext } from 'node:tls';
import { errorMessage } from '../operator-error.ts';
import { OutboundError } from './outbound-error.ts';

/** The proxy that all requests go through. */
export interface OutboundProxy {
  /** `http://` or `https://`, without login and password. */
  readonly url: string;
  /** `login:password`, for basic authentication. */
  readonly credentials?: string | undefined;
}

/** With which statuses a proxy says that it does not reach the address; with others, that it will not. */
const NOT_REACHED: ReadonlySet<number> = new Set([502, 503, 504]);
const HTTP_PORT = 80;
const HTTPS_PORT = 443;
const HEADER_LIMIT_BYTES = 16 * 1024;

/**
 * Opens a tunnel to an address, by its number: the proxy has no name to resolve.
 *
 * @throws {OutboundError} `proxy`, or `connection` when the proxy says that it does not reach the address.
 * @throws the signal's reason when it is aborted.
 */
export async function openTunnel(
  { url, credentials }: OutboundProxy,
  address: string,
  port: number,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { host } = new URL(url);
  const target = isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  const request = httpRequest({
    // A connection of its own, so that no proxy of the environment comes between.
    createConnection: () => connectToProxy(url, secureContext),
    method: 'CONNECT',
    path: target,
    setHost: false,
    // As the connection is the tunnel, it is not to be closed after the response.
    headers: { Host: target, Connection: 'keep-alive', ...authorization(credentials) },
    maxHeaderSize: HEADER_LIMIT_BYTES,
  });
  try {
    const connected = once(request, 'connect', { signal });
    request.end();
    const [{ statusCode = 0 }, socket, head] = (await connected) as [IncomingMessage, Socket, Buffer];
    // Errors are seen when the socket is used.
    socket.on('error', () => {});
    const isOpen = statusCode >= 200 && statusCode < 300;
    if (isOpen && head.length === 0) return socket;
    socket.destroy();
    throw isOpen
      ? new OutboundError('proxy', `the proxy ${host} sent data of its own into the tunnel`)
      : new OutboundError(
          NOT_REACHED.has(statusCode) ? 'connection' : 'proxy',
          `the proxy ${host} opened no tunnel to ${target}: it responded with status ${statusCode}`,
        );
  } catch (error) {
    request.on('error', () => {}).destroy();
    signal.throwIfAborted();
    if (error instanceof OutboundError) throw error;
    throw new OutboundError('proxy', `no connection to the proxy ${host}: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

function connectToProxy(url: string, secureContext: SecureContext): Socket {
  const { protocol, hostname, port } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  if (protocol === 'http:') return connectTcp({ host, port: port === '' ? HTTP_PORT : Number(port) });
  return connectTls({
    host,
    port: port === '' ? HTTPS_PORT : Number(port),
    servername: isIP(host) === 0 ? host : '',
    secureContext,
    ALPNProtocols: ['http/1.1'],
    rejectUnauthorized: true,
  });
}

function authorization(credentials: string | undefined): Record<string, string> {
  if (credentials === undefined) return {};
  return { 'Proxy-Authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}
