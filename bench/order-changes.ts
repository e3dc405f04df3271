/** Changes of polled orders while clients poll, through the management API of the service that is measured. */

import { execFile } from 'node:child_process';
import { Agent, request } from 'node:https';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { LoadGenerator } from './load.ts';
import { type DatabaseSize, orderAt } from './order-database.ts';
import { changingOrders } from './prepared-requests.ts';
import { commandOf } from './servers.ts';

const run = promisify(execFile);
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** Makes a token of the management API, with the program of a checkout. */
export async function createToken(checkout: string, database: string): Promise<string> {
  const name = `bench ${Date.now()}`;
  const args = ['token', 'create', name, '--scope', 'write', '--database', database];
  const { stdout } = await run(process.execPath, [commandOf(checkout), ...args]);
  return stdout.trim();
}

/** The orders that change, of one server. */
export class OrderChanges {
  readonly #port: number;
  readonly #token: string;
  readonly #size: DatabaseSize;

  constructor(managementPort: number, token: string, size: DatabaseSize) {
    this.#port = managementPort;
    this.#token = token;
    this.#size = size;
  }

  /** Changes each of them once, evenly over a time; the load generator knows before and after each change. */
  async make(generator: LoadGenerator, seconds: number): Promise<void> {
    const orders = changingOrders(this.#size);
    const beganMs = performance.now();
    for (const [number, index] of orders.entries()) {
      await pause(Math.max(0, beganMs + (number / orders.length) * seconds * 1000 - performance.now()));
      await generator.tellChange(index, 'either');
      await this.#set(index, true);
      await generator.tellChange(index, 'second');
    }
  }

  /** Undoes the changes, when there is no load. */
  async undo(generator: LoadGenerator): Promise<void> {
    for (const index of changingOrders(this.#size)) {
      await this.#set(index, false);
      await generator.tellChange(index, 'first');
    }
  }

  async #set(index: number, isChanged: boolean): Promise<void> {
    const { orderNumber, certificates } = orderAt(index, this.#size, isChanged);
    const [certificate] = certificates;
    const path = `/v1/orders/${orderNumber}/certificates/${certificate?.certificateID}`;
    const { status, body } = await this.#patch(path, JSON.stringify({ caaStatus: certificate?.caaStatus }));
    if (status !== 200) throw new Error(`order ${orderNumber} could not be changed: ${body}`);
  }

  #patch(
    path: string,
    change: string,
  ): Promise<{ readonly status?: number | undefined; readonly body: string }> {
    const headers = {
      Authorization: `Bearer ${this.#token}`,
      'Content-Type': 'application/merge-patch+json',
      'Content-Length': Buffer.byteLength(change),
    };
    const options = { host: '127.0.0.1', port: this.#port, method: 'PATCH', path, headers, agent };
    return new Promise((resolve, reject) => {
      request(options, (response) => {
        text(response).then((body) => resolve({ status: response.statusCode, body }), reject);
      })
        .on('error', reject)
        .end(change);
    });
  }
}
