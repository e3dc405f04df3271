/**
 * The admin server: the management API and the console, which write, and the probes.
 */

import type { Logger } from 'pino';
import { LoginThrottle } from '../accounts/login-throttle.ts';
import { OperatorLoginLog } from '../accounts/operator-login-log.ts';
import { startFailedLoginCounters } from '../accounts/start-failed-login-counters.ts';
import { TokenLogin } from '../accounts/token-login.ts';
import { CONNECTION_COUNTS, type ConnectionLimits } from '../http/connections.ts';
import { type Listener, listen } from '../http/listener.ts';
import { normalTarget } from '../http/request-target.ts';
import { serveTls, type TlsSettings } from '../http/served-tls.ts';
import type { OnLimit } from '../limits.ts';
import { RegularPruning } from '../maintenance/regular-pruning.ts';
import type { ManagementApi, ManagementParts } from '../management-api/management-api.ts';
import type { Snapshot } from '../metrics/exposition.ts';
import { probeHandler } from '../metrics/probe-handler.ts';
import type { ServiceMetrics } from '../metrics/service-metrics.ts';
import { shared } from '../shared-work.ts';
import { openStore } from '../store/open-store.ts';
import { StoreUnavailable } from '../store/store.ts';
import type { AdminPartSettings } from './admin-parts.ts';
import { CertificateWatch } from './certificate-watch.ts';
import { warnOfSecrets } from './secret-warning.ts';
import { type ProxySettings, trustedProxies } from './trusted-proxies.ts';
import { upstreamAdminOf } from './upstream-admin.ts';
import { webhookAdminOf } from './webhook-admin.ts';

/** A batch may take minutes to come in. */
const MANAGEMENT_REQUEST_TIMEOUT_MS = 600_000;
/** How long a readiness probe waits for the database. */
const PING_TIMEOUT_MS = 2000;

/** Settings of the admin server. */
export interface AdminServerSettings extends TlsSettings, ProxySettings, AdminPartSettings {
  readonly database: string;
  readonly probePort?: number;
  readonly probeHost: string;
  /** Without one there is no management API. */
  readonly managementPort?: number;
  readonly managementHost: string;
  /** How long requests in flight may take to finish after `stop`, in milliseconds. */
  readonly stopTimeoutMs: number;
  /** How long a client may take for a response. */
  readonly responseTimeoutMs?: number | undefined;
  /** How long records of logins, and share links that have ended, are kept, in milliseconds; 90 days when left out. */
  readonly auditRetentionMs?: number | undefined;
}

/** The running admin server. */
export interface AdminServer {
  readonly probePort?: number;
  readonly managementPort?: number;
  /** Reads the certificate's files again. */
  reloadTls(): void;
  /** From now on the service says that it is not ready. */
  startStopping(): void;
  /** Graceful shutdown: accepts no more requests, completes those in flight, and closes the database. */
  stop(): Promise<void>;
}

/** What the admin server knows of the public server. */
export interface PublicServerState {
  /** Whether requests are accepted. */
  isServing(): boolean;
  /** The metrics of this process, if they are collected. */
  readonly metrics?: ServiceMetrics;
  /** What all processes have counted and measured. */
  figures?(): Promise<readonly Snapshot[]>;
}

/**
 * Brings the order database up to date (or makes a new one) and opens the operator's ports.
 *
 * @throws {OperatorError} when something that was set cannot be had; nothing stays open then.
 */
export async function startAdminServer(
  settings: AdminServerSettings,
  logger: Logger,
  { isServing, metrics, figures }: PublicServerState,
): Promise<AdminServer> {
  const { managementHost, managementPort, probeHost, probePort, responseTimeoutMs, stopTimeoutMs } = settings;
  const certificate = new CertificateWatch(logger, metrics);
  const tls = serveTls(settings, logger, (pair) => certificate.use(pair));
  // Brings the schema up to date. The processes that serve status requests never write; only the management API does.
  const store = await openStore(settings.database, 'write', () =>
    logger.info('made a new, empty order database'),
  );
  if (settings.secretKeys !== undefined) {
    await warnOfSecrets(store.secretRows, settings.secretKeys, logger);
  }
  let isStopping = false;
  const isDatabaseResponding = shared(async () => {
    const { promise: late, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new StoreUnavailable(`it has not answered within ${PING_TIMEOUT_MS} ms`)),
      PING_TIMEOUT_MS,
    );
    try {
      await Promise.race([store.ping(), late]);
      return true;
    } catch (error) {
      logger.error({ err: error }, 'the database does not answer');
      return false;
    } finally {
      clearTimeout(timer);
    }
  });
  const probe = probeHandler(async () => !isStopping && isServing() && isDatabaseResponding(), figures);
  const proxies = trustedProxies(settings, logger);
  const onLimit: OnLimit = (limit) => metrics?.limitReached(limit);
  const management =
    managementPort === undefined
      ? undefined
      : await openManagement({
          store,
          webhooks: webhookAdminOf(settings, store, onLimit),
          upstreams: upstreamAdminOf(settings, store, onLimit),
          proxies,
          logger,
          metrics,
        });
  const connections: ConnectionLimits = {
    ...CONNECTION_COUNTS,
    isShared: (address) => proxies.has(address),
    onLimit,
  };
  const pruning = new RegularPruning(store.pruning, logger, {
    retentionMs: settings.auditRetentionMs,
    onPruned: (kind, count) => metrics?.pruned(kind, count),
  });
  let managing: Listener | undefined;
  let probing: Listener | undefined;
  const stop = async () => {
    tls.stop();
    certificate.stop();
    management?.stopWaiting();
    await managing?.close(stopTimeoutMs);
    // Until here the probe port reports that the service is not ready.
    await probing?.close(stopTimeoutMs);
    await management?.close();
    await pruning.stop();
    await store.close();
  };
  try {
    if (management !== undefined && managementPort !== undefined) {
      const endpoint = {
        host: managementHost,
        port: managementPort,
        requestTimeout: MANAGEMENT_REQUEST_TIMEOUT_MS,
        responseTimeoutMs,
        connections,
      };
      managing = await listen(endpoint, tls.options, management.handler, logger);
      tls.serveOn(managing);
    }
    if (probePort !== undefined) {
      probing = await listen(
        { host: probeHost, port: probePort, responseTimeoutMs, connections },
        undefined,
        probe,
        logger,
      );
    }
    pruning.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    probePort: probing?.port,
    managementPort: managing?.port,
    reloadTls: tls.reload,
    startStopping() {
      isStopping = true;
    },
    stop,
  };
}

/** What the management port serves: the API, and the console beside it. */
async function openManagement(
  parts: Omit<ManagementParts, 'tokenLogin'>,
): Promise<Pick<ManagementApi, 'handler' | 'stopWaiting' | 'close'>> {
  // Loaded when they are needed, as they are large.
  const [{ managementApi }, { isForConsole, operatorConsole }] = await Promise.all([
    import('../management-api/management-api.ts'),
    import('../web/console/console.ts'),
  ]);
  const { store, logger, metrics } = parts;
  const log = new OperatorLoginLog(store.operatorLogins, (error) =>
    logger.error({ err: error }, 'who came with which token was not recorded; it is tried again'),
  );
  const failedLogins = await startFailedLoginCounters(store.failedLogins, logger);
  const onLimit: OnLimit = (limit) => metrics?.limitReached(limit);
  const throttle = new LoginThrottle(failedLogins, onLimit);
  const tokenLogin = new TokenLogin(store.tokens, throttle, log);
  const api = await managementApi({ ...parts, tokenLogin });
  const console = await operatorConsole({ ...parts, tokenLogin, onLimit, onChange: api.onChange });
  return {
    handler(request, response) {
      request.url = normalTarget(request.url ?? '');
      (isForConsole(request.url) ? console : api).handler(request, response);
    },
    stopWaiting: api.stopWaiting,
    async close() {
      await api.close();
      await console.close();
      await failedLogins.stop();
      await log.stop();
    },
  };
}
