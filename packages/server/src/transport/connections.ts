/** The connections of one port, so that it can be closed without losing an answer or waiting for the silent. */

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

/** A connection may take so long to send its first request, in milliseconds, though the port is being closed. */
const FIRST_REQUEST_GRACE = 1000;

export class Connections {
  readonly #server: HttpServer | HttpsServer;
  /** As accepted (silent, shaking hands, or carrying HTTP), and when, by `performance.now()`. */
  readonly #accepted = new Map<Socket, number>();
  /** The peers that have sent a request. */
  readonly #asked = new Set<string>();
  /** Those that carry HTTP (after decryption), each with the answers it waits for. */
  readonly #speaking = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;

  /** @param speaks The server's event for a connection that is ready for HTTP. */
  constructor(server: HttpServer | HttpsServer, speaks: 'connection' | 'secureConnection') {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      const peer = peerOf(socket);
      this.#accepted.set(socket, performance.now());
      socket.once('close', () => {
        this.#accepted.delete(socket);
        this.#asked.delete(peer);
      });
    });
    server.on(speaks, (socket: Socket) => {
      this.#speaking.set(socket, new Set());
      socket.once('close', () => this.#speaking.delete(socket));
    });
  }

  /** To be told of every request, before it is handled. */
  track({ socket }: IncomingMessage, response: ServerResponse): void {
    const answers = this.#speaking.get(socket);
    if (answers === undefined) return;
    answers.add(response);
    this.#asked.add(peerOf(socket));
    if (this.#isClosing) response.setHeader('Connection', 'close');
    response.once('close', () => {
      answers.delete(response);
      if (this.#isClosing && answers.size === 0) socket.end();
    });
  }

  /** Accepts nothing more, lets requests in flight finish, and cuts what is left after the deadline (ms). */
  async close(deadline: number): Promise<void> {
    this.#isClosing = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());

    for (const answers of this.#speaking.values()) {
      for (const response of answers) if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    const now = performance.now();
    // Whoever has just come to a port that was open then is still served.
    this.#destroyIdle(
      (socket, accepted) => this.#asked.has(peerOf(socket)) || accepted < now - FIRST_REQUEST_GRACE,
    );
    const grace = setTimeout(() => this.#destroyIdle(() => true), Math.min(deadline, FIRST_REQUEST_GRACE));
    const cut = setTimeout(() => {
      for (const socket of this.#accepted.keys()) socket.destroy();
      this.#server.closeAllConnections();
    }, deadline);
    await closed;
    clearTimeout(grace);
    clearTimeout(cut);
  }

  #destroyIdle(isMeant: (socket: Socket, accepted: number) => boolean): void {
    const busy = new Set<string>();
    // A connection before and after decryption are two objects with one peer.
    for (const [socket, answers] of this.#speaking) if (answers.size > 0) busy.add(peerOf(socket));
    for (const [socket, accepted] of this.#accepted) {
      if (!busy.has(peerOf(socket)) && isMeant(socket, accepted)) socket.destroy();
    }
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
