/** The service, as processes started by its own command. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { BOUND_ADDRESS, BOUND_LOGIN, BOUND_ORDER, LARGE_ORDER, LOGIN, ORDER } from './orders.ts';
import { type Daemon, eventually, plainEnvironment, start } from './processes.ts';

const COMMAND = fileURLToPath(new URL('../../packages/server/bin/cert-order-status.js', import.meta.url));

/** The path of the API. */
export const STATUS_PATH = '/products/!GetDetailedOrderStatus';

/** A database with accounts, orders and a token. */
export interface Database {
  readonly url: string;
  /** Of the scope `write`. */
  readonly token: string;
}

/** A running service. */
export interface Node {
  readonly port: number;
  readonly managementPort: number;
  readonly probePort: number;
  /** Every line of its log so far, parsed. */
  log(): readonly Readonly<Record<string, unknown>>[];
  stop(): Promise<void>;
}

/** Runs a command of the service to its end, and gives what it printed. */
async function runCommand(args: readonly string[], input = ''): Promise<string> {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: plainEnvironment(), stdio: 'pipe' });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [stdout, stderr, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (code !== 0) throw new Error(`cert-order-status ${args[0]} failed: ${stderr || stdout}`);
  return stdout;
}

/** The help of a command of the service. */
export function helpOf(command: string): Promise<string> {
  return runCommand([command, '--help']);
}

/** Makes an order database with the orders that clients ask for. */
export async function fillDatabase(folder: string): Promise<Database> {
  const url = `sqlite:${join(folder, 'orders.db')}`;
  for (const { loginName, loginPassword } of [LOGIN, BOUND_LOGIN]) {
    await runCommand(['account', 'add', loginName, '--password-stdin', '--database', url], loginPassword);
  }
  const orders = join(folder, 'orders.ndjson');
  const records = [ORDER.record, LARGE_ORDER.record, BOUND_ORDER];
  writeFileSync(orders, records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  await runCommand(['import', orders, '--database', url]);
  await runCommand(['account', 'allow', BOUND_LOGIN.loginName, BOUND_ADDRESS, '--database', url]);
  const token = await runCommand(['token', 'create', 'interop', '--scope', 'write', '--database', url]);
  return { url, token: token.trim() };
}

/** Starts a node on free ports of 127.0.0.1. */
export async function startNode(
  database: Database,
  folder: string,
  name: string,
  options: readonly string[],
): Promise<Node> {
  const ports = ['--port', '0', '--management-port', '0', '--probe-port', '0', '--workers', '1'];
  const where = ['--database', database.url, '--host', '127.0.0.1', ...ports];
  const daemon: Daemon = start(
    { file: process.execPath, args: [COMMAND, 'serve', ...where, ...options] },
    join(folder, `${name}.log`),
  );
  const log = () =>
    daemon
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{'))
      .map((line): Record<string, unknown> => JSON.parse(line));
  const listening = await eventually(async () => {
    const line = log().find(({ msg }) => msg === 'listening');
    if (line === undefined) throw new Error(`the service did not start: ${daemon.output()}`);
    return line;
  });
  const portOf = (key: string) => Number(listening[key]);
  return {
    port: portOf('port'),
    managementPort: portOf('managementPort'),
    probePort: portOf('probePort'),
    log,
    stop: () => daemon.end(),
  };
}
