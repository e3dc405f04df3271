/** Connections that are used again by later requests to the same host and port. */

import { Agent, type RequestOptions } from 'node:https';
import type { Duplex } from 'node:stream';

/** How many connections to one host and port wait for a further request, at most. */
export const IDLE_PER_HOST = 2;
/** How many connections wait in all, at most; the one that has waited longest makes room. */
const IDLE_IN_ALL = 256;
/** How long a connection waits for a further request, in milliseconds. */
const IDLE_TIMEOUT_MS = 20_000;

/** A request's options, with the signal that ends the making of its connection. */
export interface OutboundRequestOptions extends RequestOptions {
  readonly host: string;
  readonly port: number;
  readonly connectSignal: AbortSignal;
}

/** Makes a connection to a host that is resolved and checked now. */
export type OpenConnection = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>;

/** Limits of idle connections, where they differ from the defaults. */
export interface IdleLimits {
  readonly perHost: number;
  readonly inAll: number;
  readonly timeoutMs: number;
}

/**
 * The connections of requests that may go to the same addresses. How many are in use at a time is for the client to
 * limit.
 */
export class OutboundAgent extends Agent {
  readonly #open: OpenConnection;
  readonly #idleInAll: number;
  /** In the order in which they began to wait. */
  readonly #idle = new Set<Duplex>();

  constructor(open: OpenConnection, idle: Partial<IdleLimits> = {}) {
    super({
      keepAlive: true,
      maxFreeSockets: idle.perHost ?? IDLE_PER_HOST,
      timeout: idle.timeoutMs ?? IDLE_TIMEOUT_MS,
    });
    this.#open = open;
    this.#idleInAll = idle.inAll ?? IDLE_IN_ALL;
  }

  override getName({ host = '', port = '' }: RequestOptions = {}): string {
    return `${host}:${port}`;
  }

  override createConnection(
    options: RequestOptions,
    callback: (error: Error | null, socket: Duplex) => void = () => {},
  ): undefined {
    const { host, port, connectSignal } = options as OutboundRequestOptions;
    this.#open(host, port, connectSignal).then(
      (socket) => {
        socket.once('close', () => this.#idle.delete(socket));
        callback(null, socket);
      },
      // The agent takes no socket beside an error, whatever its types say.
      (error: Error) => (callback as (error: Error) => void)(error),
    );
  }

  override keepSocketAlive(socket: Duplex): boolean {
    this.#idle.add(socket);
    for (const oldest of this.#idle) {
      if (this.#idle.size <= this.#idleInAll) break;
      this.#idle.delete(oldest);
      oldest.destroy();
    }
    // Node's types do not say so, but it returns whether it keeps the socket.
    const isKept: unknown = super.keepSocketAlive(socket);
    return isKept === true;
  }

  override reuseSocket(socket: Duplex, request: Parameters<Agent['reuseSocket']>[1]): void {
    this.#idle.delete(socket);
    super.reuseSocket(socket, request);
  }
}
