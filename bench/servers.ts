/** What is compared: each a server of its own, in processes of its own. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { selfSignedPair } from '../packages/server/src/http/self-signed.ts';
import { freePort } from '../packages/server/test/free-port.ts';

const COMMAND = fileURLToPath(new URL('../packages/server/bin/cert-order-status.js', import.meta.url));
const BARE = fileURLToPath(new URL('bare-server.ts', import.meta.url));

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
  /** CPU time of its processes so far, in microseconds. */
  cpu(): number;
  /** The most memory that its processes have had, in bytes. */
  peakMemory(): number;
  stop(): Promise<void>;
}

/** A `node:https` server that answers fixed bytes. */
export async function startBare(files: CertificateFiles, answer: string): Promise<BenchServer> {
  const child = spawn(process.execPath, [BARE, files.cert, files.key, answer], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return serverOf('bare', Number(line), child);
}

/** The service on an order database. */
export async function startService(
  name: string,
  database: string,
  files: CertificateFiles,
  more: readonly string[] = ['--workers', '1'],
): Promise<BenchServer> {
  const options = ['--host', '127.0.0.1', '--port', '0', '--tls-cert', files.cert, '--tls-key', files.key];
  const args = [COMMAND, 'serve', '--database', database, ...options, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  for await (const line of lines) {
    const { msg, port } = JSON.parse(line);
    if (msg !== 'listening') continue;
    // The log goes on, and is read by nobody, as fast as it comes.
    child.stdout.resume();
    return serverOf(name, port, child);
  }
  throw new Error(`${name} did not start`);
}

/** nginx, if it is installed. */
export async function startNginx(
  files: CertificateFiles,
  answer: string,
  folder: string,
): Promise<BenchServer | undefined> {
  const port = await freePort();
  const config = join(folder, 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log /dev/null;
    events { worker_connections 4096; }
    http {
      access_log off; keepalive_requests 1000000000; default_type application/x-www-form-urlencoded;
      client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
      uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
      server {
        listen 127.0.0.1:${port} ssl; ssl_certificate ${files.cert}; ssl_certificate_key ${files.key};
        location / { add_header Cache-Control no-store; return 200 '${answer}'; }
      }
    }`,
  );
  const child = spawn('nginx', ['-p', folder, '-c', config], { stdio: 'ignore' });
  const started = await Promise.race([
    once(child, 'error').then(() => false),
    once(child, 'exit').then(() => false),
    new Promise<true>((resolve) => setTimeout(() => resolve(true), 500)),
  ]);
  return started ? serverOf('nginx', port, child) : undefined;
}

function serverOf(name: string, port: number, child: ChildProcess): BenchServer {
  const pid = child.pid as number;
  return {
    name,
    port,
    cpu: () => familyOf(pid).reduce((sum, each) => sum + cpuOf(each), 0),
    peakMemory: () => familyOf(pid).reduce((sum, each) => sum + peakMemoryOf(each), 0),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

/** A process, its children, theirs, and so on. */
export function familyOf(pid: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => statOf(Number(name))?.parent === pid)
    .map(Number);
  return [pid, ...children.flatMap(familyOf)];
}

/** The kernel counts in hundredths of a second. */
const TICK = 10_000;

/** In microseconds. */
export function cpuOf(pid: number): number {
  const stat = statOf(pid);
  return stat === undefined ? 0 : (stat.user + stat.system) * TICK;
}

function statOf(pid: number): { parent: number; user: number; system: number } | undefined {
  try {
    // The program's name may hold anything, but is the last thing in brackets.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    return { parent: Number(fields[1]), user: Number(fields[11]), system: Number(fields[12]) };
  } catch {
    return undefined;
  }
}

function peakMemoryOf(pid: number): number {
  const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes ?? 0) * 1024;
}
