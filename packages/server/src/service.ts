/** The service: the one place where its parts are put together. */

import type { SuggestedOrgDetailsForm } from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import { Login } from './accounts/login.ts';
import { probeHandler } from './api/probe-handler.ts';
import { plainHttpHandler, publicHandler } from './api/public-handler.ts';
import { type StatusEndpointParts, statusEndpoint } from './api/status-endpoint.ts';
import { managementApi } from './management/management-api.ts';
import { openStore } from './store/open-store.ts';
import type { Store } from './store/store.ts';
import { type Endpoint, type Listener, listen } from './transport/listener.ts';
import {
  describeCertificate,
  readTlsPair,
  type TlsFiles,
  type TlsPair,
  watchTlsFiles,
} from './transport/tls-pair.ts';
import { TrustedProxies } from './transport/trusted-proxies.ts';

const WARNING_INTERVAL = 60_000;
const TLS_CHECK_INTERVAL = 2000;

/** A batch may take minutes to come in. */
const MANAGEMENT_REQUEST_TIMEOUT = 600_000;

/** What the service is started with; see `serve --help` for each setting's meaning. */
export interface ServiceSettings {
  readonly database: string;
  /** Every interface when left out. */
  readonly host?: string;
  readonly port: number;
  /** The certificate's files, or the pair itself; without one the port speaks plain HTTP, to a proxy. */
  readonly tls?: TlsFiles | { readonly pair: TlsPair };
  /** Files are looked at for changes every so many milliseconds. */
  readonly tlsCheckInterval?: number;
  readonly httpPort?: number;
  /** Networks in CIDR notation. */
  readonly trustProxy: readonly string[];
  readonly probePort?: number;
  readonly probeHost: string;
  /** Without one there is no management API. */
  readonly managementPort?: number;
  readonly managementHost: string;
  readonly acceptQueryArguments: boolean;
  readonly suggestedOrgDetails: SuggestedOrgDetailsForm;
  /** How long requests in flight may take to finish after {@link Service.stop}, in milliseconds. */
  readonly stopTimeout: number;
}

/** A running service. */
export interface Service {
  readonly port: number;
  readonly httpPort?: number;
  readonly probePort?: number;
  readonly managementPort?: number;
  /** Reads the certificate's files again. */
  reloadTls(): void;
  /** Takes no more requests, finishes those in flight, and closes the database. */
  stop(): Promise<void>;
}

/**
 * Opens the order book and the ports.
 *
 * @throws {OperatorError} when something that was set cannot be had; nothing stays open then.
 */
export async function startService(settings: ServiceSettings, logger: Logger): Promise<Service> {
  const { tls } = settings;
  const files = tls === undefined || 'pair' in tls ? undefined : tls;
  const pair = tls !== undefined && 'pair' in tls ? tls.pair : files && readTlsPair(files);
  const proxies = new TrustedProxies(settings.trustProxy);
  // Brings the schema up to date. What answers questions never writes; only the management API does.
  const writer = await openStore(settings.database, 'write', () =>
    logger.info('made a new, empty order book'),
  );
  if (settings.managementPort === undefined) await writer.close();
  const store = await openStore(settings.database, 'read');
  const management =
    settings.managementPort === undefined
      ? undefined
      : await managementApi({ store: writer, proxies, logger });

  const parts: StatusEndpointParts = {
    statusReader: store.statusReader,
    login: new Login(store.accounts),
    proxies,
    logger,
    suggestedOrgDetails: settings.suggestedOrgDetails,
    acceptQueryArguments: settings.acceptQueryArguments,
    onIgnoredQueryArguments: atMostEvery(WARNING_INTERVAL, () =>
      logger.warn('arguments in the URL were ignored; --accept-query-arguments would accept them'),
    ),
  };
  const handler = publicHandler(statusEndpoint(parts), logger);
  const plainHandler = plainHttpHandler(handler, proxies, logger);
  let isStopping = false;
  const probe = probeHandler(async () => !isStopping && (await answers(store, logger)));

  const { host, port, httpPort, probePort, probeHost, managementPort, managementHost, stopTimeout } =
    settings;
  const onHost = (port: number): Endpoint => ({ port, ...(host !== undefined && { host }) });
  const withTls: Listener[] = [];
  const others: Listener[] = [];
  let probing: Listener | undefined;
  const close = async () => {
    management?.stopWaiting();
    await Promise.all([...withTls, ...others].map((listener) => listener.close(stopTimeout)));
    // Until here the probe port has said that the service is not ready.
    await probing?.close(stopTimeout);
    await store.close();
    if (management !== undefined) {
      await management.close();
      await writer.close();
    }
  };
  try {
    const main = await listen(onHost(port), pair, handler, logger);
    withTls.push(main);
    const plain =
      httpPort === undefined ? undefined : await listen(onHost(httpPort), undefined, plainHandler, logger);
    if (plain !== undefined) others.push(plain);
    const managing =
      management === undefined || managementPort === undefined
        ? undefined
        : await listen(
            { host: managementHost, port: managementPort, requestTimeout: MANAGEMENT_REQUEST_TIMEOUT },
            pair,
            management.handler,
            logger,
          );
    if (managing !== undefined) withTls.push(managing);
    if (probePort !== undefined) {
      probing = await listen({ host: probeHost, port: probePort }, undefined, probe, logger);
    }

    const reloadTls = () => {
      if (files !== undefined) useNewPair(files, withTls, logger);
    };
    const stopWatching =
      files && watchTlsFiles(files, settings.tlsCheckInterval ?? TLS_CHECK_INTERVAL, reloadTls);
    return {
      port: main.port,
      ...(plain !== undefined && { httpPort: plain.port }),
      ...(probing !== undefined && { probePort: probing.port }),
      ...(managing !== undefined && { managementPort: managing.port }),
      reloadTls,
      async stop() {
        isStopping = true;
        stopWatching?.();
        await close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A pair that does not work, because only one of the files is new yet perhaps, leaves the old one in use. */
function useNewPair(files: TlsFiles, listeners: readonly Listener[], logger: Logger): void {
  try {
    const pair = readTlsPair(files);
    for (const listener of listeners) listener.setTlsPair(pair);
    logger.info(describeCertificate(pair), 'the certificate was reloaded');
  } catch (error) {
    const reason = (error as Error).message;
    logger.warn({ reason }, 'the changed certificate cannot be used (yet); the old one stays');
  }
}

async function answers(store: Store, logger: Logger): Promise<boolean> {
  try {
    await store.ping();
    return true;
  } catch (error) {
    logger.error({ err: error }, 'the database does not answer');
    return false;
  }
}

function atMostEvery(interval: number, act: () => void): () => void {
  let last = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - last < interval) return;
    last = now;
    act();
  };
}
