/** A receiver of webhooks for tests: a real https server that checks signatures, and misbehaves as it is told. */

import assert from 'node:assert/strict';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { Webhook } from 'standardwebhooks';
import { httpsServer } from '../outbound/targets.ts';

/** An event as it arrived. */
export interface Arrival {
  readonly path: string;
  readonly eventID: string;
  readonly signature: string;
  /** When it was signed, in seconds since 1970. */
  readonly signedSeconds: number;
  readonly type: string;
  readonly orderNumber: string;
  readonly version: number;
  readonly data: Record<string, unknown>;
  /** What the receiver responded with; the arrival counts when it is below 300. */
  status: number;
}

/** Responds to an event, and returns the status that it means; it may destroy the connection. */
export type Behaviour = (arrival: Arrival, response: ServerResponse, request: IncomingMessage) => number;

export const accept: Behaviour = (_arrival, response) => {
  response.writeHead(204).end();
  return 204;
};

export function respond(status: number, headers: Record<string, string> = {}, body = ''): Behaviour {
  return (_arrival, response) => {
    response.writeHead(status, headers).end(body);
    return status;
  };
}

/** Starts one. */
export async function webhookReceiver(t: Pick<TestContext, 'after'>) {
  const arrivals: Arrival[] = [];
  const secrets = new Map<string, string>();
  const receiver = {
    arrivals,
    behaviour: accept,
    url: '',
    /** Signatures of requests to a path are checked from now on. */
    expect: (path: string, secret: string) => secrets.set(path, secret),
    /** Those that the receiver took, by order. */
    taken(path?: string): Map<string, Arrival[]> {
      const taken = arrivals.filter(
        (each) => each.status < 300 && (path === undefined || each.path === path),
      );
      return Map.groupBy(taken, ({ orderNumber }) => orderNumber);
    },
  };
  const { port } = await httpsServer(t, async (request, response) => {
    const body = (await buffer(request).catch(() => Buffer.alloc(0))).toString();
    if (body === '') return;
    const path = request.url ?? '';
    const header = (name: string) => String(request.headers[name]);
    const secret = secrets.get(path);
    if (secret !== undefined) new Webhook(secret).verify(body, request.headers as Record<string, string>);
    const { type, data } = JSON.parse(body);
    assert.equal(header('content-type'), 'application/json');
    const arrival: Arrival = {
      path,
      eventID: header('webhook-id'),
      signature: header('webhook-signature'),
      signedSeconds: Number(header('webhook-timestamp')),
      type,
      orderNumber: data.orderNumber,
      version: data.version,
      data,
      status: 999,
    };
    arrivals.push(arrival);
    arrival.status = receiver.behaviour(arrival, response, request);
  });
  receiver.url = `https://127.0.0.1:${port}`;
  return receiver;
}

/** Waits until something is so, for a minute unless it may take longer. */
export async function until(
  check: () => unknown,
  what = 'it did not happen in time',
  limitMs = 60_000,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    if (await check()) return;
    assert.ok(performance.now() < endMs, what);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
