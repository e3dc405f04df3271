/** Connections that begin with a PROXY protocol header, as those of trusted proxies must. */

import type { Server, Socket } from 'node:net';
import { peerAddressOf, setSourceAddress } from './peer-address.ts';
import { type ProxyHeader, proxyHeaderParser } from './proxy-protocol.ts';

/** How long a header may take to come in, in milliseconds. */
const PROXY_HEADER_TIMEOUT_MS = 10_000;

/** A header, or that it has not come in time. */
type ReceivedHeader = ProxyHeader | { readonly kind: 'late' };

/** Who must send a header, and what becomes of it. */
export interface ProxiedConnections {
  /** Whether the peer is a proxy, whose connections begin with a header. Nothing is read from the others. */
  readonly isProxy: (peerAddress: string) => boolean;
  /** How long a header may take to come in; {@link PROXY_HEADER_TIMEOUT_MS} when left out. */
  readonly headerTimeoutMs?: number | undefined;
  /** Is told of a connection that is now that of another address. */
  readonly onSource: (socket: Socket) => void;
  /** Is told of a connection that ends because its header is malformed, or late. */
  readonly onRefused: (peerAddress: string, reason: 'malformed' | 'late') => void;
}

/** Lets the server's listeners for connections, as they are by now, have those of proxies only behind their headers. */
export function readProxyHeaders(server: Server, proxied: ProxiedConnections): void {
  const listeners = server.listeners('connection');
  server.removeAllListeners('connection');
  const start = (socket: Socket) => {
    for (const listener of listeners) listener.call(server, socket);
  };
  server.on('connection', (socket: Socket) => {
    const peer = peerAddressOf(socket);
    if (!proxied.isProxy(peer)) {
      start(socket);
      return;
    }
    onProxyHeader(socket, proxied.headerTimeoutMs ?? PROXY_HEADER_TIMEOUT_MS, (header) => {
      if (header.kind === 'malformed' || header.kind === 'late') {
        socket.destroy();
        proxied.onRefused(peer, header.kind);
        return;
      }
      if (header.kind === 'source') {
        setSourceAddress(socket, header.address);
        proxied.onSource(socket);
      }
      if (!socket.destroyed) start(socket);
    });
  });
}

/**
 * Takes the header off a connection, and leaves what is behind it in the socket. A connection that ends before is
 * passed over.
 */
function onProxyHeader(socket: Socket, timeoutMs: number, done: (header: ReceivedHeader) => void): void {
  const parser = proxyHeaderParser();
  let step = parser.next();
  const finish = (header: ReceivedHeader) => {
    clearTimeout(timer);
    socket.off('readable', look).off('end', giveUp).off('close', stopWaiting);
    // By then the stream knows that it has no reader, and tells the next one of what it holds already.
    process.nextTick(() => {
      socket.off('error', giveUp);
      done(header);
    });
  };
  const giveUp = () => socket.destroy();
  const stopWaiting = () => clearTimeout(timer);
  const look = () => {
    while (!step.done) {
      const bytes: Buffer | null = socket.read(step.value);
      if (bytes === null) return;
      if (bytes.length < step.value) {
        // All that there is of a connection that ends here.
        giveUp();
        return;
      }
      step = parser.next(bytes);
    }
    finish(step.value);
  };
  const timer = setTimeout(() => finish({ kind: 'late' }), timeoutMs);
  socket.on('readable', look).on('error', giveUp).on('end', giveUp).on('close', stopWaiting);
}
