/** `serve`: the service, for real. */

import { availableParallelism } from 'node:os';
import { Command } from 'commander';
import type { SettingKey, SettingValues } from '../config.ts';
import { WrongUsage } from '../operator-error.ts';
import type { ServiceSettings } from '../server/service.ts';
import { shownDatabase } from '../store/open-store.ts';
import { DATABASE_MISSING } from './database-option.ts';
import { keySourceOf } from './secret-key-option.ts';
import { addSettings, settingsOf } from './setting-options.ts';
import { untilStopped } from './until-stopped.ts';

const KEYS = [
  'database',
  'secretKeyFile',
  'host',
  'port',
  'tlsCert',
  'tlsKey',
  'selfSigned',
  'httpPort',
  'trustProxy',
  'proxyProtocol',
  'forwardedHeaders',
  'trustForwardedHost',
  'publicUrl',
  'probePort',
  'probeHost',
  'managementPort',
  'managementHost',
  'noPages',
  'noExpiry',
  'noUpstreams',
  'outboundCa',
  'outboundProxy',
  'outboundProxyCredentials',
  'outboundAllow',
  'webhookRate',
  'acceptQueryArguments',
  'suggestedOrgDetails',
  'apiRevision',
  'workers',
  'maxConnections',
  'maxConnectionsPerAddress',
  'maxInFlight',
  'accountRate',
  'auditRetention',
  'responseTimeout',
  'maxWaitsPerAccount',
  'maxOpenPages',
  'maxOpenPagesPerAccount',
  'maxOpenPagesPerLink',
  'maxOpenPagesPerAddress',
  'stopTimeout',
] as const satisfies SettingKey[];

const DAY_MS = 24 * 60 * 60_000;

type Values = SettingValues<(typeof KEYS)[number]>;

const DETAILS = `
Systems report orders and changes through the management API (--management-port);
'cert-order-status token create' makes its tokens. Without a certificate the service
starts only behind a proxy that has one (--trust-proxy); --port then speaks plain
http. The log goes to standard output, one JSON object a line. SIGTERM and SIGINT stop
the service once the requests in progress are completed. SIGHUP reloads the
certificate and renews the workers one by one.`;

/** Makes the command. */
export function serveCommand(): Command {
  const command = new Command('serve')
    .description('serve the GetDetailedOrderStatus API from an order database')
    .action(async (_options: unknown, self: Command) => {
      const settings = await serviceSettings(settingsOf(self, KEYS, problemsOf));
      // Loaded when it is needed, as it is large: the other commands start in half the time without it.
      const [{ startService }, { serviceLog }] = await Promise.all([
        import('../server/service.ts'),
        import('./service-log.ts'),
      ]);
      const log = serviceLog(1);
      const { logger } = log;
      try {
        const service = await startService(settings, logger, log.droppedLines);
        const { port, httpPort, probePort, managementPort } = service;
        const database = shownDatabase(settings.database);
        await untilStopped(service, logger, () =>
          logger.info({ port, httpPort, probePort, managementPort, database }, 'listening'),
        );
      } finally {
        await log.close();
      }
    });
  return addSettings(command, KEYS).addHelpText('after', DETAILS);
}

async function serviceSettings(values: Values): Promise<ServiceSettings> {
  const { database, host } = values;
  if (database === undefined) throw new WrongUsage([DATABASE_MISSING]);
  return {
    database,
    secretKeys: keySourceOf(database, values.secretKeyFile),
    host,
    port: values.port,
    httpPort: values.httpPort,
    tls: await tlsOf(values),
    trustProxy: values.trustProxy,
    proxyProtocol: values.proxyProtocol,
    forwardedHeaders: values.forwardedHeaders,
    trustForwardedHost: values.trustForwardedHost,
    publicUrl: values.publicUrl,
    probePort: values.probePort,
    probeHost: values.probeHost,
    managementPort: values.managementPort,
    managementHost: values.managementHost,
    pages: !values.noPages,
    expiry: !values.noExpiry,
    webhooks: values.webhookRate === 0 ? undefined : { ratePerSecond: values.webhookRate },
    upstreams: !values.noUpstreams,
    outbound: {
      caFile: values.outboundCa,
      proxyUrl: values.outboundProxy,
      proxyCredentialsFile: values.outboundProxyCredentials,
      allowNetworks: values.outboundAllow,
      publicUrl: values.publicUrl,
    },
    acceptQueryArguments: values.acceptQueryArguments,
    suggestedOrgDetails: values.suggestedOrgDetails,
    apiRevision: values.apiRevision,
    workers: values.workers ?? availableParallelism(),
    limits: {
      inAll: values.maxConnections,
      perAddress: values.maxConnectionsPerAddress,
      inFlight: values.maxInFlight,
      accountRate: values.accountRate,
      waitsPerAccount: values.maxWaitsPerAccount,
      openPages: {
        inAll: values.maxOpenPages,
        perAccount: values.maxOpenPagesPerAccount,
        perLink: values.maxOpenPagesPerLink,
        perAddress: values.maxOpenPagesPerAddress,
      },
    },
    auditRetentionMs: values.auditRetention * DAY_MS,
    responseTimeoutMs: values.responseTimeout * 1000,
    stopTimeoutMs: values.stopTimeout * 1000,
  };
}

async function tlsOf({ host, tlsCert, tlsKey, selfSigned }: Values): Promise<ServiceSettings['tls']> {
  if (selfSigned) return { pair: await makeSelfSigned(host) };
  return tlsCert !== undefined && tlsKey !== undefined ? { cert: tlsCert, key: tlsKey } : undefined;
}

function* problemsOf(values: Partial<Values>, given: ReadonlySet<SettingKey>): Iterable<string> {
  const { tlsCert, tlsKey, selfSigned, trustProxy, trustForwardedHost, proxyProtocol } = values;
  if (!given.has('database')) yield DATABASE_MISSING;
  if (tlsCert !== undefined && tlsKey === undefined)
    yield '--tls-key is missing: --tls-cert needs its private key';
  if (tlsKey !== undefined && tlsCert === undefined)
    yield '--tls-cert is missing: --tls-key needs its certificate';
  if (trustForwardedHost && trustProxy?.length === 0)
    yield '--trust-proxy is missing: --trust-forwarded-host needs the networks of the proxies';
  if (proxyProtocol && trustProxy?.length === 0)
    yield '--trust-proxy is missing: --proxy-protocol needs the networks of the proxies that send the headers';
  if (values.outboundProxyCredentials !== undefined && !given.has('outboundProxy'))
    yield '--outbound-proxy is missing: --outbound-proxy-credentials needs the proxy that they are for';
  const hasFiles = tlsCert !== undefined || tlsKey !== undefined;
  if (selfSigned && hasFiles) yield '--self-signed and --tls-cert exclude each other: leave one out';
  if (selfSigned === false && !hasFiles && trustProxy?.length === 0) {
    yield 'there is no certificate: give --tls-cert and --tls-key, or --self-signed to try things out, or --trust-proxy if a proxy has it';
  }
}

/** Only loaded when it is wanted: it is the largest of the dependencies. */
async function makeSelfSigned(host: string | undefined) {
  const { selfSignedPair } = await import('../http/self-signed.ts');
  return selfSignedPair(host ?? '');
}
