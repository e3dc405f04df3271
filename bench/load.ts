/** The load: `wrk`, and beside it a checker that compares whole answers. */

import { execFile } from 'node:child_process';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type DatabaseSize, orderAt, requestFor, responseFor } from './order-database.ts';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('wrk.lua', import.meta.url));
const PATH = '/products/!GetDetailedOrderStatus';
/** Between two requests of the checker, in milliseconds. */
const CHECK_INTERVAL = 20;

export type Mode = 'keep-alive' | 'new connections';

/** What one round of one server came to. Times are microseconds. */
export interface Round {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
}

/** @throws when there is no wrk. */
export async function requireWrk(): Promise<void> {
  await run('wrk', ['--version']).catch((error: NodeJS.ErrnoException) => {
    // It ends with 1 even when it does what it is asked.
    if (error.code === 'ENOENT')
      throw new Error("the load comes from wrk: install it ('apt-get install wrk')");
  });
}

/** @throws when a response was not a good one. */
export async function loadWith(
  port: number,
  mode: Mode,
  size: DatabaseSize,
  { seconds, connections }: { readonly seconds: number; readonly connections: number },
): Promise<Round> {
  const { stdout } = await run('wrk', [
    ...[
      '-t',
      '1',
      '-c',
      String(connections),
      '-d',
      `${seconds}s`,
      '-s',
      SCRIPT,
      `https://127.0.0.1:${port}`,
      '--',
    ],
    ...[String(size.orders), String(size.accounts), orderAt(0, size).orderNumber],
    mode === 'new connections' ? 'close' : 'keep',
  ]);
  const counted = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  if (counted.wrong > 0) throw new Error(`${counted.wrong} answers were not good ones`);
  // Connections that wrk itself gives up at its end.
  if (counted.failed > connections) throw new Error(`${counted.failed} requests failed`);
  return {
    perSecond: counted.requests / (counted.microseconds / 1e6),
    p50: counted.p50,
    p99: counted.p99,
    p999: counted.p999,
  };
}

/** Asks for random orders until it is told to stop, and compares each answer, whole. */
export function checkAnswers(port: number, size: DatabaseSize): { stop(): Promise<number> } {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  let isOver = false;
  let checked = 0;
  const checking = (async () => {
    while (!isOver) {
      const index = Math.floor(Math.random() * size.orders);
      const answer = await ask(port, requestFor(index, size), agent);
      if (answer !== responseFor(index, size)) throw new Error(`order ${index} was answered with ${answer}`);
      checked++;
      await pause(CHECK_INTERVAL);
    }
  })();
  // A wrong answer is told when the round is over.
  checking.catch(() => {});
  return {
    async stop() {
      isOver = true;
      await checking.finally(() => agent.destroy());
      return checked;
    },
  };
}

/** Logs every account in. */
export async function logAllIn(port: number, size: DatabaseSize): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false });
  let next = 0;
  const logIn = async () => {
    while (next < Math.min(size.accounts, size.orders)) {
      const answer = await ask(port, requestFor(next++, size), agent);
      if (!answer.startsWith('errorCode=0&')) throw new Error(`an account could not log in: ${answer}`);
    }
  };
  await Promise.all(Array.from({ length: 4 }, logIn));
  agent.destroy();
}

function ask(port: number, form: string, agent: Agent): Promise<string> {
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
