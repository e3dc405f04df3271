/** A server of the API that breaks one clause: the real service behind a proxy that changes what passes. */

import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http';
import { Agent, createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { type HttpAnswer, sendRequest } from '../running-service.ts';

/** A request on its way to the service. */
export interface PassingRequest {
  readonly scheme: 'https' | 'http';
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A response on its way back. */
export interface PassingResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What a broken server does otherwise. */
export interface Mutation {
  /** Another request for the service behind it. */
  readonly request?: (request: PassingRequest) => PassingRequest;
  /** Another response; `undefined` cuts the connection. */
  readonly response?: (response: PassingResponse, request: PassingRequest) => PassingResponse | undefined;
}

/** The ports of a running proxy, whose mutation can be exchanged. */
export interface MutatingProxy {
  readonly port: number;
  readonly httpPort: number;
  mutation: Mutation;
}

const pair = await selfSignedPair();
const agent = new Agent({ keepAlive: true });

/** Starts a proxy in front of a service, whose orders do not change: it answers the same request once. */
export async function mutatingProxy(t: TestContext, servicePort: number): Promise<MutatingProxy> {
  const proxy = { mutation: {} as Mutation };
  const responses = new Map<string, Promise<PassingResponse>>();
  const forwardOnce = (request: PassingRequest) => {
    const key = JSON.stringify(request);
    const response = responses.get(key) ?? forward(servicePort, request);
    responses.set(key, response);
    return response;
  };
  const listenerOf =
    (scheme: PassingRequest['scheme']): RequestListener =>
    async (incoming, outgoing) => {
      const body = (await buffer(incoming)).toString('latin1');
      const { method = '', url = '', headers } = incoming;
      const request: PassingRequest = { scheme, method, path: url, headers, body };
      const { mutation } = proxy;
      const response = await forwardOnce(mutation.request?.(request) ?? request);
      const changed = mutation.response === undefined ? response : mutation.response(response, request);
      if (changed === undefined) return outgoing.destroy();
      const bytes = Buffer.from(changed.body, 'latin1');
      outgoing.writeHead(changed.status, { ...changed.headers, 'Content-Length': String(bytes.length) });
      return outgoing.end(method === 'HEAD' ? undefined : bytes);
    };
  t.after(() => agent.destroy());
  const port = await listening(t, createHttpsServer({ key: pair.key, cert: pair.cert }, listenerOf('https')));
  const httpPort = await listening(t, createHttpServer(listenerOf('http')));
  return Object.assign(proxy, { port, httpPort });
}

async function listening(t: TestContext, server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function forward(
  port: number,
  { scheme, method, path, headers, body }: PassingRequest,
): Promise<PassingResponse> {
  const type = headers['content-type'];
  const response: HttpAnswer = await sendRequest({
    scheme,
    port,
    method,
    path,
    headers: {
      ...(type !== undefined && { 'Content-Type': type }),
      'Content-Length': Buffer.byteLength(body, 'latin1'),
    },
    body: Buffer.from(body, 'latin1'),
    ...(scheme === 'https' && { agent }),
  });
  const kept = ['content-type', 'cache-control', 'allow'].flatMap((name) => {
    const value = response.headers[name];
    return typeof value === 'string' ? [[name, value] as const] : [];
  });
  return {
    status: response.status,
    headers: Object.fromEntries(kept),
    body: Buffer.from(response.body).toString('latin1'),
  };
}
