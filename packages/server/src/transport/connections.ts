/**
 * The connections of one port: how many there may be, in all and of one address, and how the port is closed without losing an
 * answer or waiting for the silent.
 */

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import { Server as NetServer, type Socket } from 'node:net';
import type { OnLimit } from '../limits.ts';
import { addressBlock } from './address-block.ts';
import { peerAddressOf } from './trusted-proxies.ts';

/** A connection may take so long to send its first request, in milliseconds, though the port is full or being closed. */
const FIRST_REQUEST_GRACE = 1000;

/**
 * How long a connection may take to send its next request, in milliseconds, when its process is renewed: long enough that a client
 * in the middle of its work sends it, and is told then that the connection ends.
 */
const RENEWAL_GRACE_MS = 5000;

/** Why a port is closed: the service ends, or another process has taken over and nothing that was accepted may be lost. */
export type StopReason = 'shutdown' | 'renewal';

/** So many requests of one connection may wait for their answers. Node takes in as many as are sent, and each takes memory. */
const MOST_WAITING = 64;

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
  /** Is told of every connection that a limit keeps out or ends. */
  readonly onLimit?: OnLimit | undefined;
}

/** One connection, from its first byte on. */
interface Connection {
  /** As accepted: silent, shaking hands, or carrying HTTP. */
  readonly socket: Socket;
  /** By `performance.now()`. */
  readonly accepted: number;
  readonly block: string;
  /** Whether it has ever sent a request. */
  hasAsked: boolean;
  /** Whether the response to its next request is its last. */
  isEnding: boolean;
  /** The answers that it waits for. */
  readonly answers: Set<ServerResponse>;
}

export class Connections {
  readonly #server: HttpServer | HttpsServer;
  readonly #limits: ConnectionLimits;
  readonly #onLimit: OnLimit;
  /** By peer, the oldest first: a connection before and after decryption are two sockets with one peer. */
  readonly #open = new Map<string, Connection>();
  readonly #ofSocket = new WeakMap<Socket, Connection>();
  /** How many are open, by block of addresses. */
  readonly #perBlock = new Map<string, number>();
  #isClosing = false;

  /**
   * @param speaks The server's event for a connection that is ready for HTTP.
   * @param onLimit is told when a limit keeps a connection out or ends it.
   */
  constructor(
    server: HttpServer | HttpsServer,
    speaks: 'connection' | 'secureConnection',
    limits: ConnectionLimits,
    onLimit: OnLimit,
  ) {
    this.#server = server;
    this.#limits = limits;
    this.#onLimit = onLimit;
    server.on('connection', (socket: Socket) => this.#accept(socket));
    if (speaks === 'connection') return;
    server.on(speaks, (socket: Socket) => {
      const connection = this.#open.get(peerOf(socket));
      if (connection !== undefined) this.#ofSocket.set(socket, connection);
    });
  }

  /** How many are open now. */
  get count(): number {
    return this.#open.size;
  }

  /** To be told of every request, before it is handled; says whether it is to be handled, or its connection has just ended. */
  track({ socket }: IncomingMessage, response: ServerResponse): boolean {
    if (socket.destroyed) return false;
    const connection = this.#ofSocket.get(socket);
    if (connection === undefined) return true;
    const { answers } = connection;
    if (answers.size >= MOST_WAITING) {
      socket.destroy();
      this.#onLimit('requestsPerConnection');
      return false;
    }
    answers.add(response);
    connection.hasAsked = true;
    // A client that was not told may have sent its next request already, which would be lost.
    if (this.#isClosing || connection.isEnding) response.setHeader('Connection', 'close');
    response.once('close', () => answers.delete(response));
    return true;
  }

  /** Ends the oldest so many connections, each with the response to its next request. */
  endSome(count: number): void {
    let left = count;
    for (const connection of this.#open.values()) {
      if (left === 0) return;
      if (!connection.hasAsked || connection.isEnding) continue;
      connection.isEnding = true;
      left--;
    }
  }

  /**
   * Accepts nothing more, serves what was accepted, and cuts what is left after the deadline (ms). On shutdown, idle connections are
   * closed at once; on renewal they may send one more request.
   */
  async close(deadline: number, reason: StopReason): Promise<void> {
    this.#isClosing = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    // The HTTP server's own close would cut idle connections, whatever is on its way on them.
    NetServer.prototype.close.call(this.#server, () => resolve());

    for (const { answers } of this.#open.values()) {
      for (const response of answers) if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    const now = performance.now();
    // Whoever has just come to a port that was open then is still served.
    if (reason === 'shutdown')
      this.#destroyIdle(({ hasAsked, accepted }) => hasAsked || accepted < now - FIRST_REQUEST_GRACE);
    const graceMs = reason === 'shutdown' ? FIRST_REQUEST_GRACE : RENEWAL_GRACE_MS;
    const grace = setTimeout(() => this.#destroyIdle(() => true), Math.min(deadline, graceMs));
    const cut = setTimeout(() => {
      for (const { socket } of this.#open.values()) socket.destroy();
      this.#server.closeAllConnections();
    }, deadline);
    await closed;
    clearTimeout(grace);
    clearTimeout(cut);
    // Ends what the HTTP server still does for connections that time out.
    this.#server.close();
  }

  #accept(socket: Socket): void {
    const address = peerAddressOf(socket);
    const block = addressBlock(address);
    const { inAll, perAddress, isShared } = this.#limits;
    const ofBlock = this.#perBlock.get(block) ?? 0;
    if (ofBlock >= perAddress && !isShared(address)) {
      socket.destroy();
      this.#onLimit('connectionsPerAddress');
      return;
    }
    if (this.#open.size >= inAll && !this.#makeRoom()) {
      socket.destroy();
      this.#onLimit('connections');
      return;
    }
    const connection = {
      socket,
      accepted: performance.now(),
      block,
      hasAsked: false,
      isEnding: false,
      answers: new Set<ServerResponse>(),
    };
    const peer = peerOf(socket);
    this.#open.set(peer, connection);
    this.#ofSocket.set(socket, connection);
    this.#perBlock.set(block, ofBlock + 1);
    socket.once('close', () => this.#forget(peer, connection));
  }

  /** Ends the oldest connection that has been silent for long enough, or else the oldest that waits for nothing. */
  #makeRoom(): boolean {
    const silentSince = performance.now() - FIRST_REQUEST_GRACE;
    let idle: Connection | undefined;
    for (const [peer, connection] of this.#open) {
      const { hasAsked, accepted, answers } = connection;
      if (!hasAsked && accepted < silentSince) return this.#end(peer, connection);
      if (hasAsked && answers.size === 0) idle ??= connection;
    }
    return idle !== undefined && this.#end(peerOf(idle.socket), idle);
  }

  #end(peer: string, connection: Connection): true {
    connection.socket.destroy();
    this.#forget(peer, connection);
    return true;
  }

  /** Once; the address and the port may be another's by now. */
  #forget(peer: string, connection: Connection): void {
    if (this.#open.get(peer) !== connection) return;
    this.#open.delete(peer);
    const left = (this.#perBlock.get(connection.block) ?? 1) - 1;
    if (left > 0) this.#perBlock.set(connection.block, left);
    else this.#perBlock.delete(connection.block);
  }

  #destroyIdle(isMeant: (connection: Connection) => boolean): void {
    for (const connection of this.#open.values()) {
      if (connection.answers.size === 0 && isMeant(connection)) connection.socket.destroy();
    }
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
