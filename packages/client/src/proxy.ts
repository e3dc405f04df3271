/**
 * An HTTP proxy on the way to the service: requests go through a tunnel that it opens (CONNECT, RFC 9110, section
 * 9.3.6).
 */

/** Which requests go through which proxy, in the variables' own names. */
export interface ProxySettings {
  /** The proxy; it may hold a login and a password. */
  readonly HTTPS_PROXY: string;
  /**
   * The hosts that are reached without it, as in the environment: `localhost,.internal.example,10.0.0.0-10.0.0.255`.
   */
  readonly NO_PROXY?: string | undefined;
}

/** The proxy that the environment names: HTTPS_PROXY and NO_PROXY, of which the lower-case spelling wins. */
export const FROM_ENVIRONMENT = 'environment';

/**
 * What a proxy's URL, or {@link FROM_ENVIRONMENT}, comes to; undefined when the environment names none. A URL that is
 * given applies to every host.
 *
 * @throws TypeError when it is no URL of a proxy. The value itself is never in the error: it may hold a password.
 */
export function proxySettings(
  proxy: string | URL,
  environment: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): ProxySettings | undefined {
  if (proxy !== FROM_ENVIRONMENT) return { HTTPS_PROXY: proxyUrl('proxy', String(proxy)) };
  const name = environment['https_proxy'] ? 'https_proxy' : 'HTTPS_PROXY';
  const given = environment[name];
  if (!given) return undefined;
  return {
    HTTPS_PROXY: proxyUrl(name, given),
    NO_PROXY: environment['no_proxy'] || environment['NO_PROXY'],
  };
}

/** A proxy without a scheme, as many write it, is an http one. */
function proxyUrl(name: string, given: string): string {
  const text = given.includes('://') ? given : `http://${given}`;
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') {
    throw new TypeError(`${name}: is no URL of a proxy: give one such as http://proxy.example.com:3128`);
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new TypeError(`${name}: is ${url.protocol}//…, but only http and https proxies are supported`);
  }
  if (!isPercentEncoded(url.username) || !isPercentEncoded(url.password)) {
    throw new TypeError(`${name}: holds a login or a password with a '%' that must be written as %25`);
  }
  return url.href;
}

function isPercentEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** The address of a proxy for people: without its login and password. */
export function shownProxy({ HTTPS_PROXY }: ProxySettings): string {
  return new URL(HTTPS_PROXY).host;
}

/** Takes a proxy's password out of a text, in each of the forms in which it is known or sent. */
export function withoutProxyPassword(text: string, { HTTPS_PROXY }: ProxySettings): string {
  const { username, password } = new URL(HTTPS_PROXY);
  if (password === '') return text;
  const clear = decodeURIComponent(password);
  const login = `${decodeURIComponent(username)}:${clear}`;
  return [btoa(String.fromCharCode(...new TextEncoder().encode(login))), clear, password].reduce(
    (left, secret) => left.replaceAll(secret, '…'),
    text,
  );
}
