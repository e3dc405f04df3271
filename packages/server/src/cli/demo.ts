/** `demo`: a server to try, gone when it ends. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { print, table } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { hashPassword } from '../accounts/password-hash.ts';
import { digestOfSecret } from '../accounts/secret.ts';
import { newToken } from '../accounts/token-admin.ts';
import type { SettingKey } from '../config.ts';
import { type ChangeRequest, putOrder } from '../orders/change-request.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import type { KeySource } from '../secrets/key-ring.ts';
import type { Service } from '../server/service.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { WEBHOOK_RATE } from '../webhooks/request-rate.ts';
import { commandLineAuthor } from './command-line-author.ts';
import { DEMO_ACCOUNT, DEMO_ORDERS, DEMO_UPSTREAM, FURTHER_ORDER, WATCHED_ORDER } from './demo-orders.ts';
import type { DemoUpstream } from './demo-upstream.ts';
import { addDemoEndpoints, DEMO_CHANGE, type DemoReceiver, startDemoReceiver } from './demo-webhooks.ts';
import { addSettings, settingsOf } from './setting-options.ts';
import { untilStopped } from './until-stopped.ts';

const KEYS = [
  'host',
  'port',
  'managementPort',
  'suggestedOrgDetails',
  'apiRevision',
] as const satisfies SettingKey[];

const DEMO_PASSWORD = 'demo-password';
const LOOPBACK = '127.0.0.1';
/** Where an operator's endpoints may lead beside public addresses. */
const THIS_MACHINE = '127.0.0.0/8';
/** A free port by default. */
const MANAGEMENT_PORT = 0;

/** Makes the command. */
export function demoCommand(): Command {
  const command = new Command('demo')
    .description('a server to try: self-signed, on this machine only, with orders in every state')
    .action(async (_options: unknown, self: Command) => {
      const { host = LOOPBACK, port, managementPort = MANAGEMENT_PORT, ...more } = settingsOf(self, KEYS);
      // Loaded when they are needed, as they are large.
      const [
        { startService },
        { followDemoUpstream, startDemoUpstream },
        { serviceLog },
        { selfSignedPair },
      ] = await Promise.all([
        import('../server/service.ts'),
        import('./demo-upstream.ts'),
        import('./service-log.ts'),
        import('../http/self-signed.ts'),
      ]);
      const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-demo-'));
      const removeFolder = () => rmSync(folder, { recursive: true, force: true });
      // Impatience, a second signal, ends the process without coming by the end of this function.
      process.once('exit', removeFolder);
      // The banner is for people and goes to standard output; the log of requests to standard error.
      const { logger, close: closeLog } = serviceLog(2);
      let receiver: DemoReceiver | undefined;
      let upstream: DemoUpstream | undefined;
      try {
        const database = `sqlite:${join(folder, 'orders.db')}`;
        const token = newToken();
        const secretKeys = { kind: 'file', path: join(folder, 'secret-keys'), isMade: true } as const;
        const pair = await selfSignedPair(host);
        const certificate = join(folder, 'certificate.pem');
        writeFileSync(certificate, pair.cert);
        receiver = await startDemoReceiver(pair);
        const store = await openStore(database, 'write');
        try {
          await fillDemoDatabase(store, token, secretKeys, receiver);
          upstream = await startDemoUpstream(folder, await selfSignedPair(), logger);
          await followDemoUpstream(store, secretKeys, upstream);
        } finally {
          await store.close();
        }
        const service = await startService(
          {
            database,
            host,
            port,
            ...more,
            managementPort,
            pages: true,
            expiry: true,
            tls: { pair },
            trustProxy: [],
            probeHost: LOOPBACK,
            managementHost: LOOPBACK,
            acceptQueryArguments: false,
            secretKeys,
            webhooks: { ratePerSecond: WEBHOOK_RATE },
            upstreams: true,
            outbound: { caFile: certificate, allowNetworks: [THIS_MACHINE] },
            stopTimeoutMs: 1000,
          },
          logger,
        );
        await untilStopped(service, logger, () => print(banner(host, service, token, certificate)));
      } finally {
        receiver?.stop();
        await upstream?.stop();
        removeFolder();
        await closeLog();
      }
    });
  return addSettings(command, KEYS);
}

async function fillDemoDatabase(
  store: Store,
  token: string,
  secretKeys: KeySource,
  receiver: DemoReceiver,
): Promise<void> {
  await store.accounts.add(DEMO_ACCOUNT, await hashPassword(DEMO_PASSWORD));
  await store.tokens.add({ name: DEMO_ACCOUNT, scope: 'admin', digest: digestOfSecret(token) });
  await change(
    store,
    DEMO_ORDERS.map(({ record }) => putOrder(record)),
  );
  // Endpoints are told of what changes after they were added.
  await addDemoEndpoints(store, secretKeys, receiver);
  await change(store, [DEMO_CHANGE]);
}

async function change(store: Store, requests: readonly ChangeRequest[]): Promise<void> {
  for (const outcome of await store.orders.change(requests, commandLineAuthor())) {
    if (outcome.kind === 'refused') throw new Error(describeRefusal(outcome.refusal));
  }
}

function banner(host: string, { port, managementPort }: Service, token: string, certificate: string): string {
  const shownHost = host.includes(':') ? `[${host}]` : host;
  const curl = (scheme: 'https' | 'http', query: string) =>
    `  curl --insecure --data 'loginName=${DEMO_ACCOUNT}&loginPassword=${DEMO_PASSWORD}&${query}' \\\n` +
    `    '${scheme}://${shownHost}:${port}/products/!GetDetailedOrderStatus'`;
  const rows = DEMO_ORDERS.map(({ record, shows }) => [record.orderNumber, record.orderStatus, shows]);
  return `The demo listens on https://${shownHost}:${port} (self-signed; everything is gone when it ends: Ctrl+C).

To look at:
  https://${shownHost}:${port}/          sign in as '${DEMO_ACCOUNT}', password '${DEMO_PASSWORD}'
  https://${shownHost}:${port}/notifications   webhook endpoints and their delivery logs: one endpoint works, one fails
  https://${LOOPBACK}:${managementPort}/console   sign in with the token '${token}'

An order that is followed at an upstream, a second service that is asked every minute: leave the
page open, and its checks go on by themselves, for the first time in about a minute:
  https://${shownHost}:${port}/orders/${WATCHED_ORDER}
  https://${LOOPBACK}:${managementPort}/console/upstreams/${DEMO_UPSTREAM}   the upstream, and what is followed there
Its order ${FURTHER_ORDER} is not followed yet: "Follow further orders" on the first page.

Is order 7250001 done, and if not, what does it wait for?
${curl('https', 'orderNumber=7250001&queryType=1')}

An order with the two that replace it:
${curl('https', 'orderNumber=7250008&queryType=2')}

One certificate:
${curl('https', 'certificateID=9999999999999999&queryType=0')}

Not over https, which is answered with error -1:
${curl('http', 'orderNumber=7250001&queryType=1')}

The same for people, and for programs made with @cert-order-status/client, in a terminal with these settings:
  export CERT_ORDER_STATUS_BASE_URL='https://${shownHost}:${port}'
  export CERT_ORDER_STATUS_LOGIN_NAME='${DEMO_ACCOUNT}'
  export CERT_ORDER_STATUS_LOGIN_PASSWORD='${DEMO_PASSWORD}'
  export NODE_EXTRA_CA_CERTS='${certificate}'
  npx order-status status 7250001
  npx order-status watch 7250001 --interval 1s

Report that order 7250001 is issued, and ask again (the management API describes itself at /openapi.json):
  curl --insecure --request PATCH --header 'Authorization: Bearer ${token}' \\
    --header 'Content-Type: application/json' --data '{"certificateStatus":"Issued","serialNumber":"0A","dcvStatus":"completed","caaStatus":"completed"}' \\
    'https://${LOOPBACK}:${managementPort}/v1/orders/7250001/certificates/5550001'

${table([['ORDER', 'STATUS', 'SHOWS'], ...rows])}
`;
}
