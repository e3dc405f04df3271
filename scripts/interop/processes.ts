/** Starting other programs, and ending them. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { appendFileSync, closeSync, openSync, readFileSync } from 'node:fs';
import { promisify } from 'node:util';

const execute = promisify(execFile);

/** How long one run of a client, or one check of a configuration, may take. */
const RUN_TIMEOUT_MS = 60_000;
/** The largest output of a client: a response about the largest order has 800 KB. */
const OUTPUT_LIMIT_BYTES = 16 * 1024 * 1024;
/** How long a program may take to start, and what it does to show. */
const START_TIMEOUT_MS = 60_000;
/** How long a program may take to end by itself once it was told to. */
const END_TIMEOUT_MS = 15_000;

/** A program to be run to its end. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** What a program printed. */
export interface Output {
  readonly stdout: string;
  readonly stderr: string;
}

/** Debian's programs come first, before others that the machine has. */
const DEBIAN_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/**
 * An environment without settings that would lead clients elsewhere: proxies, certificates, options of Node, settings
 * of the service.
 */
export function plainEnvironment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(.*_proxy|SSL_CERT_.*|CURL_.*|REQUESTS_.*|NODE_.*|CERT_ORDER_STATUS_.*)$/i.test(name),
  );
  const PATH = `${DEBIAN_PATH}:${process.env['PATH'] ?? ''}`;
  return { ...Object.fromEntries(kept), PATH, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...more };
}

/** Runs a program to its end. Rejects, with what it printed, when it fails. */
export async function run({ file, args, env }: Command): Promise<Output> {
  try {
    return await execute(file, args, {
      env: plainEnvironment(env),
      timeout: RUN_TIMEOUT_MS,
      maxBuffer: OUTPUT_LIMIT_BYTES,
    });
  } catch (error) {
    const { stderr = '', stdout = '', message } = error as Error & Partial<Output>;
    throw new Error(`${message.split('\n', 1)[0]}\n${(stderr || stdout).slice(-1000)}`);
  }
}

/** A program that goes on until it is ended; its output is in a file. */
export interface Daemon {
  readonly process: ChildProcess;
  output(): string;
  /** Resolves with the exit code, or null for one that a signal ended, when the program has ended. */
  readonly ended: Promise<number | null>;
  /** Resolves when the program has ended. */
  end(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Set<ChildProcess>();

/** Ends every program that {@link start} has started, without waiting for it. */
export function killAll(): void {
  for (const child of running) child.kill();
}

/** Starts a program that writes both its outputs to a file. */
export function start({ file, args, env }: Command, outputFile: string, folder?: string): Daemon {
  // A file and no pipe: /dev/stdout cannot be opened where it is a pipe of Node's.
  const output = openSync(outputFile, 'a');
  const child = spawn(file, args, {
    cwd: folder,
    env: plainEnvironment(env),
    stdio: ['ignore', output, output],
  });
  child.on('error', (error) => appendFileSync(outputFile, `${error.message}\n`));
  closeSync(output);
  running.add(child);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  ended.then(() => running.delete(child));
  return {
    process: child,
    ended,
    output: () => readFileSync(outputFile, 'utf8'),
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      const timer = setTimeout(() => child.kill('SIGKILL'), END_TIMEOUT_MS);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** Tries until it succeeds, for as long as a program may take to start; then throws what the last try threw. */
export async function eventually<Value>(attempt: () => Promise<Value>): Promise<Value> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
