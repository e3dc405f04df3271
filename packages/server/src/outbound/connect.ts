/** Connections to addresses that were checked. */

import { once } from 'node:events';
import { connect as connectTcp, isIP, isIPv4, type LookupFunction, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { errorMessage } from '../operator-error.ts';
import { OutboundError } from './outbound-error.ts';
import { type OutboundProxy, openTunnel } from './proxy-tunnel.ts';

/** How long one of several addresses may take before the next is tried, in milliseconds. */
const ATTEMPT_TIMEOUT_MS = 1000;
/** To how many addresses tunnels are tried. */
const TUNNEL_ATTEMPTS = 4;

/** Where a connection goes. */
export interface Destination {
  /** The name, or the address, that the certificate must be for. */
  readonly host: string;
  readonly port: number;
  /** The addresses of the host, all of them checked. No others are connected to. */
  readonly addresses: readonly string[];
}

/** How connections are made. */
export interface ConnectOptions {
  readonly secureContext: SecureContext;
  readonly proxy: OutboundProxy | undefined;
}

/**
 * Makes a TLS connection to the first address that accepts one, and verifies certificate and host.
 *
 * @throws {OutboundError} `connection`, `proxy` or `tls`
 * @throws the signal's reason when it is aborted.
 */
export async function connect(
  destination: Destination,
  { secureContext, proxy }: ConnectOptions,
  signal: AbortSignal,
): Promise<TLSSocket> {
  // Networks without IPv6 are more frequent than those without IPv4.
  const addresses = destination.addresses.toSorted((a, b) => Number(isIPv4(b)) - Number(isIPv4(a)));
  const pinned = { ...destination, addresses };
  const socket =
    proxy === undefined
      ? await connectDirectly(pinned, signal)
      : await connectThrough(proxy, pinned, secureContext, signal);
  return await startTls(socket, destination, secureContext, signal);
}

async function connectDirectly({ host, port, addresses }: Destination, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const lookup: LookupFunction = (_host, _options, callback) =>
    callback(
      null,
      addresses.map((address) => ({ address, family: isIP(address) })),
    );
  const socket = connectTcp({
    host,
    port,
    lookup,
    autoSelectFamily: true,
    autoSelectFamilyAttemptTimeout: ATTEMPT_TIMEOUT_MS,
    noDelay: true,
  });
  try {
    await once(socket, 'connect', { signal });
    return socket;
  } catch (error) {
    socket.on('error', () => {}).destroy();
    signal.throwIfAborted();
    throw new OutboundError('connection', `no connection to ${host}, port ${port}: ${reasonOf(error)}`, {
      cause: error,
    });
  }
}

async function connectThrough(
  proxy: OutboundProxy,
  { port, addresses }: Destination,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<Socket> {
  let failure: unknown;
  for (const address of addresses.slice(0, TUNNEL_ATTEMPTS)) {
    try {
      return await openTunnel(proxy, address, port, secureContext, signal);
    } catch (error) {
      if (!(error instanceof OutboundError) || error.code !== 'connection') throw error;
      failure = error;
    }
  }
  throw failure;
}

async function startTls(
  socket: Socket,
  { host, port }: Destination,
  secureContext: SecureContext,
  signal: AbortSignal,
): Promise<TLSSocket> {
  signal.throwIfAborted();
  const secured = connectTls({
    socket,
    host,
    // The extension is for names only (RFC 6066, section 3).
    servername: isIP(host) === 0 ? host : '',
    secureContext,
    ALPNProtocols: ['http/1.1'],
    // Whatever the environment says.
    rejectUnauthorized: true,
  });
  try {
    await once(secured, 'secureConnect', { signal });
    // An idle connection that breaks is no error of anyone's; one in use tells its request.
    secured.on('error', () => {});
    return secured;
  } catch (error) {
    secured.on('error', () => {}).destroy();
    socket.destroy();
    signal.throwIfAborted();
    throw tlsError(`${host}, port ${port}`, error);
  }
}

const UNTRUSTED = 'its certificate is from an unknown issuer, or an intermediate certificate is missing';
const CERTIFICATE_PROBLEMS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  CERT_REVOKED: 'its certificate is revoked',
  INVALID_PURPOSE: 'its certificate is not for servers',
  CERT_UNTRUSTED: UNTRUSTED,
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};

/** Its message has none of the host's own words: a customer sees it. */
function tlsError(where: string, cause: unknown): OutboundError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET)/.test(code)) {
    return new OutboundError('connection', `no connection to ${where}: ${code}`, { cause });
  }
  const problem = CERTIFICATE_PROBLEMS[code] ?? 'host and service agree on no version, cipher or certificate';
  return new OutboundError('tls', `no TLS connection to ${where}: ${problem}`, { cause });
}

/** Each address that was tried has an error of its own; the last is as good as any. */
function reasonOf(error: unknown): string {
  return errorMessage(error instanceof AggregateError ? error.errors.at(-1) : error);
}
