/** `serve` with worker processes, as a process of its own. */

import assert from 'node:assert/strict';
import type { Agent } from 'node:https';
import type { TestContext } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../../../src/store/open-store.ts';
import { commandFixture, logOf, printed, type Started, startCommand } from '../../command.ts';
import { fillDatabase } from '../../fill-database.ts';
import { readMetrics } from '../../metrics/read-metrics.ts';
import { ACME, STATUS_PATH, sendRequest } from '../../running-service.ts';
import { acmeOrder } from '../../sample-orders.ts';

/** What {@link Served.ask} sends. */
export const FORM = new URLSearchParams({ ...ACME, orderNumber: '7250060', queryType: '1' }).toString();
/** How long anything may take on a machine that has much else to do. */
export const PATIENCE_MS = 60_000;

/** A running service. */
export interface Served extends Started {
  readonly database: string;
  readonly port: number;
  readonly probePort: number;
  /** Every line of the log so far. */
  log(): Record<string, unknown>[];
  ask(agent?: Agent, form?: string): Promise<string>;
}

interface ServeOptions {
  readonly pages?: readonly string[];
  /** Further accounts, with {@link ACME}'s password. */
  readonly accounts?: readonly string[];
}

/** Without a jobs process, which is one more to start and to renew. */
export const NO_JOBS = ['--no-expiry', '--no-upstreams', '--webhook-rate', '0'];

/** Without pages a process starts in half the time. */
export async function serve(
  t: TestContext,
  options: readonly string[],
  { pages = ['--no-pages'], accounts = [] }: ServeOptions = {},
): Promise<Served> {
  const fixture = await commandFixture(t, [ACME.loginName, ...accounts]);
  const store = await openStore(fixture.database[1], 'write');
  await fillDatabase(store.orders, [acmeOrder()]);
  await store.close();
  const ports = ['--host', '127.0.0.1', '--port', '0', '--probe-port', '0'];
  const started = startCommand(['serve', ...fixture.database, ...ports, ...options, ...pages]);
  t.after(async () => {
    started.process.kill('SIGTERM');
    await started.ended;
  });
  const log = logOf(started);
  await printed(started, '"listening"');
  const { port, probePort } = log().find(({ msg }) => msg === 'listening') ?? assert.fail('no such line');
  const headers = { 'Content-Type': 'application/x-www-form-urlencoded' };
  return {
    ...started,
    database: fixture.database[1],
    port,
    probePort,
    log,
    ask: async (agent, form = FORM) => {
      const request = {
        scheme: 'https',
        port,
        method: 'POST',
        path: STATUS_PATH,
        headers,
        body: form,
      } as const;
      return (await sendRequest({ ...request, ...(agent && { agent }) })).body;
    },
  };
}

export async function readiness(port: number): Promise<number> {
  const request = { scheme: 'http', port, method: 'GET', path: '/readyz', headers: {}, body: '' } as const;
  return (await sendRequest(request)).status;
}

export function scrape({ probePort }: Served): Promise<string> {
  return readMetrics(probePort);
}

/** The workers that have answered, by the log; since the line with this index. */
export function workersIn(service: Served, since = 0): Set<unknown> {
  const lines = service.log().slice(since);
  return new Set(lines.flatMap(({ msg, worker }) => (msg === 'request' ? [worker] : [])));
}

/** Whether the log has a line with this message, since the line with this index. */
export function hasLogged(service: Served, message: string, since: number): boolean {
  return service
    .log()
    .slice(since)
    .some(({ msg }) => msg === message);
}

/** Waits, and meanwhile does something again and again. */
export async function until(
  isSo: () => boolean,
  meanwhile: () => Promise<unknown> = () => pause(20),
): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!isSo()) {
    assert.ok(performance.now() < end, 'it has not come to that');
    await meanwhile();
  }
}

/** Asks until so many workers have answered, since the log's line with this index. */
export async function untilWorkers(service: Served, count: number, since = 0): Promise<void> {
  await until(
    () => workersIn(service, since).size === count,
    async () => assert.match(await service.ask(), /^errorCode=0&/),
  );
}
