/**
 * The load generator: a process of its own that sends prepared requests on schedule, whether or not earlier ones have
 * got their responses, and compares each response completely. What it does for a request is little, as server and load
 * share the machine.
 */

import { connect, createSecureContext, type TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { arrivalsMs } from './arrivals.ts';
import type { FromGenerator, Job, Result, ToGenerator } from './generator-messages.ts';
import type { Wakes } from './pacer.ts';
import { type PolledState, type PreparedRequest, prepareRequests } from './prepared-requests.ts';
import { ResponseReader, WrongResponse } from './response-reader.ts';

/** Requests before a round begins, in seconds of its load. */
const WARM_UP_SECONDS = 0.3;
/** A server that cannot keep up gets so many seconds more; requests that have got no response then do not count. */
const LEEWAY_SECONDS = 1;
/** Different requests that are prepared for a round at saturation. */
const SATURATION_REQUESTS = 50_000;

const pacer = new Worker(new URL('pacer.ts', import.meta.url));
const secureContext = createSecureContext();
const polledStates = new Map<number, PolledState>();
let begin: (() => void) | undefined;

function tell(message: FromGenerator): void {
  process.send?.(message);
}

process.on('message', (message: ToGenerator) => {
  if (message.type === 'begin') begin?.();
  else if (message.type === 'changed') {
    polledStates.set(message.index, message.state);
    tell({ type: 'noted' });
  } else {
    runJob(message.job).then(
      (result) => tell({ type: 'result', result }),
      (error) => tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) }),
    );
  }
});
process.on('disconnect', () => process.exit());

async function runJob(job: Job): Promise<Result> {
  const { ratePerSecond, seconds, seed } = job;
  const count = ratePerSecond === undefined ? SATURATION_REQUESTS : ratePerSecond * seconds;
  const isKept = job.mode === 'keep-alive';
  const requests = prepareRequests(count, job.size, { ...job, isKept });
  const load = new Load(job, requests);
  try {
    await load.open();
    await load.run(WARM_UP_SECONDS, seed);
    const begun = new Promise<void>((resolve) => {
      begin = resolve;
    });
    tell({ type: 'ready' });
    await begun;
    return await load.run(seconds, seed + 1);
  } finally {
    load.close();
  }
}

/** A connection, and the request that is under way on it. */
interface Connection {
  readonly socket: TLSSocket;
  readonly reader: ResponseReader;
  request: PreparedRequest | undefined;
  /** What the order was when the request was sent. */
  stateBefore: PolledState | undefined;
  dueMs: number;
}

/** The load on one server. */
class Load {
  readonly #job: Job;
  readonly #requests: readonly PreparedRequest[];
  readonly #open = new Set<Connection>();
  readonly #idle: Connection[] = [];
  #next = 0;
  #latenciesMs: number[] = [];
  /** When the requests are due; undefined at saturation. */
  #due: Float64Array | undefined;
  #sent = 0;
  #endMs = Number.POSITIVE_INFINITY;
  #finish: { resolve(): void; reject(error: Error): void } | undefined;

  constructor(job: Job, requests: readonly PreparedRequest[]) {
    this.#job = job;
    this.#requests = requests;
  }

  /** Opens the connections that are kept. */
  async open(): Promise<void> {
    if (this.#job.mode !== 'keep-alive') return;
    await Promise.all(
      Array.from({ length: this.#job.connections }, async () => {
        const connection = this.#connect();
        await new Promise<void>((resolve, reject) => {
          connection.socket.once('secureConnect', resolve).once('error', reject);
        });
        this.#idle.push(connection);
      }),
    );
  }

  async run(seconds: number, seed: number): Promise<Result> {
    const { ratePerSecond } = this.#job;
    this.#latenciesMs = [];
    this.#sent = 0;
    const finished = new Promise<void>((resolve, reject) => {
      this.#finish = { resolve, reject };
    });
    const startMs = performance.now() + 1;
    this.#endMs = startMs + seconds * 1000;
    const onWake = () => this.#sendDue();
    if (ratePerSecond === undefined) {
      this.#due = undefined;
      for (let started = 0; started < this.#job.connections; started++) this.#send(performance.now());
    } else {
      this.#due = arrivalsMs(ratePerSecond, seconds, seed).map((time) => startMs + time);
      pacer.on('message', onWake);
      const wakes: Wakes = this.#due.map((time) => performance.timeOrigin + time);
      pacer.postMessage(wakes);
    }
    const timeout = setTimeout(
      () => this.#finish?.resolve(),
      this.#endMs - performance.now() + LEEWAY_SECONDS * 1000,
    );
    await finished.finally(() => {
      clearTimeout(timeout);
      pacer.off('message', onWake);
      this.#finish = undefined;
    });
    return resultOf(this.#latenciesMs, (performance.now() - startMs) / 1000);
  }

  close(): void {
    for (const { socket } of this.#open) socket.destroy();
  }

  #sendDue(): void {
    const due = this.#due;
    if (due === undefined || this.#finish === undefined) return;
    const nowMs = performance.now();
    for (let dueMs = due[this.#sent]; dueMs !== undefined && dueMs <= nowMs; dueMs = due[++this.#sent])
      if (!this.#send(dueMs)) return;
  }

  /** Sends the next request, if there is a connection for it. */
  #send(dueMs: number): boolean {
    const connection = this.#job.mode === 'keep-alive' ? this.#idle.shift() : this.#connect();
    if (connection === undefined) return false;
    const request = this.#requests[this.#next++ % this.#requests.length];
    if (request === undefined) return false;
    connection.request = request;
    connection.stateBefore = polledStates.get(request.index);
    connection.dueMs = dueMs;
    connection.socket.write(request.bytes);
    return true;
  }

  #connect(): Connection {
    const socket = connect({
      host: '127.0.0.1',
      port: this.#job.port,
      secureContext,
      rejectUnauthorized: false,
    });
    const reader = new ResponseReader();
    const connection: Connection = { socket, reader, request: undefined, stateBefore: undefined, dueMs: 0 };
    this.#open.add(connection);
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#receive(connection, chunk));
    socket.on('error', (error) => this.#finish?.reject(error));
    socket.on('close', () => {
      this.#open.delete(connection);
      if (connection.request !== undefined || this.#job.mode === 'keep-alive')
        this.#finish?.reject(new Error('the server has closed a connection without a response'));
    });
    return connection;
  }

  #receive(connection: Connection, chunk: Buffer): void {
    try {
      const body = connection.reader.take(chunk);
      if (body === undefined) return;
      check(body, connection);
    } catch (error) {
      this.#finish?.reject(error instanceof Error ? error : new Error(String(error)));
      return;
    }
    const nowMs = performance.now();
    this.#latenciesMs.push(nowMs - connection.dueMs);
    connection.request = undefined;
    if (this.#job.mode === 'keep-alive') this.#idle.push(connection);
    else connection.socket.end();
    if (this.#due === undefined) {
      if (nowMs < this.#endMs) this.#send(nowMs);
      else if (this.#latenciesMs.length > 0 && this.#isQuiet()) this.#finish?.resolve();
      return;
    }
    // Requests that were due when all connections were busy.
    this.#sendDue();
    if (this.#latenciesMs.length === this.#due.length) this.#finish?.resolve();
  }

  #isQuiet(): boolean {
    for (const { request } of this.#open) if (request !== undefined) return false;
    return true;
  }
}

/** @throws {WrongResponse} unless the response is the order's at a moment between sending and receiving. */
function check(body: Buffer, { request, stateBefore }: Connection): void {
  if (request === undefined)
    throw new WrongResponse(`a response without a request: ${body.toString('latin1')}`);
  const stateAfter = polledStates.get(request.index) ?? 'first';
  const before = stateBefore ?? 'first';
  if ((before !== 'second' || stateAfter !== 'second') && body.equals(request.expected)) return;
  if ((before !== 'first' || stateAfter !== 'first') && request.changed && body.equals(request.changed))
    return;
  throw new WrongResponse(
    `order ${request.index} (${before}, ${stateAfter}) got ${body.toString('latin1', 0, 500)}`,
  );
}

function resultOf(latenciesMs: readonly number[], seconds: number): Result {
  const sorted = Float64Array.from(latenciesMs).sort();
  const at = (share: number) =>
    1000 * (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);
  const requests = sorted.length;
  return { requests, perSecond: requests / seconds, p50: at(0.5), p99: at(0.99), p999: at(0.999) };
}
