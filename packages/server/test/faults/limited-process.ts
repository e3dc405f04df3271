/** The service in a process of its own that the system gives little of something. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { openStore } from '../../src/store/open-store.ts';
import { COMMAND } from '../command.ts';
import { ACME_HASH, type HttpAnswer, sendRequest } from '../running-service.ts';
import { testPairOptions } from '../test-pair.ts';

/** A process that serves an order database. */
export interface ServingProcess {
  readonly pid: number;
  readonly port: number;
  manage(method: string, path: string, body?: unknown): Promise<HttpAnswer>;
  /** Everything that it has logged. */
  log(): string;
  kill(): Promise<void>;
}

/** Makes what the service needs in an empty database: the account `acme-hosting`, and a token. */
export async function prepareDatabase(database: string): Promise<string> {
  const store = await openStore(database, 'write');
  await store.accounts.add('acme-hosting', ACME_HASH);
  const token = newToken();
  await store.tokens.add({ name: 'intake', scope: 'write', digest: digestOfSecret(token) });
  await store.close();
  return token;
}

/**
 * @param limits for the shell that starts it, such as `ulimit -n 100`.
 * @param options further ones of `serve`.
 */
export async function serveIn(
  t: TestContext,
  database: string,
  token: string,
  limits = 'true',
  options: readonly string[] = [],
): Promise<ServingProcess> {
  const pair = await testPairOptions();
  const args = ['serve', '--database', database, ...pair, '--host', '127.0.0.1', '--port', '0'];
  const command = [
    process.execPath,
    COMMAND,
    ...args,
    '--management-port',
    '0',
    '--workers',
    '1',
    '--no-pages',
    ...options,
  ];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn('bash', ['-c', `${limits}; exec "$@"`, 'bash', ...command], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  let logged = '';
  child.stderr.on('data', (chunk: Buffer) => {
    logged += chunk;
  });
  const lines = createInterface({ input: child.stdout });
  const { promise, resolve, reject } = Promise.withResolvers<{ port: number; managementPort: number }>();
  lines.on('line', (line) => {
    logged += `${line}\n`;
    if (line.includes('"msg":"listening"')) resolve(JSON.parse(line));
  });
  ended.then(() => reject(new Error(`it ended: ${logged}`)));
  const { port, managementPort } = await promise;
  return {
    pid: child.pid as number,
    port,
    log: () => logged,
    manage: (method, path, body) =>
      sendRequest({
        scheme: 'https',
        port: managementPort,
        method,
        path,
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
        body: body === undefined ? '' : JSON.stringify(body),
      }),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
