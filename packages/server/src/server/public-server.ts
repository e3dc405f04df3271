/**
 * The public server: the API and the pages for customers. It never writes orders; a machine's every
 * core may run one.
 */

import { availableParallelism } from 'node:os';
import {
  LATEST_REVISION,
  type ServedRevision,
  type SuggestedOrgDetailsForm,
} from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import { AccountRateLimit } from '../accounts/account-rate-limit.ts';
import { Authenticator } from '../accounts/authenticator.ts';
import type { CredentialCache } from '../accounts/credential-cache.ts';
import { HashQueue } from '../accounts/hash-queue.ts';
import { LoginThrottle } from '../accounts/login-throttle.ts';
import { startFailedLoginCounters } from '../accounts/start-failed-login-counters.ts';
import { letRequestsGoFirst } from '../accounts/thread-pool.ts';
import { CONNECTION_COUNTS, type ConnectionCounts, type StopReason } from '../http/connections.ts';
import { type Endpoint, type Listener, listen } from '../http/listener.ts';
import { rebalance } from '../http/rebalance.ts';
import { FORM } from '../http/response.ts';
import { type ServedTls, serveTls, type TlsSettings } from '../http/served-tls.ts';
import type { OnLimit } from '../limits.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import { ChangeWatch } from '../orders/change-watch.ts';
import { LimitedStatusReader } from '../status-api/read-limit.ts';
import { type StatusEndpointParts, statusEndpoint } from '../status-api/status-endpoint.ts';
import { openStore } from '../store/open-store.ts';
import { throttle, WARNING_INTERVAL_MS } from '../throttle.ts';
import type { Checker } from '../web/checker/checker.ts';
import type { CheckerParts } from '../web/checker/layout.ts';
import { OPEN_PAGES, type OpenPageLimits } from '../web/open-pages.ts';
import type { AdminPartSettings } from './admin-parts.ts';
import { customerApiOnDemand } from './customer-api-on-demand.ts';
import { plainHttpHandler, publicHandler } from './public-handler.ts';
import { type ProxySettings, trustedProxies } from './trusted-proxies.ts';
import { upstreamAdminOf } from './upstream-admin.ts';
import { webhookAdminOf } from './webhook-admin.ts';

/** The default limit of status requests that wait for the database at a time. */
const IN_FLIGHT = 1000;

/** Settings of the public server. They can be sent to another process. */
export interface PublicServerSettings extends TlsSettings, ProxySettings, AdminPartSettings {
  readonly database: string;
  /** Every interface when left out. */
  readonly host?: string;
  readonly port: number;
  readonly httpPort?: number;
  /** Where clients reach the pages, `https://orders.example`; otherwise at each request's host. */
  readonly publicUrl?: string;
  /** Whether connections of trusted proxies begin with a PROXY protocol header. */
  readonly proxyProtocol?: boolean;
  readonly acceptQueryArguments: boolean;
  readonly suggestedOrgDetails: SuggestedOrgDetailsForm;
  /** The latest when left out. */
  readonly apiRevision?: ServedRevision;
  /** Whether the order status checker is served beside the API. */
  readonly pages?: boolean;
  /**
   * How many worker processes share the machine; without a number the service runs in one process, as the demo does.
   */
  readonly workers?: number;
  /** How long requests in flight may take to finish after `stop`, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** How long a client may take for a response. */
  readonly responseTimeoutMs?: number | undefined;
  readonly limits?: Partial<PublicLimits>;
}

/** The limits of each process of the public server. */
interface PublicLimits extends ConnectionCounts {
  /** The most requests that wait for the database. */
  readonly inFlight: number;
  /** The most requests a minute of one account; no limit when left out. */
  readonly accountRate?: number;
  /** The most requests of one account that wait for changes. */
  readonly waitsPerAccount?: number | undefined;
  /** Limits of pages with live updates at a time, where they differ from the defaults. */
  readonly openPages?: Partial<OpenPageLimits>;
}

/** The running public server. */
export interface PublicServer {
  readonly port: number;
  readonly httpPort?: number;
  /** Reads the certificate's files again. */
  reloadTls(): void;
  /** Accepts nothing more, serves what was accepted, and closes the database. */
  stop(reason?: StopReason): Promise<void>;
}

/** The public server in one process. */
export interface PublicServerProcess extends PublicServer {
  /** Encrypts session tickets with another secret from now on, which other processes of the same port have too. */
  setTicketKeys(keys: string): void;
}

/**
 * Opens the public ports. The order database must exist, and be up to date.
 *
 * @param metrics where it counts and measures, if it does.
 * @param verified where verified logins are remembered.
 * @throws {OperatorError} when something that was set cannot be had; nothing stays open then.
 */
export async function startPublicServer(
  settings: PublicServerSettings,
  logger: Logger,
  metrics?: ServiceMetrics,
  verified?: CredentialCache,
): Promise<PublicServerProcess> {
  const { host, port, httpPort, stopTimeoutMs, workers = 1 } = settings;
  const limits = { ...CONNECTION_COUNTS, inFlight: IN_FLIGHT, ...settings.limits };
  const tls: ServedTls = serveTls(settings, logger);
  const proxies = trustedProxies(settings, logger, settings.publicUrl);
  await letRequestsGoFirst();
  const store = await openStore(settings.database, 'read');
  const onLimit: OnLimit = (limit) => metrics?.limitReached(limit);
  const hashes = new HashQueue({
    concurrency: Math.ceil(availableParallelism() / workers),
    onTurnedAway: () => onLimit('hashes'),
  });
  // What answers the API reads on connections that cannot write; failed logins, sessions and links are written on
  // others.
  const writing = await openStore(settings.database, 'write');
  const failedLogins = await startFailedLoginCounters(writing.failedLogins, logger);
  metrics?.watchPool(store.pool);
  const loginThrottle = new LoginThrottle(failedLogins, onLimit);
  const login = new Authenticator(
    store.accounts,
    hashes,
    loginThrottle,
    (...outcome) => metrics?.loggedIn(...outcome),
    verified,
  );
  const accountRateLimit =
    limits.accountRate === undefined ? undefined : new AccountRateLimit(limits.accountRate);
  const watch = new ChangeWatch(writing.history);
  const parts: StatusEndpointParts = {
    statusReader: new LimitedStatusReader(
      store.statusReader,
      limits.inFlight,
      metrics && ((seconds) => metrics.read(seconds)),
    ),
    accountRateLimit,
    login,
    onResponse: metrics && ((errorCode, seconds) => metrics.countResponse(errorCode, seconds)),
    onLimit,
    proxies,
    logger,
    suggestedOrgDetails: settings.suggestedOrgDetails,
    apiRevision: settings.apiRevision ?? LATEST_REVISION,
    acceptQueryArguments: settings.acceptQueryArguments,
    onIgnoredQueryArguments: throttle(WARNING_INTERVAL_MS, () =>
      logger.warn('arguments in the URL were ignored; --accept-query-arguments would accept them'),
    ),
    onUnreadBody: throttle(WARNING_INTERVAL_MS, (type: string) =>
      logger.warn({ type }, `a body was not read: it must be ${FORM}, and not compressed`),
    ),
  };
  const pages = settings.pages
    ? await openPages({
        store: writing,
        webhooks: webhookAdminOf(settings, writing, onLimit),
        followedOrders: upstreamAdminOf(settings, writing, onLimit).orders,
        login,
        hashes,
        proxies,
        logger,
        onLimit,
        watch,
        openPages: { ...OPEN_PAGES, ...limits.openPages },
      })
    : undefined;
  const customers = customerApiOnDemand({
    accounts: store.accounts,
    accountTokens: { find: store.accountTokens.find, use: writing.accountTokens.use },
    history: store.history,
    cursorSecret: await writing.failedLogins.key(),
    login,
    loginThrottle,
    accountRateLimit,
    watch,
    waitsPerAccount: limits.waitsPerAccount,
    proxies,
    logger,
    onLimit,
    metrics,
  });
  const handler = publicHandler(statusEndpoint(parts), customers.handler, logger, pages?.handler);
  const onHost = (port: number): Endpoint => ({
    port,
    host,
    responseTimeoutMs: settings.responseTimeoutMs,
    proxied: settings.proxyProtocol ? { isProxy: (address) => proxies.has(address) } : undefined,
    connections: {
      ...limits,
      isShared: (address) => proxies.has(address),
      onLimit:
        metrics &&
        ((limit) => {
          metrics.refusedConnection();
          metrics.limitReached(limit);
        }),
    },
  });
  const listeners: Listener[] = [];
  const stopRebalancing = workers > 1 ? rebalance(listeners) : undefined;
  const stop = async (reason?: StopReason) => {
    stopRebalancing?.();
    tls.stop();
    pages?.stopWaiting();
    customers.stopWaiting();
    watch.stop();
    await Promise.all(listeners.map((listener) => listener.close(stopTimeoutMs, reason)));
    await pages?.close();
    await customers.close();
    await failedLogins.stop();
    await writing.close();
    await store.close();
  };
  try {
    const main = await listen(onHost(port), tls.options, handler, logger);
    tls.serveOn(main);
    listeners.push(main);
    let plain: Listener | undefined;
    if (httpPort !== undefined) {
      plain = await listen(onHost(httpPort), undefined, plainHttpHandler(handler, proxies, logger), logger);
      listeners.push(plain);
    }
    metrics?.watchConnections(() => listeners.reduce((sum, { connections }) => sum + connections(), 0));
    return {
      port: main.port,
      httpPort: plain?.port,
      reloadTls: tls.reload,
      setTicketKeys: tls.setTicketKeys,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function openPages(parts: CheckerParts): Promise<Checker> {
  // Loaded when it is needed, as it is large.
  const { checker } = await import('../web/checker/checker.ts');
  return checker(parts);
}
