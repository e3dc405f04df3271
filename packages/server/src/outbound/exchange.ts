/** One request on one connection, and its response. */

import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { count } from '@cert-order-status/protocol';
import { GrowingBuffer } from '../growing-buffer.ts';
import type { OutboundAgent, OutboundRequestOptions } from './outbound-agent.ts';
import { OutboundError } from './outbound-error.ts';
import type { OutboundUrl } from './outbound-url.ts';

/** Bytes of a response's headers, and of its trailers. */
const HEADER_LIMIT_BYTES = 16 * 1024;
/** How many informational responses (1xx) may come before the response. */
const INFORMATIONAL_LIMIT = 8;
/** In how many pieces a body may come: pieces of one byte would cost a thousand times what their bytes do. */
export const PIECES_LIMIT = 20_000;
/** How many bytes may come beside a body twice the size of the limit: a server may pad its chunks. */
const PADDING_LIMIT_BYTES = 256 * 1024;

/** What is sent, and how much of the response is read. */
export interface Exchange {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | undefined;
  readonly responseLimitBytes: number;
  /** Whether a longer body is cut off rather than an error. */
  readonly cutsResponse: boolean;
  readonly signal: AbortSignal;
}

/** A response. Redirects are responses like others. */
export interface OutboundResponse {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: IncomingHttpHeaders;
  /** As it was received: compressed, if the server compresses although it is asked not to. */
  readonly body: Buffer;
  /** Whether the body was longer. */
  readonly isCut: boolean;
}

/** That a connection, kept from an earlier request, was closed before a response began. */
export class StaleConnection extends Error {
  /** The same for a request that is not sent again. */
  asOutboundError(): OutboundError {
    return new OutboundError('connection', this.message, { cause: this.cause });
  }
}

/**
 * Sends a request and reads the response.
 *
 * @throws {OutboundError}
 * @throws {StaleConnection} when it may be sent again on another connection.
 * @throws the signal's reason when it is aborted.
 */
export function exchange(url: OutboundUrl, agent: OutboundAgent, sent: Exchange): Promise<OutboundResponse> {
  const { host, port, path } = url;
  const { method, headers, body, signal } = sent;
  return new Promise((resolve, reject) => {
    let informational = 0;
    let hasResponse = false;
    const options: OutboundRequestOptions = {
      agent,
      host,
      port,
      path,
      method,
      headers: { 'Accept-Encoding': 'identity', ...headers },
      maxHeaderSize: HEADER_LIMIT_BYTES,
      signal,
      connectSignal: signal,
    };
    const request = httpsRequest(options, (response) => {
      hasResponse = true;
      readResponse(response, host, sent).then(resolve, (error: unknown) => fail(error));
    });
    const fail = (error: unknown) => {
      reject(
        signal.aborted
          ? signal.reason
          : describe(error, host, { hasResponse, isReused: request.reusedSocket }),
      );
      request.destroy();
    };
    request.on('error', fail);
    request.on('information', () => {
      informational += 1;
      if (informational > INFORMATIONAL_LIMIT)
        fail(tooLarge(host, `more than ${INFORMATIONAL_LIMIT} informational responses`));
    });
    request.on('upgrade', (_response, socket) => {
      socket.destroy();
      fail(new OutboundError('invalid-response', `${host} changed to another protocol without being asked`));
    });
    // After an error this changes nothing.
    request.on('close', () => {
      if (!hasResponse) fail(new Error('the connection was closed'));
    });
    request.end(body);
  });
}

function readResponse(
  response: IncomingMessage,
  host: string,
  { responseLimitBytes, cutsResponse }: Exchange,
): Promise<OutboundResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<OutboundResponse>();
  const { socket, statusCode: status = 0, headers } = response;
  const encodedLimitBytes = socket.bytesRead + 2 * responseLimitBytes + PADDING_LIMIT_BYTES;
  const received = new GrowingBuffer();
  let pieces = 0;
  const finish = (isCut: boolean) => resolve({ status, headers, body: received.take(), isCut });
  response.on('data', (piece: Buffer) => {
    pieces += 1;
    const room = responseLimitBytes - received.length;
    const isWhole = piece.length <= room;
    received.add(isWhole ? piece : piece.subarray(0, room));
    if (isWhole && pieces <= PIECES_LIMIT && socket.bytesRead <= encodedLimitBytes) return;
    if (cutsResponse) finish(true);
    else
      reject(
        tooLarge(host, `a body of more than ${count(responseLimitBytes, 'byte')}, or in too many pieces`),
      );
    response.destroy();
  });
  response.once('end', () => finish(false));
  response.once('error', reject);
  // One that was cut off has an error, too; after the end this changes nothing.
  response.once('close', () => reject(new Error('the response was cut off')));
  return promise;
}

function tooLarge(host: string, what: string): OutboundError {
  return new OutboundError('response-too-large', `${host} sent ${what}`);
}

/** The host's own words are in no message: a customer may see it. */
function describe(
  error: unknown,
  host: string,
  { hasResponse, isReused }: { hasResponse: boolean; isReused: boolean },
): Error {
  if (error instanceof OutboundError) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const options = { cause: error };
  if (code === 'HPE_HEADER_OVERFLOW' || code === 'HPE_CHUNK_EXTENSIONS_OVERFLOW')
    return tooLarge(host, `headers of more than ${HEADER_LIMIT_BYTES} bytes`);
  if (code.startsWith('HPE_'))
    return new OutboundError('invalid-response', `${host} sent a response that is not HTTP/1.1`, options);
  if (hasResponse)
    return new OutboundError('invalid-response', `the response of ${host} was cut off`, options);
  const closed = `${host} closed the connection without a response`;
  return isReused ? new StaleConnection(closed, options) : new OutboundError('connection', closed, options);
}
