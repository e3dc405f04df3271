/** The load: the project's own generator, `wrk` where it is installed, and a checker that compares whole responses. */

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { FromGenerator, Job, Result, ToGenerator } from './generator-messages.ts';
import { type DatabaseSize, orderAt, requestFor, responseFor } from './order-database.ts';
import { PATH, type PolledState } from './prepared-requests.ts';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));
const GENERATOR = fileURLToPath(new URL('load-generator.ts', import.meta.url));
/** Between two requests of the checker, in milliseconds. */
const CHECK_INTERVAL_MS = 20;
/** Connections on which the accounts are logged in, so that each worker of the service remembers them. */
const LOGIN_CONNECTIONS = 8;

/** The project's own load generator, which is a process of its own. */
export class LoadGenerator {
  readonly #process: ChildProcess = fork(GENERATOR, { stdio: 'inherit' });

  /**
   * Loads a server for one round.
   *
   * @param onBegin is called after the warm-up, when nothing is under way.
   * @throws when a response is not the expected one.
   */
  async load(job: Job, onBegin: () => void): Promise<Result> {
    this.#send({ type: 'job', job });
    for (;;) {
      const message = await this.#next('ready', 'result', 'failed');
      if (message.type === 'result') return message.result;
      if (message.type === 'failed') throw new Error(message.message);
      onBegin();
      this.#send({ type: 'begin' });
    }
  }

  /** Tells what an order is from now on, and waits until the generator knows. */
  async tellChange(index: number, state: PolledState): Promise<void> {
    this.#send({ type: 'changed', index, state });
    await this.#next('noted');
  }

  stop(): void {
    if (this.#process.connected) this.#process.disconnect();
  }

  /** The next message of one of these types. */
  #next(...types: FromGenerator['type'][]): Promise<FromGenerator> {
    return new Promise((resolve) => {
      const listen = (message: FromGenerator) => {
        if (!types.includes(message.type)) return;
        this.#process.off('message', listen);
        resolve(message);
      };
      this.#process.on('message', listen);
    });
  }

  #send(message: ToGenerator): void {
    this.#process.send(message);
  }
}

/** Whether there is a wrk. */
export async function hasWrk(): Promise<boolean> {
  // It ends with 1 even when it does what it is told.
  return run('wrk', ['--version']).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

/**
 * Loads a server with wrk, as fast as the connections allow.
 *
 * @throws when a response is not a good one.
 */
export async function loadWithWrk({ port, mode, size, seconds, connections }: Job): Promise<Result> {
  const { stdout } = await run('wrk', [
    ...['-t', '1', '-c', String(connections), '-d', `${seconds}s`],
    ...['-s', SCRIPT, `https://127.0.0.1:${port}`, '--'],
    ...[String(size.orders), String(size.accounts), orderAt(0, size).orderNumber],
    mode === 'new connections' ? 'close' : 'keep',
  ]);
  const counted = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (counted.wrong > 0) throw new Error(`${counted.wrong} responses were not good ones`);
  // Connections that wrk itself gives up at its end.
  if (counted.failed > connections) throw new Error(`${counted.failed} requests failed`);
  const { requests, p50, p99, p999 } = counted;
  return { requests, perSecond: requests / (counted.microseconds / 1e6), p50, p99, p999 };
}

/** Sends requests for random orders until it is told to stop, and compares each response, whole. */
export function checkResponses(port: number, size: DatabaseSize): { stop(): Promise<number> } {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  let isOver = false;
  let checked = 0;
  const checking = (async () => {
    while (!isOver) {
      const index = Math.floor(Math.random() * size.orders);
      const response = await send(port, requestFor(index, size), agent);
      if (response !== responseFor(index, size))
        throw new Error(`the response for order ${index}: ${response}`);
      checked++;
      await pause(CHECK_INTERVAL_MS);
    }
  })();
  // A wrong response is reported when the round is over.
  checking.catch(() => {});
  return {
    async stop() {
      isOver = true;
      await checking.finally(() => agent.destroy());
      return checked;
    },
  };
}

/** Logs every account in, on each of several connections. */
export async function logAllIn(port: number, size: DatabaseSize): Promise<void> {
  const logIn = async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    for (let account = 0; account < Math.min(size.accounts, size.orders); account++) {
      const response = await send(port, requestFor(account, size), agent);
      if (response !== responseFor(account, size)) throw new Error(`account ${account} got ${response}`);
    }
    agent.destroy();
  };
  await Promise.all(Array.from({ length: LOGIN_CONNECTIONS }, logIn));
}

function send(port: number, form: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': Buffer.byteLength(form),
    };
    request({ host: '127.0.0.1', port, method: 'POST', path: PATH, headers, agent }, (response) => {
      text(response).then(resolve, reject);
    })
      .on('error', reject)
      .end(form);
  });
}
