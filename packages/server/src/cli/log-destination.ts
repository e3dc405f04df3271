/** Where the lines of a service's log go: a file, a pipe, a socket, a terminal, of which any may be full or stalled. */

import { writeSync, write as writeWithCallback } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { LogBuffer } from './log-buffer.ts';

/** What may wait to be written, by a process. */
export const LOG_BUFFER_BYTES = 1024 * 1024;

/**
 * Lines are gathered to so many bytes, half of what a pipe takes at once, or for so long: a write each would cost more
 * than the request that it is about.
 */
const GATHERED_BYTES = 32 * 1024;
const GATHERING_MS = 100;
/**
 * A destination that takes nothing now is tried again after the first pause; each is twice as long as the one before.
 */
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;
/** How long the end of the process waits for the destination to take what is left. */
const FLUSH_DEADLINE_MS = 1000;
/** A write that has not returned for so long is not waited for. */
const STUCK_MS = 500;

const LINE_FEED = 0x0a;
const LINE_END = Buffer.of(LINE_FEED);

const write = promisify(writeWithCallback);

/**
 * What Node has of a pipe, a socket or a terminal, under no public name; `test/faults/stalled-log.test.ts` notices if
 * it goes.
 */
interface StreamHandle {
  setBlocking(isBlocking: boolean): number;
}

/**
 * Writes lines in the background. A destination that is not ready is waited for, while at most {@link LOG_BUFFER_BYTES}
 * wait; lines beyond that, and those that the destination refuses (no space left, no reader), are dropped and counted.
 */
export class LogDestination {
  readonly #descriptor: number;
  /** What libuv has of it, if it is this process's own. */
  readonly #handle: Partial<StreamHandle> | undefined;
  readonly #onRecovery: (droppedLines: number) => void;
  /** Lines that wait to be written. */
  #gathered = new LogBuffer();
  /** The buffer whose lines are being written, or one that is empty. */
  #other = new LogBuffer();
  /** Of what is being written. */
  #writingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #isWriting = false;
  /** When the system call began that is under way. */
  #callingSince: number | undefined;
  /** Whether the last line that was written lacks its end, as the destination refused the rest. */
  #isTorn = false;
  #droppedLines = 0;
  #toldLines = 0;

  /**
   * @param descriptor 1 or 2 or, in a process that was started with it, a descriptor of the process that has started
   * it.
   * @param onRecovery is told how many lines were dropped since the last time, once a write succeeds again.
   */
  constructor(descriptor: number, onRecovery: (droppedLines: number) => void) {
    this.#descriptor = descriptor;
    this.#handle = handleOf(descriptor);
    this.#onRecovery = onRecovery;
    this.#refuseToBlock();
    // A process that ends by a defect or by a second signal does not come by `close`.
    process.once('exit', () => this.#writeLast());
  }

  /** How many lines were dropped so far. */
  get droppedLines(): number {
    return this.#droppedLines;
  }

  /** Takes a line with its end, for pino. */
  write(line: string): void {
    if (this.#gathered.add(line, LOG_BUFFER_BYTES - this.#writingBytes)) this.#schedule();
    else this.#droppedLines++;
  }

  /** Writes what is left, as far as the destination takes it in time. */
  async close(): Promise<void> {
    const deadline = performance.now() + FLUSH_DEADLINE_MS;
    while (this.#gathered.length + this.#writingBytes > 0 && performance.now() < deadline) {
      void this.#writeOut();
      await pause(FIRST_PAUSE_MS);
    }
    this.#endIfStuck();
  }

  #schedule(): void {
    if (this.#isWriting) return;
    if (this.#gathered.length >= GATHERED_BYTES) void this.#writeOut();
    else this.#timer ??= setTimeout(() => void this.#writeOut(), GATHERING_MS).unref();
  }

  async #writeOut(): Promise<void> {
    if (this.#isWriting) return;
    this.#isWriting = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const writing = this.#gathered;
    this.#gathered = this.#other;
    this.#other = writing;
    this.#writingBytes = writing.length;
    const chunk = this.#isTorn ? Buffer.concat([LINE_END, writing.bytes]) : writing.bytes;
    const lineEndBytes = chunk.length - writing.length;
    const written = await this.#writeChunk(chunk);
    if (written > 0) this.#isTorn = chunk[written - 1] !== LINE_FEED;
    const refusedLines = linesIn(chunk.subarray(Math.max(written, lineEndBytes)));
    writing.clear();
    this.#writingBytes = 0;
    this.#isWriting = false;
    if (refusedLines === 0) this.#tellOfDropped();
    this.#droppedLines += refusedLines;
    if (this.#gathered.length > 0) this.#schedule();
  }

  /** @returns how many bytes of it the destination took before it refused. */
  async #writeChunk(chunk: Buffer): Promise<number> {
    let wait = FIRST_PAUSE_MS;
    let written = 0;
    while (written < chunk.length) {
      const taken = await this.#writeSome(chunk, written);
      if (taken === undefined) break;
      written += taken;
      if (taken > 0) {
        wait = FIRST_PAUSE_MS;
      } else {
        await pause(wait, undefined, { ref: false });
        wait = Math.min(2 * wait, LONGEST_PAUSE_MS);
      }
    }
    return written;
  }

  /** @returns how many bytes the destination took, 0 when it is not ready, and nothing when it refused. */
  async #writeSome(chunk: Buffer, offset: number): Promise<number | undefined> {
    this.#refuseToBlock();
    this.#callingSince = performance.now();
    try {
      return (await write(this.#descriptor, chunk, offset)).bytesWritten;
    } catch (error) {
      return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? 0 : undefined;
    } finally {
      this.#callingSince = undefined;
    }
  }

  /**
   * A write that blocks holds a thread of libuv's pool, and no process can end that has such a thread. Before each
   * write, as the flag is that of every process that has inherited the descriptor: one that begins or ends with it as
   * its own standard output or standard error sets the flag back, which is why workers do not have it as that.
   */
  #refuseToBlock(): void {
    this.#handle?.setBlocking?.(false);
  }

  #tellOfDropped(): void {
    const lines = this.#droppedLines - this.#toldLines;
    if (lines === 0) return;
    this.#toldLines = this.#droppedLines;
    this.#onRecovery(lines);
  }

  #writeLast(): void {
    this.#endIfStuck();
    if (this.#isWriting || this.#gathered.length === 0) return;
    try {
      this.#refuseToBlock();
      writeSync(this.#descriptor, this.#gathered.bytes);
    } catch {
      // It accepts nothing, not even this error.
    }
  }

  /** A disk that does not respond blocks a thread, and with it the process, for ever: only this ends it. */
  #endIfStuck(): void {
    const since = this.#callingSince;
    if (since === undefined || performance.now() - since < STUCK_MS) return;
    process.kill(process.pid, 'SIGKILL');
  }
}

/** A file has none. */
function handleOf(descriptor: number): Partial<StreamHandle> | undefined {
  if (descriptor !== 1 && descriptor !== 2) return undefined;
  const stream = descriptor === 1 ? process.stdout : process.stderr;
  return (stream as { readonly _handle?: Partial<StreamHandle> | null })._handle ?? undefined;
}

/** Each line has its end. */
function linesIn(bytes: Uint8Array): number {
  return bytes.reduce((count, byte) => (byte === LINE_FEED ? count + 1 : count), 0);
}
