/** The `cert-order-status` command as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { OrderRecord } from '@cert-order-status/protocol';
import { openStore } from '../src/store/open-store.ts';
import { CommandHost, type Ended } from './command-host.ts';
import { ACME_HASH } from './running-service.ts';
import { emptyDatabase } from './store/databases.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const COMMAND = fileURLToPath(new URL('../bin/cert-order-status.js', import.meta.url));

const host = new CommandHost(new URL('../src/cli/main.ts', import.meta.url));
/** Commands that are named by two words. */
const GROUPS = new Set(['account', 'audit', 'epoch', 'order', 'secret-key', 'token', 'upstream', 'webhook']);
/** How long a process may take to print what a test waits for, on a machine that has much else to do. */
export const PRINT_LIMIT_MS = 60_000;
const seenAsProcess = new Set<string>();

export type { Ended };

export interface CommandOptions {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

/** A command that is running. */
export interface Started {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** Starts the command; its environment has no setting of whoever runs the tests. */
export function startCommand(
  args: readonly string[],
  { input = '', env = {} }: CommandOptions = {},
): Started {
  const child = spawn(process.execPath, [COMMAND, ...args], { env: environment(env), stdio: 'pipe' });
  // A command that ends without reading its input is no fault of the test.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const ended = Promise.all([
    new Promise<number | null>((resolve) => child.once('close', resolve)),
    text(child.stdout),
    text(child.stderr),
  ]).then(([code, stdout, stderr]) => ({ code, stdout, stderr }));
  return { process: child, ended };
}

function environment(env: Readonly<Record<string, string>>): Record<string, string | undefined> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CERT_ORDER_STATUS_|NODE_(?!COMPILE_CACHE))/.test(name),
  );
  return { ...Object.fromEntries(inherited), ...env };
}

/**
 * Runs the command to its end: each command the first time as a process of its own, further times beside others in one
 * process. Where the process itself is the subject, or another command is to run beside it, use {@link runProcess}.
 */
export function runCommand(args: readonly string[], options: CommandOptions = {}): Promise<Ended> {
  const command = args.slice(0, GROUPS.has(args[0] ?? '') ? 2 : 1).join(' ');
  if (!seenAsProcess.has(command)) {
    seenAsProcess.add(command);
    return runProcess(args, options);
  }
  const { input = '', env = {} } = options;
  return host.run({ args, input, env: environment(env) });
}

/** Runs the command to its end as a process of its own. */
export function runProcess(args: readonly string[], options?: CommandOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}

/**
 * Resolves with what the process has printed on standard output once that holds the text.
 *
 * @throws with what it has printed when it ends before, or when that takes too long.
 */
export function printed({ process: child, ended }: Started, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    const limit = setTimeout(() => {
      reject(new Error(`has not printed ${wanted} within ${PRINT_LIMIT_MS} ms, but: ${seen}`));
    }, PRINT_LIMIT_MS);
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (!seen.includes(wanted)) return;
      clearTimeout(limit);
      resolve(seen);
    });
    ended.then(({ stderr }) => {
      clearTimeout(limit);
      reject(new Error(`ended without printing ${wanted}: ${seen}${stderr}`));
    });
  });
}

/** A temporary folder with an order database in it. */
export interface CommandFixture {
  readonly folder: string;
  /** `--database` and its value. */
  readonly database: readonly [string, string];
  /** Writes a file of lines; a record becomes JSON. */
  file(name: string, lines: readonly (OrderRecord | string)[]): string;
}

/** Makes an order database with the accounts given, all with {@link ACME}'s password. */
export async function commandFixture(t: TestContext, accounts = ['acme-hosting']): Promise<CommandFixture> {
  const folder = temporaryFolder(t);
  const database = ['--database', await emptyDatabase(t)] as const;
  const store = await openStore(database[1], 'write');
  for (const loginName of accounts) await store.accounts.add(loginName, ACME_HASH);
  await store.close();
  return {
    folder,
    database,
    file(name, lines) {
      const path = join(folder, name);
      const texts = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line)));
      writeFileSync(path, `${texts.join('\n')}\n`);
      return path;
    },
  };
}

/** The log lines that a started command has written so far, parsed: what this returns reads them anew each time. */
export function logOf({ process: child }: Started) {
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () =>
    text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line));
}
