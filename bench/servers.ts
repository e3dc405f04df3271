/** What is compared: each a server of its own, in processes of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { selfSignedPair } from '../packages/server/src/http/self-signed.ts';
import { freePort } from '../packages/server/test/free-port.ts';

/** The checkout that this program belongs to. */
export const CHECKOUT = fileURLToPath(new URL('..', import.meta.url));
const BARE = fileURLToPath(new URL('bare-server.ts', import.meta.url));
/** Between two looks at whether a server accepts connections, in milliseconds. */
const START_POLL_MS = 50;

/** Where a certificate and its key are. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** Makes a certificate for this machine, in a folder. */
export async function makeCertificate(folder: string): Promise<CertificateFiles> {
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  const pair = await selfSignedPair();
  writeFileSync(files.cert, pair.cert);
  writeFileSync(files.key, pair.key);
  return files;
}

/** A server that is running. */
export interface BenchServer {
  readonly name: string;
  readonly port: number;
  /** Of the processes that its others are children of. */
  readonly pids: readonly number[];
  /** What it responds with, if it always responds alike. */
  readonly fixedBody?: string | undefined;
  /** The port of its management API, if it has one. */
  readonly managementPort?: number | undefined;
  stop(): Promise<void>;
}

/** A `node:https` server that responds with fixed bytes. */
export async function startBare(files: CertificateFiles, fixedBody: string): Promise<BenchServer> {
  const child = spawn(process.execPath, [BARE, files.cert, files.key, fixedBody], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return { ...serverOf('bare', Number(line), child), fixedBody };
}

/** How a service is started otherwise than by itself. */
interface ServiceStart {
  /** Where its program is. */
  readonly checkout?: string;
  /** The folder of a control group that limits its memory, in which it starts. */
  readonly memoryCgroup?: string | undefined;
}

/** The service on an order database. */
export async function startService(
  name: string,
  database: string,
  files: CertificateFiles,
  more: readonly string[] = ['--workers', '1'],
  { checkout = CHECKOUT, memoryCgroup }: ServiceStart = {},
): Promise<BenchServer> {
  const options = ['--host', '127.0.0.1', '--port', '0', '--tls-cert', files.cert, '--tls-key', files.key];
  const args = [commandOf(checkout), 'serve', '--database', database, ...options, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (memoryCgroup !== undefined) writeFileSync(join(memoryCgroup, 'cgroup.procs'), `${child.pid}`);
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, port, managementPort } = JSON.parse(line);
    if (msg !== 'listening') continue;
    // The rest of the log is discarded, as fast as it comes.
    child.stdout.resume();
    return { ...serverOf(name, port, child), managementPort };
  }
  throw new Error(`${name} did not start`);
}

/** The program of a checkout. */
export function commandOf(checkout: string): string {
  return join(checkout, 'packages/server/bin/cert-order-status.js');
}

/** nginx with fixed bytes, if it is installed. */
export async function startNginx(
  files: CertificateFiles,
  fixedBody: string,
  folder: string,
): Promise<BenchServer | undefined> {
  const location = `location / { add_header Cache-Control no-store; return 200 '${fixedBody}'; }`;
  const server = await startNginxWith('nginx', files, folder, location);
  return server && { ...server, fixedBody };
}

/** nginx with a location, if it is installed. */
export async function startNginxWith(
  name: string,
  files: CertificateFiles,
  folder: string,
  location: string,
): Promise<BenchServer | undefined> {
  const port = await freePort();
  const config = join(folder, `${name}.conf`);
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${folder}/${name}.pid; error_log /dev/null;
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 1000000000; default_type application/x-www-form-urlencoded;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port} ssl; ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};
        ${location}
      }
    }`,
  );
  return startProcess(name, port, 'nginx', ['-p', folder, '-c', config]);
}

/**
 * A program that listens on a port or a socket that it is told; undefined when it is not installed, or ends at once.
 */
export async function startProcess(
  name: string,
  listensOn: number | string,
  command: string,
  args: readonly string[],
): Promise<BenchServer | undefined> {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'inherit'] });
  let hasEnded = false;
  child.on('error', () => {
    hasEnded = true;
  });
  child.on('exit', () => {
    hasEnded = true;
  });
  while (!(await accepts(listensOn))) {
    if (hasEnded) return undefined;
    await pause(START_POLL_MS);
  }
  return serverOf(name, typeof listensOn === 'number' ? listensOn : 0, child);
}

async function accepts(listensOn: number | string): Promise<boolean> {
  const socket = typeof listensOn === 'number' ? connect(listensOn, '127.0.0.1') : connect(listensOn);
  return once(socket, 'connect')
    .then(
      () => true,
      () => false,
    )
    .finally(() => socket.destroy());
}

function serverOf(name: string, port: number, child: ChildProcess): BenchServer {
  return {
    name,
    port,
    pids: child.pid === undefined ? [] : [child.pid],
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
