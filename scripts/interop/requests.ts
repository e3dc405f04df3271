/** Requests of the script's own, from an address and with headers of its choice. */

import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { connect as connectTls } from 'node:tls';

const REQUEST_TIMEOUT_MS = 70_000;
const SILENCE_TIMEOUT_MS = 15_000;

/** A request; without a body it is a GET. */
export interface SentRequest {
  /** The root to trust. */
  readonly root: string | Buffer;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** The loopback address that it comes from. */
  readonly from?: string;
}

/** Its response. */
export interface ReceivedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** Sends one request on a connection of its own. */
export async function send(url: string, request: SentRequest): Promise<ReceivedResponse> {
  const { root, body, headers = {}, from = '127.0.0.1' } = request;
  const method = request.method ?? (body === undefined ? 'GET' : 'POST');
  const type = body === undefined ? {} : { 'Content-Type': 'application/x-www-form-urlencoded' };
  const options = { method, headers: { ...type, ...headers }, ca: root, localAddress: from, agent: false };
  const { promise, resolve, reject } = Promise.withResolvers<ReceivedResponse>();
  const start = url.startsWith('https:') ? requestHttps : requestHttp;
  const sent = start(url, { ...options, timeout: REQUEST_TIMEOUT_MS }, (response) => {
    text(response).then(
      (received) => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: received }),
      reject,
    );
  });
  sent.on('timeout', () => sent.destroy(new Error(`no response within ${REQUEST_TIMEOUT_MS} ms`)));
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

/** Sends bytes on a bare connection, and gives what comes back until the other end closes it or is silent for long. */
export async function sendBytes(port: number, bytes: string, from = '127.0.0.1'): Promise<string> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
  socket.setTimeout(SILENCE_TIMEOUT_MS, () => socket.destroy());
  socket.write(bytes);
  let received = '';
  socket.on('data', (chunk: Buffer) => {
    received += chunk.toString('latin1');
  });
  socket.on('error', () => {});
  await new Promise((resolve) => socket.once('close', resolve));
  return received;
}

/** Whether a TLS handshake succeeds on a connection that begins with other bytes. */
export async function handshakeAfter(port: number, bytes: string, from: string): Promise<boolean> {
  const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
  socket.setTimeout(SILENCE_TIMEOUT_MS, () => socket.destroy());
  // It is closed by now, or will be: then there is no handshake.
  socket.on('error', () => {});
  await new Promise<void>((resolve) => socket.write(bytes, () => resolve()));
  return new Promise((resolve) => {
    const over = (succeeded: boolean) => {
      socket.destroy();
      resolve(succeeded);
    };
    // Only whether there is a handshake counts here.
    const tls = connectTls({ socket, rejectUnauthorized: false }, () => over(true));
    tls.on('error', () => over(false)).on('close', () => over(false));
    socket.on('error', () => over(false));
  });
}

/** Opens connections that send nothing, one after the other; they are closed by {@link IdleConnections.close}. */
export async function openIdle(port: number, count: number, from: string): Promise<IdleConnections> {
  const sockets: Socket[] = [];
  for (let opened = 0; opened < count; opened++) {
    const socket = connectTcp({ host: '127.0.0.1', port, localAddress: from });
    sockets.push(socket.on('error', () => {}).resume());
    await new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
  }
  return {
    open: () => sockets.filter(({ closed }) => !closed).length,
    close() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** Connections that send nothing. */
interface IdleConnections {
  /** How many the other end has not closed. */
  open(): number;
  close(): void;
}
