/** Requests to addresses that others chose: resolved here, checked, and sent over connections to what was checked. */

import { isIP } from 'node:net';
import { createSecureContext, getCACertificates, type TLSSocket } from 'node:tls';
import type { OnLimit } from '../limits.ts';
import { Slots } from '../slots.ts';
import { AddressPolicy, type AddressPolicySettings } from './address-policy.ts';
import { type ConnectOptions, connect } from './connect.ts';
import { exchange, type OutboundResponse, StaleConnection } from './exchange.ts';
import { IDLE_PER_HOST, type IdleLimits, OutboundAgent } from './outbound-agent.ts';
import { OutboundError, shortageOf } from './outbound-error.ts';
import { anySignal, timedOut, timeoutAfter } from './outbound-timeout.ts';
import { type OutboundUrl, parseOutboundUrl } from './outbound-url.ts';
import type { OutboundProxy } from './proxy-tunnel.ts';
import { dnsResolver, type ResolveName, systemResolver } from './resolve-name.ts';

/** The limits, where the options and requests do not say otherwise. */
export const OUTBOUND_LIMITS = {
  /** From the call to the last byte of the response, in milliseconds. */
  timeoutMs: 15_000,
  /** Of these, to resolve the name, connect and shake hands. */
  connectTimeoutMs: 10_000,
  /** Of a response's body. */
  responseLimitBytes: 1024 * 1024,
  /** Requests under way, those that wait for their turn included. */
  inAll: 512,
  /** Requests under way to one host and port; further ones wait. */
  perHost: 32,
} as const;

/** What the client depends on. */
export interface OutboundOptions extends AddressPolicySettings {
  /** Certificates, in PEM, of roots that are trusted beside Node's own. */
  readonly roots?: readonly string[] | undefined;
  /** The proxy that every request goes through; settings of the environment are ignored. */
  readonly proxy?: OutboundProxy | undefined;
  /** Where this service is reached, as `https://orders.example`: no request goes there. */
  readonly publicUrl?: string | undefined;
  /** How the names in URLs of customers are resolved: with DNS alone, unless given. */
  readonly resolveName?: ResolveName;
  /** How the names in URLs of the operator are resolved: as the system does, unless given. */
  readonly resolveOperatorsName?: ResolveName;
  readonly limits?: Partial<Record<keyof typeof OUTBOUND_LIMITS, number>>;
  readonly idle?: Partial<IdleLimits>;
  readonly onLimit?: OnLimit | undefined;
}

/** One request. */
export interface OutboundRequest {
  readonly url: string;
  /** Whether the operator gave the URL, which then may lead to the allowed networks. Never for a customer's. */
  readonly isOperators: boolean;
  /** `GET` unless given. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The limit may be lower than usual. */
  readonly timeoutMs?: number;
  readonly responseLimitBytes?: number;
  /** Whether a response with a longer body is cut off, and no error. */
  readonly cutsResponse?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Sends https requests to addresses that customers or the operator chose. It follows no redirects and decompresses
 * nothing.
 */
export class OutboundClient {
  readonly #options: OutboundOptions;
  readonly #limits: Readonly<Record<keyof typeof OUTBOUND_LIMITS, number>>;
  readonly #policy: AddressPolicy;
  readonly #connectOptions: ConnectOptions;
  /** Two, as a connection to an allowed network is not for customers. */
  readonly #customersAgent: OutboundAgent;
  readonly #operatorsAgent: OutboundAgent;
  /** By host and port, those with requests under way. */
  readonly #hosts = new Map<string, { readonly slots: Slots; requests: number }>();
  readonly #closing = new AbortController();
  #requests = 0;

  constructor(options: OutboundOptions = {}) {
    this.#options = options;
    this.#limits = { ...OUTBOUND_LIMITS, ...options.limits };
    this.#policy = new AddressPolicy(options);
    const { roots = [], proxy, idle } = options;
    const ca = roots.length === 0 ? undefined : [...getCACertificates('default'), ...roots];
    this.#connectOptions = { proxy, secureContext: createSecureContext({ ca, minVersion: 'TLSv1.2' }) };
    const agent = (isOperators: boolean) =>
      new OutboundAgent((host, port, signal) => this.#connect({ host, port, isOperators }, signal), idle);
    this.#customersAgent = agent(false);
    this.#operatorsAgent = agent(true);
  }

  /**
   * Checks a URL as a request to it would be checked now. The name may lead elsewhere later, so that each new
   * connection is checked again.
   *
   * @returns the URL in its normal spelling.
   * @throws {OutboundError} `url`, `name-not-resolved`, `address-not-allowed`, `own-listener` or `timeout`
   */
  async checkUrl(
    url: string,
    { isOperators, signal }: Pick<OutboundRequest, 'isOperators' | 'signal'>,
  ): Promise<string> {
    const parsed = this.#parse(url);
    await this.#withinConnectTimeout(parsed.host, signal, (either) =>
      this.#checkedAddresses({ ...parsed, isOperators }, either),
    );
    return parsed.href;
  }

  /**
   * Sends a request. It may arrive twice: when the connection of an earlier request turns out to be closed, it is sent
   * again on another.
   *
   * @throws {OutboundError} with a code for each way to fail, and a message for customers.
   * @throws the signal's reason when it is aborted.
   */
  async request(request: OutboundRequest): Promise<OutboundResponse> {
    const url = this.#parse(request.url);
    if (this.#requests >= this.#limits.inAll) throw this.#busy();
    const timeoutMs = Math.min(request.timeoutMs ?? this.#limits.timeoutMs, this.#limits.timeoutMs);
    let hasTurn = false;
    const timeout = timeoutAfter(timeoutMs, () =>
      hasTurn ? timedOut(`no complete response from ${url.host}`, timeoutMs) : this.#busy(),
    );
    const signal = anySignal(timeout.signal, this.#closing.signal, request.signal);
    this.#requests++;
    try {
      return await this.#inTurn(`${url.host}:${url.port}`, signal, () => {
        hasTurn = true;
        return this.#send(url, request, signal);
      });
    } finally {
      this.#requests--;
      timeout.clear();
    }
  }

  /** Ends every request with an error, and closes all connections. */
  close(): void {
    this.#closing.abort(new OutboundError('busy', 'the service is being stopped'));
    this.#customersAgent.destroy();
    this.#operatorsAgent.destroy();
  }

  #parse(text: string): OutboundUrl {
    const url = parseOutboundUrl(text);
    if (URL.parse(url.href)?.origin === this.#options.publicUrl) {
      throw new OutboundError('own-listener', `${url.host} is where this service itself is reached`);
    }
    return url;
  }

  async #inTurn<Result>(key: string, signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
    const host = this.#hosts.get(key) ?? { slots: new Slots(this.#limits.perHost), requests: 0 };
    this.#hosts.set(key, host);
    host.requests++;
    try {
      return await host.slots.run(work, signal);
    } finally {
      host.requests--;
      if (host.requests === 0) this.#hosts.delete(key);
    }
  }

  async #send(url: OutboundUrl, request: OutboundRequest, signal: AbortSignal): Promise<OutboundResponse> {
    const { isOperators, method = 'GET', headers = {}, body, cutsResponse = false } = request;
    const { responseLimitBytes: most } = this.#limits;
    const responseLimitBytes = Math.min(request.responseLimitBytes ?? most, most);
    const agent = isOperators ? this.#operatorsAgent : this.#customersAgent;
    const send = () =>
      exchange(url, agent, { method, headers, body, cutsResponse, responseLimitBytes, signal });
    try {
      return await withFreshConnection(send, this.#options.idle?.perHost ?? IDLE_PER_HOST);
    } catch (error) {
      if (error instanceof OutboundError && error.code === 'response-too-large')
        this.#options.onLimit?.('outboundResponse');
      throw error;
    }
  }

  async #connect(target: Target, signal: AbortSignal): Promise<TLSSocket> {
    return await this.#withinConnectTimeout(target.host, signal, async (either) => {
      const addresses = await this.#checkedAddresses(target, either);
      return await connect({ ...target, addresses }, this.#connectOptions, either);
    });
  }

  async #withinConnectTimeout<Result>(
    host: string,
    signal: AbortSignal | undefined,
    work: (signal: AbortSignal) => Promise<Result>,
  ): Promise<Result> {
    const { connectTimeoutMs } = this.#limits;
    const timeout = timeoutAfter(connectTimeoutMs, () =>
      timedOut(`no connection to ${host}`, connectTimeoutMs),
    );
    try {
      return await work(anySignal(timeout.signal, signal));
    } catch (error) {
      throw shortageOf(error) ?? error;
    } finally {
      timeout.clear();
    }
  }

  /** The addresses of a host, of which each may be connected to; a single one that may not refuses all of them. */
  async #checkedAddresses(
    { host, port, isOperators }: Target,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { resolveName = dnsResolver(), resolveOperatorsName = systemResolver } = this.#options;
    const resolve = isOperators ? resolveOperatorsName : resolveName;
    const addresses = isIP(host) === 0 ? await resolve(host, signal) : [host];
    for (const address of addresses) {
      const refusal = this.#policy.refusal(address, port, isOperators);
      if (refusal !== undefined) throw new OutboundError(refusal, REFUSALS[refusal](host, address, port));
    }
    return addresses;
  }

  #busy(): OutboundError {
    this.#options.onLimit?.('outboundRequests');
    return new OutboundError('busy', 'too many requests are under way: try again later');
  }
}

/** Where a connection goes, and on whose behalf. */
interface Target {
  readonly host: string;
  readonly port: number;
  readonly isOperators: boolean;
}

const REFUSALS = {
  'own-listener': (host: string, address: string, port: number) =>
    `${host} has the address ${address}, where port ${port} is this service's own`,
  'address-not-allowed': (host: string, address: string) =>
    `${host} has the address ${address}, which is not a public address of another machine, and is in no network of --outbound-allow for this request`,
};

/** Sends again where a connection turned out to be closed: as often as there may be such connections. */
async function withFreshConnection(
  send: () => Promise<OutboundResponse>,
  idlePerHost: number,
): Promise<OutboundResponse> {
  for (let staleLeft = idlePerHost; ; staleLeft--) {
    try {
      return await send();
    } catch (error) {
      if (!(error instanceof StaleConnection)) throw error;
      if (staleLeft <= 0) throw error.asOutboundError();
    }
  }
}
