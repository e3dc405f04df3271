/** Writes responses. */

import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { discardBody } from './discard-body.ts';
import { BODY_LIMIT_BYTES, hasBody } from './request-body.ts';

/** A response of any kind. */
export interface HttpResponse {
  /** 200 by default: clients in the field read the body of no other status. */
  readonly httpStatus?: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body: string;
}

/** What is read of a body that is refused, before the response ends and closes its connection. */
const DISCARD_LIMITS = { bytes: BODY_LIMIT_BYTES, timeoutMs: 1000 };

/** The media type of the API, in both directions. */
export const FORM = 'application/x-www-form-urlencoded';
const JSON_TYPE = 'application/json';
const TEXT = 'text/plain; charset=utf-8';

const FORM_HEADERS = { 'Content-Type': FORM, 'Cache-Control': 'no-store' };

/** A response of the API: a form. */
export function formResponse(body: string, more?: Omit<HttpResponse, 'body'>): HttpResponse {
  if (more === undefined) return { headers: FORM_HEADERS, body };
  return { ...more, headers: { ...FORM_HEADERS, ...more.headers }, body };
}

/** A response of the API in JSON, for clients that asked for it. */
export function jsonResponse(body: string, more: Omit<HttpResponse, 'body'> = {}): HttpResponse {
  return {
    ...more,
    headers: { 'Content-Type': JSON_TYPE, 'Cache-Control': 'no-store', ...more.headers },
    body,
  };
}

/** A response for people and health checks. */
export function textResponse(httpStatus: number, text: string): HttpResponse {
  return { httpStatus, headers: { 'Content-Type': TEXT, 'Cache-Control': 'no-store' }, body: `${text}\n` };
}

/** Responds to a request whose body has been read. */
export function send(response: ServerResponse, { httpStatus = 200, headers, body }: HttpResponse): void {
  if (headers === FORM_HEADERS && httpStatus === 200) {
    sendForm(response, body);
    return;
  }
  response.writeHead(httpStatus, { ...headers, 'Content-Length': Buffer.byteLength(body) });
  response.end(body);
}

/**
 * Responds with a form, which is ASCII: so its length needs no count of bytes, and it leaves together with the head as
 * one string, in one write and one TLS record.
 */
function sendForm(response: ServerResponse, body: string): void {
  response.writeHead(200, [
    'Content-Type',
    FORM,
    'Cache-Control',
    'no-store',
    'Content-Length',
    String(body.length),
  ]);
  response.end(body, 'latin1');
}

/**
 * Responds at once to a request whose body, if it has one, is not wanted, and then closes the connection when the
 * client has had time to read the response.
 */
export async function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  content: HttpResponse,
): Promise<void> {
  if (!hasBody(request)) {
    send(response, content);
    return;
  }
  const { httpStatus = 200, headers, body } = content;
  response.writeHead(httpStatus, {
    ...headers,
    'Content-Length': Buffer.byteLength(body),
    Connection: 'close',
  });
  response.write(body);
  await discardBody(request, request.socket, DISCARD_LIMITS);
  response.end();
}
