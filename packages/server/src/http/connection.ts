/** One connection of a port: its requests, in their order and one at a time, and whom it waits for. */

import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** So much of a response is to be taken within the time for one, and what is larger has as much more time. */
const TIMED_BYTES = 4 * 1024 * 1024;

/** A request that was read, and the response to it. */
export interface Exchange {
  /** That of the request, which a request whose body is not read to its end does not have any more. */
  readonly socket: Socket;
  readonly connection: Connection;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly handle: RequestListener;
}

/** A response that the client has not taken. Times are those of `performance.now()`. */
interface Untaken {
  readonly response: ServerResponse;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** What the client had taken of the connection's responses by then. */
  readonly takenBytes: number;
}

const EXCHANGE = Symbol('exchange');

/** The response of an exchange carries it, so that one listener serves all responses. */
type TrackedResponse = ServerResponse & { [EXCHANGE]?: Exchange };

export class Connection {
  /** As accepted: silent, shaking hands, or carrying HTTP. */
  readonly socket: Socket;
  /** The block of addresses that it counts for. */
  block: string;
  /** By `performance.now()`. */
  readonly acceptedMs = performance.now();
  /** Whether it has ever sent a request. */
  hasAsked = false;
  /** The first is being handled; the others wait for their turn. */
  readonly #exchanges: Exchange[] = [];
  readonly #onResponseOver: (connection: Connection) => void;
  #isEnding = false;
  #untaken: Untaken | undefined;
  /** What ends it, as what comes next cannot be read. */
  #unreadable: (() => void) | undefined;

  /** @param onResponseOver is told when a response is over, whether or not the client has got it. */
  constructor(socket: Socket, block: string, onResponseOver: (connection: Connection) => void) {
    this.socket = socket;
    this.block = block;
    this.#onResponseOver = onResponseOver;
  }

  /** How many requests it waits for the responses to. */
  get pending(): number {
    return this.#exchanges.length;
  }

  /** Whether the last response to what it has sent, or to its next request, ends it. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /**
   * Ends it with the last response to what it has sent, or to its next request: a client that is not told before might
   * lose one.
   */
  endWithResponse(): void {
    this.#isEnding = true;
    this.#announceEnd();
  }

  /**
   * Whether it is for the client to go on: with the next request, with the rest of one, or by taking a response.
   */
  get waitsForClient(): boolean {
    const [first] = this.#exchanges;
    if (first === undefined || this.#untaken !== undefined) return true;
    return !first.request.complete && first.request.readableLength === 0;
  }

  /**
   * Takes a request in. It is handled when those before it have been answered, and their responses been handed to the
   * operating system: a client that sends without reading makes the service hold one response. Nothing more is read
   * meanwhile.
   */
  take(exchange: Exchange): void {
    this.hasAsked = true;
    const response: TrackedResponse = exchange.response;
    response[EXCHANGE] = exchange;
    response.on('close', leaveConnection);
    const waiting = this.#exchanges.push(exchange);
    if (waiting === 1) this.#handle(exchange);
    else if (waiting === 2) stopReading(exchange.socket);
  }

  /**
   * Calls back when the requests that have come in whole are answered: what follows them cannot be read. In the middle
   * of a response there is nothing left to say, and the connection ends.
   */
  endAfterResponses(end: () => void): void {
    this.#unreadable = end;
    const [first] = this.#exchanges;
    if (first !== undefined) stopReading(first.socket);
    this.#goOn();
  }

  /** How many bytes of responses wait here for the client to take them. */
  get unsentBytes(): number {
    const [first] = this.#exchanges;
    return first === undefined ? 0 : first.response.writableLength;
  }

  /**
   * Whether the client has had its time for the response that it does not take; to be asked now and then.
   *
   * @param timeoutMs for a response of up to {@link TIMED_BYTES}.
   */
  isOverdue(nowMs: number, timeoutMs: number): boolean {
    const [first] = this.#exchanges;
    // While a request comes in, its own time-out counts: many clients read nothing until they have sent everything.
    if (first === undefined || first.response.writableLength === 0 || !first.request.complete) {
      this.#untaken = undefined;
      return false;
    }
    const { response, socket } = first;
    const takenBytes = socket.bytesWritten - socket.writableLength;
    if (this.#untaken?.response === response) {
      const { sinceMs, untilMs, takenBytes: before } = this.#untaken;
      if (nowMs < untilMs) return false;
      // One that is written bit by bit, and may be without an end, goes on while it is taken.
      if (takenBytes - before < (TIMED_BYTES * (nowMs - sinceMs)) / timeoutMs) return true;
    }
    const untilMs = nowMs + timeoutMs * Math.max(1, response.writableLength / TIMED_BYTES);
    this.#untaken = { response, sinceMs: nowMs, untilMs, takenBytes };
    return false;
  }

  #handle({ handle, request, response }: Exchange): void {
    if (this.#isEnding) this.#announceEnd();
    handle(request, response);
  }

  #announceEnd(): void {
    const [first, second] = this.#exchanges;
    if (second === undefined && first?.response.headersSent === false)
      first.response.setHeader('Connection', 'close');
  }

  /** To be called when the response of one of its exchanges is over. */
  leave(exchange: Exchange): void {
    this.#goOnAfter(exchange);
    this.#onResponseOver(this);
  }

  #goOnAfter(exchange: Exchange): void {
    const place = this.#exchanges.indexOf(exchange);
    this.#exchanges.splice(place, 1);
    if (place > 0 || this.socket.destroyed) return;
    this.#untaken = undefined;
    const [next] = this.#exchanges;
    if (this.#unreadable !== undefined && !this.#goOn()) return;
    // One that was told that the connection ends here will ask again.
    if (next === undefined || !next.socket.writable) return;
    if (this.#unreadable === undefined && this.#exchanges.length === 1) goOnReading(next.socket);
    this.#handle(next);
  }

  /** Ends a connection that is to end, unless a request that has come in whole is to be answered before. */
  #goOn(): boolean {
    const [first] = this.#exchanges;
    if (first?.request.complete) return true;
    if (first?.response.headersSent) this.socket.destroy();
    else this.#unreadable?.();
    return false;
  }
}

function leaveConnection(this: TrackedResponse): void {
  const exchange = this[EXCHANGE];
  exchange?.connection.leave(exchange);
}

/** The exchange of a response that a connection has taken in. */
export function exchangeOf(response: TrackedResponse): Exchange | undefined {
  return response[EXCHANGE];
}

/** The parser of HTTP starts reading again at the end of every request; so this says no each time. */
function keepPaused(this: Duplex): void {
  this.pause();
}

function stopReading(socket: Socket): void {
  socket.off('resume', keepPaused).on('resume', keepPaused).pause();
}

function goOnReading(socket: Socket): void {
  socket.off('resume', keepPaused);
  socket.resume();
}
