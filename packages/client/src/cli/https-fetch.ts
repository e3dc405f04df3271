/** A `fetch` for servers whose certificate Node does not trust by itself, which the platform's has no setting for. */

import { Agent, request } from 'node:https';
import { Readable } from 'node:stream';

/** Which certificates are trusted. */
export interface Trust {
  /** PEM certificates to trust in the place of those that Node comes with. */
  readonly ca?: string;
  /** Whether any certificate is taken. */
  readonly insecure: boolean;
}

/** Makes it. It does what the client asks of a fetch: one POST with headers, a body and a signal, no redirects. */
export function httpsFetch({ ca, insecure }: Trust): typeof globalThis.fetch {
  const agent = new Agent({
    keepAlive: true,
    rejectUnauthorized: !insecure,
    ...(ca !== undefined && { ca }),
  });
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
        .on('error', reject)
        .end(body);
    });
}

/** Some statuses have no body, and Response insists on it. */
function bodyOf(response: Readable, status: number): ReadableStream | null {
  if (status === 204 || status === 205 || status === 304) {
    response.resume();
    return null;
  }
  return Readable.toWeb(response) as ReadableStream;
}
