/** Connections that are written to and read from as bytes, where a client library would know better. */

import { once } from 'node:events';
import { connect as connectPlain, type Socket } from 'node:net';
import type { TestContext } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { STATUS_PATH } from './running-service.ts';

/** One answer, taken off a connection. */
export interface RawAnswer {
  readonly statusLine: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection of a test's own, closed when the test ends. */
export class Connection {
  readonly #socket: Socket;
  #received = '';
  #isClosed = false;
  #wake = () => {};

  constructor(t: TestContext, socket: Socket) {
    this.#socket = socket;
    t.after(() => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1');
      this.#wake();
    });
    // 'close' follows.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#isClosed = true;
      this.#wake();
    });
  }

  write(bytes: string | Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** Goes away without a word. */
  close(): void {
    this.#socket.destroy();
  }

  /** Takes the next answer off the connection. */
  async answer(): Promise<RawAnswer> {
    for (;;) {
      const taken = this.#takeAnswer();
      if (taken !== undefined) return taken;
      if (this.#isClosed) throw new Error(`closed before an answer: ${JSON.stringify(this.#received)}`);
      await this.#change();
    }
  }

  /** What else the other side says before it closes the connection. */
  async untilClosed(): Promise<string> {
    while (!this.#isClosed) await this.#change();
    return this.#received;
  }

  #takeAnswer(): RawAnswer | undefined {
    const end = this.#received.indexOf('\r\n\r\n');
    if (end === -1) return undefined;
    const [statusLine = '', ...lines] = this.#received.slice(0, end).split('\r\n');
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(': ');
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 2)];
      }),
    );
    const bodyStart = end + 4;
    const bodyEnd = bodyStart + Number(headers['content-length'] ?? 0);
    if (this.#received.length < bodyEnd) return undefined;
    const body = this.#received.slice(bodyStart, bodyEnd);
    this.#received = this.#received.slice(bodyEnd);
    return { statusLine, headers, body };
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

/** Opens a connection and, for https, waits until it is encrypted. */
export async function openConnection(
  t: TestContext,
  port: number,
  scheme: 'https' | 'http' = 'https',
): Promise<Connection> {
  const options = { host: '127.0.0.1', port, rejectUnauthorized: false };
  const socket = scheme === 'https' ? connectTls(options) : connectPlain(options);
  const connection = new Connection(t, socket);
  await once(socket, scheme === 'https' ? 'secureConnect' : 'connect');
  return connection;
}

/** A request to the API, as bytes. */
export function statusRequest(form: string, ...headers: readonly string[]): string {
  return [
    `POST ${STATUS_PATH} HTTP/1.1`,
    'Host: localhost',
    'Content-Type: application/x-www-form-urlencoded',
    `Content-Length: ${form.length}`,
    ...headers,
    '',
    form,
  ].join('\r\n');
}
