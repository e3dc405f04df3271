/**
 * Those whom the service is for, while it is attacked: status requests at a fixed rate, whatever becomes of those
 * before.
 */

import { Agent } from 'node:https';
import { setTimeout as pause } from 'node:timers/promises';
import { STATUS_PATH, sendRequest } from '../../running-service.ts';
import { address } from './attack.ts';

/** One in so many comes on a connection of its own, the others on connections that are kept. */
const NEW_CONNECTION_EVERY = 21;
/** They come from so many addresses, with so many connections each at most. */
const CALLERS = 8;
const MOST_KEPT = 16;
const TICK_MS = 5;

/** What they have seen. */
export interface Seen {
  readonly answered: number;
  /** Each that was not answered, or wrongly. */
  readonly failures: readonly string[];
  /** From when a request was due to its response, in milliseconds. */
  percentile(percent: number): number;
}

/** Sends a form so many times a second for so long. */
export async function callAsRightful(
  port: number,
  {
    form,
    expected,
    perSecond,
    seconds,
  }: {
    readonly form: string;
    /** What the response begins with. */
    readonly expected: string;
    readonly perSecond: number;
    readonly seconds: number;
  },
): Promise<Seen> {
  const callers = Array.from({ length: CALLERS }, (_, index) => {
    const options = { localAddress: address(100, index), rejectUnauthorized: false };
    return {
      kept: new Agent({ ...options, keepAlive: true, maxSockets: MOST_KEPT }),
      fresh: new Agent({ ...options, maxSockets: MOST_KEPT }),
    };
  });
  const durations: number[] = [];
  const failures: string[] = [];
  const began = performance.now();
  const ask = async (index: number) => {
    const due = began + (index * 1000) / perSecond;
    const { kept, fresh } = callers[index % CALLERS] as (typeof callers)[number];
    const isNew = index % NEW_CONNECTION_EVERY === 0;
    try {
      const { body } = await sendRequest({
        scheme: 'https',
        port,
        method: 'POST',
        path: STATUS_PATH,
        headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
        body: form,
        agent: isNew ? fresh : kept,
      });
      if (body.startsWith(expected)) durations.push(performance.now() - due);
      else failures.push(body);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      failures.push(`${isNew ? 'a new connection' : 'a kept connection'}: ${code ?? message}`);
    }
  };
  const all: Promise<void>[] = [];
  while (all.length < seconds * perSecond) {
    while (began + (all.length * 1000) / perSecond <= performance.now()) all.push(ask(all.length));
    await pause(TICK_MS);
  }
  await Promise.all(all);
  for (const { kept, fresh } of callers) {
    kept.destroy();
    fresh.destroy();
  }
  durations.sort((one, other) => one - other);
  return {
    answered: durations.length,
    failures,
    percentile: (percent) => durations[Math.ceil((percent / 100) * durations.length) - 1] ?? Number.NaN,
  };
}
