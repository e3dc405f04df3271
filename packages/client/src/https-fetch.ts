/** A `fetch` over node:https, for what the platform's has no settings for: certificates to trust, and a proxy. */

import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';
import { type ProxySettings, shownProxy, withoutProxyPassword } from './proxy.ts';

/** How connections are made. */
export interface HttpsFetchOptions {
  /** PEM certificates to trust instead of Node's own. */
  readonly ca?: string | undefined;
  /** Whether any certificate is taken. Default false. */
  readonly insecure?: boolean | undefined;
  /** The proxy, if any. Settings of the environment are not read here. */
  readonly proxy?: ProxySettings | undefined;
  /** The longest that a proxy may take to open a tunnel, in milliseconds. */
  readonly tunnelTimeoutMs?: number | undefined;
}

/** Makes the connections of {@link httpsFetch}. */
export function httpsAgent(options: HttpsFetchOptions): Agent {
  const { ca, insecure = false, proxy, tunnelTimeoutMs = 15_000 } = options;
  return new Agent({
    keepAlive: true,
    rejectUnauthorized: !insecure,
    ca,
    // Without a time of its own, a tunnel that is not answered would outlive the request's signal.
    ...(proxy === undefined ? {} : { proxyEnv: { ...proxy }, timeout: tunnelTimeoutMs }),
  });
}

/** Makes it. It does what the client asks of a fetch: one POST with headers, a body and a signal, no redirects. */
export function httpsFetch(options: HttpsFetchOptions): typeof globalThis.fetch {
  const { proxy } = options;
  const agent = httpsAgent(options);
  return (input, { method = 'GET', headers, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      const options = {
        agent,
        method,
        headers: Object.fromEntries(new Headers(headers)),
        ...(signal && { signal }),
      };
      request(input instanceof Request ? input.url : input, options, (response) => {
        const { statusCode = 0, headersDistinct } = response;
        const fields = Object.entries(headersDistinct).flatMap(([name, values = []]) =>
          values.map((value): [string, string] => [name, value]),
        );
        resolve(new Response(bodyOf(response, statusCode), { status: statusCode, headers: fields }));
      })
        .on('error', (error) => reject(proxy === undefined ? error : describeProxyError(error, proxy)))
        .end(body);
    });
}

/** The code of an error that the proxy is the cause of, as Node has it. */
export const PROXY_ERROR = 'ERR_PROXY_TUNNEL';

/** What an error on the way through a proxy says: which proxy it was, and never its password. */
function describeProxyError(error: NodeJS.ErrnoException, proxy: ProxySettings): Error {
  const { hostname, port, protocol } = new URL(proxy.HTTPS_PROXY);
  const { hostname: failedHost, port: failedPort } = error as { hostname?: unknown; port?: unknown };
  const isProxy =
    failedHost === hostname ||
    (error.syscall === 'connect' && failedPort === Number(port || (protocol === 'https:' ? 443 : 80)));
  const code = isProxy ? PROXY_ERROR : error.code;
  const from = code === PROXY_ERROR ? `the proxy ${shownProxy(proxy)}: ` : '';
  const safe = new Error(withoutProxyPassword(`${from}${error.message}`, proxy));
  return Object.assign(safe, { code, statusCode: (error as { statusCode?: unknown }).statusCode });
}

/** Some statuses have no body, and Response insists on it. */
function bodyOf(response: Readable, status: number): ReadableStream | null {
  if (status === 204 || status === 205 || status === 304) {
    response.resume();
    return null;
  }
  return Readable.toWeb(response) as ReadableStream;
}
