/** Servers of other makes that do the service's work: the same requests, from an order database of the same orders. */

import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { freePort } from '../../packages/server/test/free-port.ts';
import { type BenchServer, type CertificateFiles, startNginxWith, startProcess } from '../servers.ts';

const run = promisify(execFile);

/** What a peer is started with. */
interface PeerSettings {
  readonly files: CertificateFiles;
  readonly database: string;
  /** Where it may write. */
  readonly folder: string;
}

/** A peer: started when its tools are installed. */
export interface Peer {
  readonly name: string;
  /** What must be installed. */
  readonly needs: string;
  start(settings: PeerSettings): Promise<BenchServer | undefined>;
}

/** Where Debian's packages of Go sources are. */
const GO_PATH = '/usr/share/gocode';
const PHP_FPM = ['php-fpm', 'php-fpm8.2', 'php-fpm8.3', 'php-fpm8.4'].flatMap((name) =>
  ['/usr/sbin', '/usr/bin', '/usr/local/sbin'].map((folder) => join(folder, name)),
);
const PHP_PROCESSES = 2;

/** All peers. */
export const PEERS: readonly Peer[] = [
  {
    name: 'go',
    needs: 'go, golang-github-mattn-go-sqlite3-dev and libsqlite3-dev (Debian)',
    async start({ files, database, folder }) {
      const program = join(folder, 'go-server');
      const source = pathOf('go/server.go');
      const env = { ...process.env, GO111MODULE: 'off', GOPATH: GO_PATH };
      const isBuilt = await run('go', ['build', '-tags', 'libsqlite3', '-o', program, source], { env }).then(
        () => true,
        () => false,
      );
      if (!isBuilt) return undefined;
      const port = await freePort();
      return startProcess('go', port, program, [files.cert, files.key, database, `${port}`]);
    },
  },
  {
    name: 'fastify',
    needs: "its dependencies ('npm ci' in bench/peers/fastify)",
    async start({ files, database }) {
      if (!existsSync(pathOf('fastify/node_modules/better-sqlite3'))) return undefined;
      const port = await freePort();
      const program = pathOf('fastify/server.js');
      return startProcess('fastify', port, process.execPath, [
        program,
        files.cert,
        files.key,
        database,
        `${port}`,
      ]);
    },
  },
  { name: 'php', needs: 'nginx, php-fpm and php-sqlite3 (Debian)', start: startPhp },
];

async function startPhp({ files, database, folder }: PeerSettings): Promise<BenchServer | undefined> {
  const program = PHP_FPM.find(existsSync);
  if (program === undefined) return undefined;
  const modules = await run(program, ['-m']);
  if (!modules.stdout.includes('pdo_sqlite')) return undefined;
  const socket = join(folder, 'php.sock');
  const config = join(folder, 'php-fpm.conf');
  const isRoot = process.getuid?.() === 0;
  const lines = [
    '[global]',
    `error_log = ${folder}/php-fpm.log`,
    'daemonize = no',
    '[bench]',
    ...(isRoot ? ['user = root', 'group = root'] : []),
    `listen = ${socket}`,
    'listen.mode = 0666',
    'pm = static',
    `pm.max_children = ${PHP_PROCESSES}`,
  ];
  writeFileSync(config, `${lines.join('\n')}\n`);
  const fpm = await startProcess('php-fpm', socket, program, ['-y', config, ...(isRoot ? ['-R'] : [])]);
  if (fpm === undefined) return undefined;
  const location = `
    location / {
      fastcgi_pass unix:${socket};
      fastcgi_param SCRIPT_FILENAME ${pathOf('php/index.php')}; fastcgi_param ORDER_DATABASE ${database};
      fastcgi_param REQUEST_METHOD $request_method; fastcgi_param CONTENT_TYPE $content_type;
      fastcgi_param CONTENT_LENGTH $content_length;
    }`;
  const nginx = await startNginxWith('php', files, folder, location);
  if (nginx === undefined) {
    await fpm.stop();
    return undefined;
  }
  return {
    ...nginx,
    pids: [...nginx.pids, ...fpm.pids],
    async stop() {
      await nginx.stop();
      await fpm.stop();
    },
  };
}

function pathOf(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
