/** The connections of one port, so that it can be closed without losing an answer or waiting for the silent. */

import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { Socket } from 'node:net';

export class Connections {
  readonly #server: HttpServer | HttpsServer;
  /** As accepted: silent, shaking hands, or carrying HTTP. */
  readonly #accepted = new Set<Socket>();
  /** Those that carry HTTP (after decryption), each with the answers it waits for. */
  readonly #speaking = new Map<Socket, Set<ServerResponse>>();
  #isClosing = false;

  /** @param speaks The server's event for a connection that is ready for HTTP. */
  constructor(server: HttpServer | HttpsServer, speaks: 'connection' | 'secureConnection') {
    this.#server = server;
    server.on('connection', (socket: Socket) => {
      this.#accepted.add(socket);
      socket.once('close', () => this.#accepted.delete(socket));
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

    const busy = new Set<string>();
    for (const [socket, answers] of this.#speaking) {
      if (answers.size > 0) busy.add(peerOf(socket));
      for (const response of answers) if (!response.headersSent) response.setHeader('Connection', 'close');
    }
    // A connection before and after decryption are two objects with one peer.
    for (const socket of this.#accepted) if (!busy.has(peerOf(socket))) socket.destroy();

    const cut = setTimeout(() => {
      for (const socket of this.#accepted) socket.destroy();
      this.#server.closeAllConnections();
    }, deadline);
    await closed;
    clearTimeout(cut);
  }
}

function peerOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`;
}
