/** One request of the conformance kit and what came back, recorded without the credentials. */

import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { encodeFormText } from '@cert-order-status/protocol';

/** How long one request may take, in milliseconds. */
const REQUEST_TIMEOUT_MS = 30_000;
/** The largest response body that is read, in bytes. */
const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** What stands for a secret in the report. */
const MASK = '…';
const SECRET_ARGUMENTS = ['loginname', 'loginpassword'];

/** An argument of a request, in the order in which they are sent. */
export type Argument = readonly [name: string, value: string];

/** A request to be sent. */
export interface ProbeRequest {
  /** What it tries, in a few words. */
  readonly title: string;
  readonly scheme: 'https' | 'http';
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | undefined;
  /** The body for the report, with the values of loginName and loginPassword masked. */
  readonly maskedBody: string;
}

/** A response, as it came. */
export interface ProbeResponse {
  readonly httpVersion: string;
  readonly status: number;
  readonly statusMessage: string;
  /** Names and values in turn, as they were sent. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

/** A request and its response, or the reason why there is none. */
export interface Exchange {
  readonly request: ProbeRequest;
  readonly response?: ProbeResponse | undefined;
  /** Why there is no response, such as `ECONNREFUSED`. */
  readonly failure?: string | undefined;
}

/** Where requests are sent. */
export interface Target {
  readonly endpoint: URL;
  /** The port for requests over plain http. */
  readonly httpPort: number;
  readonly agent: Agent;
  readonly loginName: string;
  readonly loginPassword: string;
}

/** A form body, and the same with its secrets masked. */
export function formBody(args: readonly Argument[]): Pick<ProbeRequest, 'body' | 'maskedBody'> {
  const encoded = args.map(([name, value]) => `${encodeFormText(name)}=${encodeFormText(value)}`);
  const masked = args.map(([name, value]) =>
    SECRET_ARGUMENTS.includes(name.toLowerCase())
      ? `${encodeFormText(name)}=${MASK}`
      : `${encodeFormText(name)}=${encodeFormText(value)}`,
  );
  return { body: Buffer.from(encoded.join('&')), maskedBody: masked.join('&') };
}

/** The value of a header, by its name in lower case; undefined when it is not there. */
export function headerOf(response: ProbeResponse, name: string): string | undefined {
  const index = response.rawHeaders.findIndex((each, at) => at % 2 === 0 && each.toLowerCase() === name);
  return index === -1 ? undefined : response.rawHeaders[index + 1];
}

/** Sends a request once. Never rejects: a failure is part of the exchange. */
export async function exchange(
  target: Target,
  request: ProbeRequest,
  signal: AbortSignal,
): Promise<Exchange> {
  try {
    return { request, response: await send(target, request, signal) };
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    return {
      request,
      failure: code === undefined || message.includes(code) ? message : `${code}: ${message}`,
    };
  }
}

function send(target: Target, probe: ProbeRequest, signal: AbortSignal): Promise<ProbeResponse> {
  const { endpoint, agent, httpPort } = target;
  const common = {
    host: endpoint.hostname.replace(/^\[(.*)\]$/, '$1'),
    method: probe.method,
    path: probe.path,
    headers:
      probe.body === undefined
        ? probe.headers
        : { 'Content-Length': String(probe.body.length), ...probe.headers },
    signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
  };
  return new Promise((resolve, reject) => {
    const sent: ClientRequest =
      probe.scheme === 'http'
        ? httpRequest({ ...common, port: httpPort })
        : httpsRequest({ ...common, port: endpoint.port || 443, agent });
    sent.on('error', reject);
    sent.on('response', (response) => void received(response).then(resolve, reject));
    sent.end(probe.body);
  });
}

async function received(response: IncomingMessage): Promise<ProbeResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    size += (chunk as Buffer).length;
    if (size > MAX_RESPONSE_BYTES) throw new Error(`the response is larger than ${MAX_RESPONSE_BYTES} bytes`);
    chunks.push(chunk as Buffer);
  }
  const { httpVersion, statusCode = 0, statusMessage = '', rawHeaders } = response;
  return { httpVersion, status: statusCode, statusMessage, rawHeaders, body: Buffer.concat(chunks) };
}

/** A text of the server without the credentials, should it send them back. */
export function withoutSecrets(
  text: string,
  { loginName, loginPassword }: Pick<Target, 'loginName' | 'loginPassword'>,
): string {
  let masked = text;
  for (const secret of [loginPassword, loginName]) {
    for (const form of new Set([secret, encodeFormText(secret), encodeURIComponent(secret)]))
      masked = masked.replaceAll(form, MASK);
  }
  return masked;
}
