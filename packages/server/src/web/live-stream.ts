/** One open page's connection: it is sent the latest state when it takes it, and never what came before. */

import type { ServerResponse } from 'node:http';
import { overEvent, type StreamEnd } from './stream-end.ts';

/** How long a browser waits before it connects again, in milliseconds. The page's script waits longer each time. */
const RETRY_MS = 1000;

const TICK = 'event: tick\ndata:\n\n';

/** A state, as it is sent. */
export interface LiveEvent {
  readonly bytes: Buffer;
  /** Tells whether two states are the same. */
  readonly digest: string;
}

/** What a response that is a stream says of itself. */
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'X-Accel-Buffering': 'no',
} as const;

/** What a stream depends on. */
export interface LiveStreamParts {
  /** Why the reader may no longer see what is sent, if so; called before everything that is. */
  readonly endReason: () => Promise<StreamEnd | undefined>;
  /** The event with the latest state, or why there is none any more. */
  readonly event: () => Promise<LiveEvent | StreamEnd>;
  /** How long a reader may take to read what was sent, in milliseconds. */
  readonly stallTimeoutMs: number;
  /** Called when a reader took longer, and was dropped. */
  readonly onStalled: () => void;
  /** Called when the stream had to end because something failed. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * A stream of server-sent events. What it makes the process hold is one event at most: while the reader does not take
 * what was sent, nothing else is written, and then only what is the latest by then.
 */
export class LiveStream {
  readonly #response: ServerResponse;
  readonly #parts: LiveStreamParts;
  /** Resolves when nothing is sent any more. */
  readonly ended: Promise<void>;
  readonly #end: () => void;
  #isOver = false;
  /** Whether the latest state has not been sent. */
  #isBehind = false;
  #isTickDue = false;
  /** The digest of the state that was sent last. */
  #sent: string | undefined;
  #isAdvancing = false;
  /** Runs while the reader does not take what was sent. */
  #stallTimer: NodeJS.Timeout | undefined;

  /** Starts the response, with the headers that it has already. */
  constructor(response: ServerResponse, parts: LiveStreamParts) {
    this.#response = response;
    this.#parts = parts;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.#end = resolve;
    response.once('close', () => this.#close());
    response.writeHead(200, STREAM_HEADERS);
    this.#write(`retry: ${RETRY_MS}\n\n`);
    if (response.destroyed) this.#close();
  }

  /**
   * To be called when there is another state. Resolves when it was sent, or will be when the reader is ready for it.
   */
  update(): Promise<void> {
    this.#isBehind = true;
    return this.#advance();
  }

  /** Sends a heartbeat if nothing else is to be sent. */
  tick(): Promise<void> {
    this.#isTickDue = true;
    return this.#advance();
  }

  /** Ends the response; the browser connects again, unless it is told why there is nothing to see any more. */
  end(reason?: StreamEnd): void {
    if (this.#isOver) return;
    this.#close();
    this.#response.end(reason === undefined ? '' : overEvent(reason));
  }

  async #advance(): Promise<void> {
    if (this.#isAdvancing) return;
    this.#isAdvancing = true;
    try {
      while (this.#isReady && (this.#isBehind || this.#isTickDue)) {
        const next = await this.#next();
        if (this.#isOver) return;
        if (typeof next === 'object' && 'text' in next) this.end(next);
        else this.#write(next);
      }
    } catch (error) {
      if (!this.#isOver) this.#parts.onFailure(error);
      this.end();
    } finally {
      this.#isAdvancing = false;
    }
  }

  get #isReady(): boolean {
    return !this.#isOver && this.#stallTimer === undefined;
  }

  async #next(): Promise<Buffer | string | StreamEnd> {
    const isBehind = this.#isBehind;
    this.#isBehind = false;
    this.#isTickDue = false;
    const reason = await this.#parts.endReason();
    if (reason !== undefined) return reason;
    if (!isBehind) return TICK;
    const event = await this.#parts.event();
    if ('text' in event) return event;
    if (event.digest === this.#sent) return TICK;
    this.#sent = event.digest;
    return event.bytes;
  }

  #write(bytes: Buffer | string): void {
    if (this.#response.write(bytes)) return;
    const { stallTimeoutMs, onStalled } = this.#parts;
    this.#stallTimer = setTimeout(() => {
      onStalled();
      this.#response.destroy();
    }, stallTimeoutMs);
    this.#response.once('drain', () => {
      clearTimeout(this.#stallTimer);
      this.#stallTimer = undefined;
      this.#advance();
    });
  }

  #close(): void {
    this.#isOver = true;
    clearTimeout(this.#stallTimer);
    this.#end();
  }
}
