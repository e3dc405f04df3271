/**
 * The connections of one port: how many there may be, in all and of one address, how long a client may take for a
 * response, and how the port is closed without losing a response or waiting for the silent.
 */

import type { Server as HttpServer, IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { OnLimit } from '../limits.ts';
import { addressBlock } from './address-block.ts';
import { Connection, exchangeOf } from './connection.ts';
import { discardBody } from './discard-body.ts';
import { acceptedSocketOf, peerAddressOf } from './peer-address.ts';

/**
 * A connection may take so long to send its first request, in milliseconds, though the port is full or being closed.
 */
const FIRST_REQUEST_GRACE_MS = 1000;

/**
 * How long a connection may take to send its next request, in milliseconds, when its process is renewed: long enough
 * that a client in the middle of its work sends it, and is told then that the connection ends.
 */
const RENEWAL_GRACE_MS = 5000;

/**
 * Why a port is closed: the service ends, or another process has taken over and nothing that was accepted may be lost.
 */
export type StopReason = 'shutdown' | 'renewal';

/**
 * So many requests of one connection may wait for their responses. Node takes in what came in one piece, and each takes
 * memory.
 */
const MOST_WAITING_REQUESTS = 64;

/** How often the connections are looked through for responses that are not taken, in milliseconds. */
const CHECK_INTERVAL_MS = 1000;

/** How many bytes of responses may wait in all for clients that do not take them. */
const UNSENT_LIMIT_BYTES = 256 * 1024 * 1024;

/** What is read of a body whose response is finished already, before its connection is closed. */
const UNWANTED_BODY = { bytes: 1024 * 1024, timeoutMs: 1000 };

/** How long a client may take for a response, in milliseconds, by default. */
export const RESPONSE_TIMEOUT_MS = 120_000;

/** How many connections a port puts up with. */
export interface ConnectionCounts {
  readonly inAll: number;
  /** IPv6 addresses count by /64. */
  readonly perAddress: number;
}

/** Unless the settings say otherwise. */
export const CONNECTION_COUNTS: ConnectionCounts = { inAll: 10_000, perAddress: 256 };

/** The same, with those who are exempt. */
export interface ConnectionLimits extends ConnectionCounts {
  /** Whose connections are those of many: they count in all only. */
  readonly isShared: (address: string) => boolean;
  /** How many bytes of responses may wait in all for clients; {@link UNSENT_LIMIT_BYTES} when left out. */
  readonly unsentBytes?: number | undefined;
  /** Is told whenever a limit is reached. */
  readonly onLimit?: OnLimit | undefined;
}

const CONNECTION = Symbol('connection');

/** A socket that carries its connection: the one that was accepted, and the one that decrypts what that brings. */
type TrackedSocket = Socket & { [CONNECTION]?: Connection };

export class Connections {
  readonly #server: HttpServer | HttpsServer;
  readonly #limits: ConnectionLimits;
  readonly #responseTimeoutMs: number;
  readonly #onLimit: OnLimit;
  readonly #open = new Set<Connection>();
  /** How many are open, by block of addresses. */
  readonly #perBlock = new Map<string, number>();
  /** Those that have not sent a request yet, the oldest first. */
  readonly #silent = new Set<Connection>();
  /**
   * Those that may wait for their clients since they were added, the longest first; {@link Connection.waitsForClient}
   * says whether.
   */
  readonly #waiting = new Set<Connection>();
  #isClosing = false;
  // One listener each for all sockets and responses of the port.
  readonly #onClose: (this: TrackedSocket) => void;
  readonly #onFinish: (this: ServerResponse) => void;
  readonly #onResponseOver = (connection: Connection) => {
    if (connection.pending === 0 && this.#open.has(connection)) this.#waitsFromNow(connection);
  };

  /**
   * @param responseTimeoutMs how long a client may take for a response.
   * @param onLimit is told when a limit keeps a connection out or ends it.
   */
  constructor(
    server: HttpServer | HttpsServer,
    limits: ConnectionLimits,
    responseTimeoutMs: number,
    onLimit: OnLimit,
  ) {
    this.#server = server;
    this.#limits = limits;
    this.#responseTimeoutMs = responseTimeoutMs;
    this.#onLimit = onLimit;
    const forget = (connection: Connection) => this.#forget(connection);
    this.#onClose = function (this: TrackedSocket) {
      if (this[CONNECTION] !== undefined) forget(this[CONNECTION]);
    };
    const discardRest = (request: IncomingMessage, socket: Socket) => this.#discardRest(request, socket);
    this.#onFinish = function (this: ServerResponse) {
      const exchange = exchangeOf(this);
      if (exchange?.request.complete === false) void discardRest(exchange.request, exchange.socket);
    };
    server.on('connection', (socket: Socket) => this.#accept(socket));
    server.once('listening', () => {
      const intervalMs = Math.min(CHECK_INTERVAL_MS, responseTimeoutMs / 4);
      const timer = setInterval(() => this.#checkResponses(), intervalMs);
      server.once('close', () => clearInterval(timer));
    });
  }

  /** How many are open now. */
  get count(): number {
    return this.#open.size;
  }

  /** To be told of every request: has it handled when those of its connection that came before are answered. */
  serve(request: IncomingMessage, response: ServerResponse, handle: RequestListener): void {
    const { socket } = request;
    if (socket.destroyed) return;
    const connection = this.#of(socket);
    if (connection.pending >= MOST_WAITING_REQUESTS) {
      socket.destroy();
      this.#onLimit('requestsPerConnection');
      return;
    }
    if (!connection.hasAsked) this.#silent.delete(connection);
    if (connection.pending === 0) this.#waitsFromNow(connection);
    // Before Node's own listener, which would have the rest of the body read to its end.
    response.prependListener('finish', this.#onFinish);
    connection.take({ socket, connection, request, response, handle });
  }

  /** Calls back when the connection's requests before what cannot be read are answered. */
  endAfterResponses(socket: Socket, end: () => void): void {
    this.#of(socket).endAfterResponses(end);
  }

  /** To be told of a connection that has become that of another address, which it counts for from now on. */
  moved(socket: TrackedSocket): void {
    const connection = socket[CONNECTION];
    if (connection === undefined || !this.#open.has(connection)) return;
    const address = peerAddressOf(socket);
    const block = addressBlock(address);
    if (this.#isFull(address, block)) {
      this.#end(connection);
      this.#onLimit('connectionsPerAddress');
      return;
    }
    this.#leaveBlock(connection.block);
    connection.block = block;
    this.#joinBlock(block);
  }

  /** Ends the oldest so many connections, each with the response to its next request. */
  endSome(count: number): void {
    let left = count;
    for (const connection of this.#open) {
      if (left === 0) return;
      if (!connection.hasAsked || connection.isEnding) continue;
      connection.endWithResponse();
      left--;
    }
  }

  /**
   * Graceful shutdown: accepts no more connections, serves the requests that were accepted, and closes what is left
   * after the deadline (ms). On shutdown, idle connections are closed at once; on renewal they may send one more
   * request.
   */
  async close(deadline: number, reason: StopReason): Promise<void> {
    this.#isClosing = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    // The HTTP server's own close would cut idle connections even if a request is on its way.
    NetServer.prototype.close.call(this.#server, () => resolve());

    for (const connection of this.#open) connection.endWithResponse();
    const now = performance.now();
    // A client that connected before the port was closed is still served.
    if (reason === 'shutdown')
      this.#destroyIdle(({ hasAsked, acceptedMs }) => hasAsked || acceptedMs < now - FIRST_REQUEST_GRACE_MS);
    const graceMs = reason === 'shutdown' ? FIRST_REQUEST_GRACE_MS : RENEWAL_GRACE_MS;
    const grace = setTimeout(() => this.#destroyIdle(() => true), Math.min(deadline, graceMs));
    const cut = setTimeout(() => {
      for (const { socket } of this.#open) socket.destroy();
      this.#server.closeAllConnections();
    }, deadline);
    await closed;
    clearTimeout(grace);
    clearTimeout(cut);
    // Ends what the HTTP server still does for connections that time out.
    this.#server.close();
  }

  #accept(socket: TrackedSocket): void {
    const address = peerAddressOf(socket);
    const block = addressBlock(address);
    const { inAll } = this.#limits;
    if (this.#isFull(address, block)) {
      socket.destroy();
      this.#onLimit('connectionsPerAddress');
      return;
    }
    if (this.#open.size >= inAll) {
      this.#onLimit('connections');
      const least = this.#leastNeeded();
      if (least === undefined) {
        socket.destroy();
        return;
      }
      this.#end(least);
    }
    const connection = new Connection(socket, block, this.#onResponseOver);
    if (this.#isClosing) connection.endWithResponse();
    this.#open.add(connection);
    this.#silent.add(connection);
    socket[CONNECTION] = connection;
    this.#joinBlock(block);
    socket.on('close', this.#onClose);
  }

  /** Whether an address has as many connections as it may have. */
  #isFull(address: string, block: string): boolean {
    const { perAddress, isShared } = this.#limits;
    return (this.#perBlock.get(block) ?? 0) >= perAddress && !isShared(address);
  }

  #joinBlock(block: string): void {
    this.#perBlock.set(block, (this.#perBlock.get(block) ?? 0) + 1);
  }

  #leaveBlock(block: string): void {
    const left = (this.#perBlock.get(block) ?? 1) - 1;
    if (left > 0) this.#perBlock.set(block, left);
    else this.#perBlock.delete(block);
  }

  /** The connection of a socket, which may be the one that decrypts what the accepted one brings. */
  #of(socket: TrackedSocket): Connection {
    const known = socket[CONNECTION];
    if (known !== undefined) return known;
    const accepted: TrackedSocket = acceptedSocketOf(socket);
    const connection = accepted[CONNECTION];
    if (connection === undefined) throw new Error('a socket speaks HTTP that this port did not accept');
    socket[CONNECTION] = connection;
    return connection;
  }

  #waitsFromNow(connection: Connection): void {
    this.#waiting.delete(connection);
    this.#waiting.add(connection);
  }

  /**
   * The connection that a full port can do without: the oldest that has been silent for long enough, or else the one
   * that has waited longest for its client, or else the oldest that is still silent. None when all wait for the
   * service.
   */
  #leastNeeded(): Connection | undefined {
    const [silent] = this.#silent;
    if (silent !== undefined && silent.acceptedMs < performance.now() - FIRST_REQUEST_GRACE_MS) return silent;
    for (const connection of this.#waiting) {
      if (connection.waitsForClient) return connection;
      // The service's turn: it is added again when it is the client's.
      this.#waiting.delete(connection);
    }
    return silent;
  }

  #end(connection: Connection): void {
    connection.socket.destroy();
    this.#forget(connection);
  }

  #forget(connection: Connection): void {
    if (!this.#open.delete(connection)) return;
    this.#silent.delete(connection);
    this.#waiting.delete(connection);
    this.#leaveBlock(connection.block);
  }

  #destroyIdle(isMeant: (connection: Connection) => boolean): void {
    for (const connection of this.#open) {
      if (connection.pending === 0 && isMeant(connection)) connection.socket.destroy();
    }
  }

  /**
   * Ends connections whose clients do not take their responses in time; and, when too much is not taken, those that owe
   * longest.
   */
  #checkResponses(): void {
    const now = performance.now();
    let unsentBytes = 0;
    for (const connection of this.#open) {
      if (connection.pending === 0) continue;
      if (connection.isOverdue(now, this.#responseTimeoutMs)) {
        this.#end(connection);
        this.#onLimit('responseTime');
        continue;
      }
      unsentBytes += connection.unsentBytes;
      if (connection.waitsForClient && !this.#waiting.has(connection)) this.#waiting.add(connection);
    }
    const limitBytes = this.#limits.unsentBytes ?? UNSENT_LIMIT_BYTES;
    for (const connection of this.#waiting) {
      if (unsentBytes <= limitBytes) break;
      if (connection.unsentBytes === 0) continue;
      unsentBytes -= connection.unsentBytes;
      this.#end(connection);
      this.#onLimit('unsentBytes');
    }
  }

  /**
   * Reads a little more of an unwanted body, so that its client can read the response, and then ends the connection.
   */
  async #discardRest(request: IncomingMessage, socket: Socket): Promise<void> {
    await discardBody(request, socket, UNWANTED_BODY);
    if (request.complete || socket.destroyed) return;
    socket.destroy();
    this.#onLimit('unwantedBody');
  }
}
