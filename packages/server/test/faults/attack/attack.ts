/** What attacks are made of: connections from chosen addresses, so many at a time, opened at a rate. */

import type { Socket } from 'node:net';
import { connect as connectPlain } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';

/** What is attacked, and what the attackers have got hold of. */
export interface Target {
  readonly port: number;
  readonly managementPort: number;
  /** How long the attack lasts. */
  readonly seconds: number;
  /** Of the attackers, as "nice" counts it. */
  readonly priority: number;
  readonly statusPath: string;
  readonly loginName: string;
  /** A good request for the status of an order of 2,000 certificates. */
  readonly largeRequest: string;
  /** The path and the cookies of that order's page, as its account, by a share link, and in the console. */
  readonly pages: Readonly<Record<'account' | 'shared' | 'console', PageAccess>>;
  /** Of the scope write. */
  readonly token: string;
}

interface PageAccess {
  readonly path: string;
  readonly cookie: string;
}

/** Goes on until it is aborted, and rejects then. */
export type Attack = (target: Target, signal: AbortSignal) => Promise<void>;

/** An address of this machine of the attackers' own. The rightful callers come from 127.0.0.1. */
export function address(network: number, host: number): string {
  return `127.0.${network}.${1 + (host % 250)}`;
}

/** A connection that has its TLS handshake, if any, to come. Whatever happens to it is the service's right. */
export function open(port: number, from: string, scheme: 'tls' | 'plain' = 'tls'): Socket {
  const where = { host: '127.0.0.1', port, localAddress: from };
  const socket = scheme === 'tls' ? connectTls({ ...where, rejectUnauthorized: false }) : connectPlain(where);
  return socket.on('error', () => {});
}

/**
 * Keeps so many connections open, of which it opens at most so many a second, anew when they are closed. One that is
 * not read does not see that, and is given up after so many seconds.
 */
export async function hold(
  given: { readonly count: number; readonly perSecond: number; readonly seconds?: number },
  openOne: (index: number) => Socket,
  signal: AbortSignal,
): Promise<void> {
  const { count, perSecond, seconds } = given;
  const held = new Set<Socket>();
  signal.addEventListener('abort', () => {
    for (const socket of held) socket.destroy();
  });
  for (let index = 0; ; index++) {
    if (held.size < count) {
      const socket = openOne(index);
      held.add(socket);
      const timer = seconds === undefined ? undefined : setTimeout(() => socket.destroy(), seconds * 1000);
      socket.once('close', () => {
        held.delete(socket);
        clearTimeout(timer);
      });
    }
    await pause(1000 / perSecond, undefined, { signal });
  }
}

/** Does something so many times a second, at most eight at a time. Failures are the service's right. */
export async function repeat(
  perSecond: number,
  act: (index: number) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const mostAtOnce = 8;
  let running = 0;
  for (let index = 0; ; index++) {
    if (running < mostAtOnce) {
      running++;
      act(index)
        .catch(() => {})
        .finally(() => running--);
    }
    await pause(1000 / perSecond, undefined, { signal });
  }
}

/** A request, as bytes, on a connection that is kept. */
export function requestBytes(route: string, headers: readonly string[] = [], body = ''): string {
  const length = body === '' ? [] : [`Content-Length: ${Buffer.byteLength(body)}`];
  return `${[`${route} HTTP/1.1`, 'Host: localhost', ...headers, ...length, '', ''].join('\r\n')}${body}`;
}

/**
 * Sends bytes on a connection of their own, and reads whatever comes until that is closed or nothing has come for a
 * while.
 */
export function exchange(port: number, from: string, bytes: string, patienceMs = 3000): Promise<void> {
  const socket = open(port, from);
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.setTimeout(patienceMs, () => socket.destroy());
  socket.resume().once('close', () => resolve());
  socket.end(bytes);
  return promise;
}
