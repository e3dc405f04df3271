/** The demo's webhook endpoints: one that works and one that fails, and the receiver that they lead to. */

import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TlsPair } from '../http/tls-pair.ts';
import { type ChangeRequest, patchOrder } from '../orders/change-request.ts';
import { KeyRing, type KeySource } from '../secrets/key-ring.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../store/store.ts';
import { WebhookAdmin } from '../webhooks/webhook-admin.ts';
import { DEMO_ACCOUNT } from './demo-orders.ts';

const RECEIVER_HOST = '127.0.0.1';

/** What the receiver responds with on each path, and the description of the endpoint that leads there. */
const ENDPOINTS = [
  { path: '/working', status: 204, description: 'Works: its receiver takes every event' },
  { path: '/failing', status: 500, description: 'Fails: its receiver responds 500 to every event' },
] as const;

/** A receiver of webhooks. */
export interface DemoReceiver {
  /** https, with the port, without a path. */
  readonly origin: string;
  /** Stops it at once, also while it receives. */
  stop(): void;
}

/** Starts a receiver on a free port of this machine. It does not check signatures. */
export async function startDemoReceiver(pair: TlsPair): Promise<DemoReceiver> {
  const server = createServer(pair, (request, response) => {
    const endpoint = ENDPOINTS.find(({ path }) => path === request.url);
    request.resume();
    request.once('end', () => response.writeHead(endpoint?.status ?? 404).end());
  });
  await once(server.listen(0, RECEIVER_HOST), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    origin: `https://${RECEIVER_HOST}:${port}`,
    stop() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Adds the endpoints, as an operator: they lead to this machine. */
export async function addDemoEndpoints(
  store: Store,
  secretKeys: KeySource,
  receiver: DemoReceiver,
): Promise<void> {
  const secrets = new Secrets(store.secretRows, new KeyRing(secretKeys));
  const admin = new WebhookAdmin({ store, secrets });
  for (const { path, description } of ENDPOINTS) {
    await admin.add(DEMO_ACCOUNT, { url: receiver.origin + path, description }, 'operator');
  }
}

/** A change that the endpoints are told of: the domain control validation of order 7250010 begins. */
export const DEMO_CHANGE: ChangeRequest = patchOrder('7250010', {
  certificates: new Map([['5550013', { dcvStatus: 'in-progress' }]]),
});
