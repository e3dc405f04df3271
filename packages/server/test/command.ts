/** The `cert-order-status` command as a process of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { OrderRecord } from '@cert-order-status/protocol';
import { openStore } from '../src/store/open-store.ts';
import { ACME_HASH } from './running-service.ts';
import { emptyDatabase } from './store/databases.ts';
import { temporaryFolder } from './temporary-folder.ts';

export const COMMAND = fileURLToPath(new URL('../bin/cert-order-status.js', import.meta.url));

/** What a command that has ended printed, and its exit code (null when a signal ended it). */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

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
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(CERT_ORDER_STATUS_|NODE_(?!COMPILE_CACHE))/.test(name),
  );
  const child = spawn(process.execPath, [COMMAND, ...args], {
    env: { ...Object.fromEntries(inherited), ...env },
    stdio: 'pipe',
  });
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

/** Runs the command to its end. */
export function runCommand(args: readonly string[], options?: CommandOptions): Promise<Ended> {
  return startCommand(args, options).ended;
}

/** Resolves with what the process has printed on standard output once that holds the text. */
export function printed({ process: child, ended }: Started, wanted: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let seen = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      seen += chunk.toString();
      if (seen.includes(wanted)) resolve(seen);
    });
    ended.then(({ stderr }) => reject(new Error(`ended without printing ${wanted}: ${seen}${stderr}`)));
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
