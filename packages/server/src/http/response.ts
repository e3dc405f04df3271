/** Writing answers. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { discardBody } from './discard-body.ts';
import { BODY_LIMIT, hasBody } from './request-body.ts';

/** An answer of any kind. */
export interface HttpResponse {
  /** 200 unless said otherwise: clients in the field read the body of nothing else. */
  readonly httpStatus?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

/** What is read of a body that is refused, before the response ends and closes its connection. */
const DISCARD_LIMITS = { bytes: BODY_LIMIT, timeoutMs: 1000 };

/** The media type of the API, in both directions. */
export const FORM = 'application/x-www-form-urlencoded';
const TEXT = 'text/plain; charset=utf-8';

/** An answer of the API: a form. */
export function formResponse(body: string, more: Omit<HttpResponse, 'body'> = {}): HttpResponse {
  return { ...more, headers: { 'Content-Type': FORM, 'Cache-Control': 'no-store', ...more.headers }, body };
}

/** An answer for people and health checks. */
export function textResponse(httpStatus: number, text: string): HttpResponse {
  return { httpStatus, headers: { 'Content-Type': TEXT, 'Cache-Control': 'no-store' }, body: `${text}\n` };
}

/** Answers a request whose body has been read. */
function send(response: ServerResponse, { httpStatus = 200, headers, body }: HttpResponse): void {
  response.writeHead(httpStatus, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

const waiting: (readonly [ServerResponse, HttpResponse])[] = [];

/**
 * Answers like {@link send}, but when every request that came in together with this one has been judged. A caller that
 * sleeps is woken by its answer, which costs the server more than the answer does; callers that ask together, over one
 * proxy or with one program, are then woken once. A request that came alone waits for nothing.
 */
export function sendWithOthers(response: ServerResponse, answer: HttpResponse): void {
  if (waiting.length === 0) setImmediate(sendWaiting);
  waiting.push([response, answer]);
}

function sendWaiting(): void {
  for (const [response, answer] of waiting.splice(0)) send(response, answer);
}

/**
 * Answers a request whose body, if it has one, is not wanted: at once, and then closes the connection when the
 * caller has had time to read the answer.
 */
export async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  answer: HttpResponse,
): Promise<void> {
  if (!hasBody(request)) {
    send(response, answer);
    return;
  }
  const { httpStatus = 200, headers, body } = answer;
  response.writeHead(httpStatus, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.write(body);
  await discardBody(request, request.socket, DISCARD_LIMITS);
  response.end();
}
