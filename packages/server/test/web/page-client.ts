/** Pages over HTTP without a browser: with the cookies that a browser would keep. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage, OutgoingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { ACME, type HttpAnswer, type RunningService, sendRequest } from '../running-service.ts';

/** What one browser would send and keep. */
export interface PageClient {
  /** The cookies that it has, by name. */
  readonly cookies: Map<string, string>;
  /** What it sends with each request. */
  cookieHeader(): string;
  get(path: string, headers?: OutgoingHttpHeaders): Promise<HttpAnswer>;
  post(path: string, form: Record<string, string>, headers?: OutgoingHttpHeaders): Promise<HttpAnswer>;
  signIn(login?: typeof ACME, headers?: OutgoingHttpHeaders): Promise<void>;
  /** Opens a page's stream of events; gives each text that comes. */
  follow(path: string, headers?: OutgoingHttpHeaders): Promise<AsyncIterator<string, undefined>>;
}

/** A client with no cookies yet, or with those of another: a browser sends them to every port of a host. */
export function pageClient(
  { port }: Pick<RunningService, 'port'>,
  cookies = new Map<string, string>(),
): PageClient {
  const cookieHeader = () => [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const send = async (method: string, path: string, body: string, headers: OutgoingHttpHeaders) => {
    const Cookie = cookieHeader();
    const given = { ...(Cookie !== '' && { Cookie }), ...headers };
    const answer = await sendRequest({ scheme: 'https', port, method, path, headers: given, body });
    for (const set of [answer.headers['set-cookie'] ?? []].flat()) keep(cookies, set);
    return answer;
  };
  const client: PageClient = {
    cookies,
    cookieHeader,
    get: (path, headers = {}) => send('GET', path, '', headers),
    post: (path, form, headers = {}) =>
      send('POST', path, new URLSearchParams(form).toString(), {
        'Content-Type': 'application/x-www-form-urlencoded',
        'Sec-Fetch-Site': 'same-origin',
        ...headers,
      }),
    async signIn(login = ACME, headers = {}) {
      assert.equal((await client.post('/sign-in', { ...login }, headers)).status, 303);
    },
    async follow(path, headers = {}) {
      const given = { Cookie: cookieHeader(), ...headers };
      const options = {
        host: '127.0.0.1',
        port,
        path,
        headers: given,
        agent: false,
        rejectUnauthorized: false,
      };
      const [response] = (await once(request(options).end(), 'response')) as [IncomingMessage];
      assert.equal(response.statusCode, 200);
      return response.setEncoding('utf8')[Symbol.asyncIterator]();
    },
  };
  return client;
}

function keep(cookies: Map<string, string>, set: string): void {
  const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
  const isOver =
    /; Max-Age=0(;|$)/.test(set) || Date.parse(/; Expires=([^;]+)/.exec(set)?.[1] ?? '') <= Date.now();
  if (isOver) cookies.delete(name);
  else cookies.set(name, value);
}
