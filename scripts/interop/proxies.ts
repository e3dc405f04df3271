/** The proxies, each with its configuration from `deploy/`: only ports, addresses and paths are replaced. */

import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { IssuedCertificate } from './authority.ts';
import { type Command, type Daemon, run } from './processes.ts';

const DEPLOY = new URL('../../deploy/', import.meta.url);
const ON = '127.0.0.1';

/** The ports of a proxy, and those of the nodes behind it. */
export interface ProxyPorts {
  readonly public: number;
  readonly plain: number;
  readonly management: number;
  /** Caddy's administration. */
  readonly admin: number;
  readonly nodes: readonly [NodePorts, NodePorts];
}

interface NodePorts {
  readonly port: number;
  readonly managementPort: number;
  readonly probePort: number;
}

/** What a proxy is prepared with. */
interface ProxyParts {
  readonly folder: string;
  readonly certificate: IssuedCertificate;
  readonly ports: ProxyPorts;
}

/** A proxy whose files have been written. */
export interface PreparedProxy {
  /** Checks the configuration, by the proxy's own means. */
  readonly check: Command;
  readonly start: Command;
  /** Makes the running proxy read its configuration again. */
  reload(daemon: Daemon): Promise<void>;
  /** Logs that it writes beside its output. */
  readonly logFiles: readonly string[];
}

/** A proxy. */
export interface ProxyProgram {
  readonly name: string;
  /** The Debian package that has it. */
  readonly package: string;
  readonly version: Command;
  /** The version of the PROXY protocol for one that passes TLS connections on; undefined for one that ends TLS. */
  readonly proxyProtocol?: 1 | 2;
  /** Whether it speaks HTTP/2 to clients. */
  readonly hasHttp2: boolean;
  /** How many connections of one address it takes, whether they send something or not; undefined for no such limit. */
  readonly connectionsPerAddress?: number;
  /** Whether requests fail between a node's end and the next health check. */
  readonly hasFailoverGap?: true;
  prepare(parts: ProxyParts): PreparedProxy;
}

/** Replaces texts, each of which must be there. */
function replaceAll(text: string, replaced: readonly (readonly [string, string])[]): string {
  let result = text;
  for (const [from, to] of replaced) {
    if (!result.includes(from)) throw new Error(`the configuration does not hold ${from}`);
    result = result.replaceAll(from, to);
  }
  return result;
}

function deployed(name: string, replaced: readonly (readonly [string, string])[]): string {
  return replaceAll(readFileSync(new URL(name, DEPLOY), 'utf8'), replaced);
}

/** The addresses of the nodes, as all configurations but nginx's have them. */
function nodeAddresses({ nodes: [one, two] }: ProxyPorts): [string, string][] {
  return [
    [`${ON}:8081`, `${ON}:${one.port}`],
    [`${ON}:8082`, `${ON}:${two.port}`],
  ];
}

function managementAddresses({ nodes: [one, two] }: ProxyPorts): [string, string][] {
  return [
    [`${ON}:8091`, `${ON}:${one.managementPort}`],
    [`${ON}:8092`, `${ON}:${two.managementPort}`],
  ];
}

const NGINX: ProxyProgram = {
  name: 'nginx',
  package: 'nginx',
  version: { file: 'nginx', args: ['-v'] },
  hasHttp2: false,
  prepare({ folder, certificate, ports }) {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (name) => `${name}_temp_path ${folder}/${name};`,
    );
    const config = deployed('nginx.conf', [
      ['listen 8443', `listen ${ON}:${ports.public}`],
      ['listen 8080', `listen ${ON}:${ports.plain}`],
      ['listen 9443', `listen ${ON}:${ports.management}`],
      ['worker_processes auto', 'worker_processes 1'],
      ['tls/cert.pem', certificate.chain],
      ['tls/key.pem', certificate.key],
      ['http {', `http {\n  ${temporary.join('\n  ')}`],
    ]);
    writeFileSync(join(folder, 'nginx.conf'), config);
    const upstreams = deployed('nginx-upstreams.conf', [
      ...nodeAddresses(ports),
      ...managementAddresses(ports),
    ]);
    writeFileSync(join(folder, 'upstreams.conf'), upstreams);
    const args = ['-p', folder, '-c', 'nginx.conf', '-g', `daemon off; pid ${folder}/nginx.pid;`];
    return {
      check: { file: 'nginx', args: [...args, '-t'] },
      start: { file: 'nginx', args },
      reload: async ({ process: nginx }) => void nginx.kill('SIGHUP'),
      logFiles: [],
    };
  },
};

/** Fewer connections than in the file, which asks for more file descriptors than a test machine may have. */
const HAPROXY_CONNECTIONS: [string, string] = ['maxconn 16384', 'maxconn 1024'];

function haproxy(config: string, folder: string): PreparedProxy {
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, config);
  return {
    check: { file: 'haproxy', args: ['-c', '-f', file] },
    start: { file: 'haproxy', args: ['-W', '-f', file] },
    reload: async ({ process: master }) => void master.kill('SIGUSR2'),
    logFiles: [],
  };
}

/** As in both files. */
const HAPROXY_CONNECTIONS_PER_ADDRESS = 256;

const HAPROXY: ProxyProgram = {
  name: 'haproxy, HTTP mode',
  package: 'haproxy',
  version: { file: 'haproxy', args: ['-v'] },
  hasHttp2: true,
  connectionsPerAddress: HAPROXY_CONNECTIONS_PER_ADDRESS,
  prepare({ folder, certificate, ports }) {
    const pem = join(folder, 'chain-and-key.pem');
    writeFileSync(pem, readFileSync(certificate.chain, 'utf8') + readFileSync(certificate.key, 'utf8'));
    const config = deployed('haproxy.cfg', [
      HAPROXY_CONNECTIONS,
      ['bind :8443', `bind ${ON}:${ports.public}`],
      ['bind :8080', `bind ${ON}:${ports.plain}`],
      ['bind :9443', `bind ${ON}:${ports.management}`],
      ['/etc/haproxy/tls/chain-and-key.pem', pem],
      ...nodeAddresses(ports),
      ...managementAddresses(ports),
    ]);
    return haproxy(config, folder);
  },
};

function haproxyTcp(version: 1 | 2): ProxyProgram {
  return {
    name: `haproxy, TCP mode, PROXY protocol v${version}`,
    package: 'haproxy',
    version: { file: 'haproxy', args: ['-v'] },
    proxyProtocol: version,
    hasHttp2: false,
    connectionsPerAddress: HAPROXY_CONNECTIONS_PER_ADDRESS,
    prepare({ folder, ports }) {
      const [one, two] = ports.nodes;
      const config = deployed('haproxy-tcp.cfg', [
        HAPROXY_CONNECTIONS,
        ['bind :8443', `bind ${ON}:${ports.public}`],
        ...nodeAddresses(ports),
        ['port 9101', `port ${one.probePort}`],
        ['port 9102', `port ${two.probePort}`],
        ['send-proxy-v2 check', version === 1 ? 'send-proxy check' : 'send-proxy-v2 check'],
      ]);
      return haproxy(config, folder);
    },
  };
}

/** What Debian's own configuration loads before that of a site, and a2enmod after the commands in the file's head. */
const APACHE_MODULES = [
  'mpm_event',
  'authz_core',
  'ssl',
  'socache_shmcb',
  'slotmem_shm',
  'headers',
  'proxy',
  'proxy_http',
  'proxy_balancer',
  'lbmethod_byrequests',
  'reqtimeout',
];

const APACHE: ProxyProgram = {
  name: 'Apache',
  package: 'apache2',
  version: { file: 'apache2', args: ['-v'] },
  hasHttp2: false,
  prepare({ folder, certificate, ports }) {
    const site = join(folder, 'site.conf');
    const config = deployed('apache.conf', [
      ['Listen 8443', `Listen ${ON}:${ports.public}`],
      ['Listen 8080', `Listen ${ON}:${ports.plain}`],
      ['Listen 9443', `Listen ${ON}:${ports.management}`],
      ['*:8443', `*:${ports.public}`],
      ['*:8080', `*:${ports.plain}`],
      ['*:9443', `*:${ports.management}`],
      ['/etc/apache2/tls/cert.pem', certificate.chain],
      ['/etc/apache2/tls/key.pem', certificate.key],
      ...nodeAddresses(ports),
      ...managementAddresses(ports),
    ]);
    writeFileSync(site, config);
    const user = process.getuid?.() === 0 ? ['User www-data', 'Group www-data'] : [];
    const main = join(folder, 'apache2.conf');
    const lines = [
      `ServerRoot ${folder}`,
      'ServerName localhost',
      `DefaultRuntimeDir ${folder}`,
      `Define APACHE_LOG_DIR ${folder}`,
      `PidFile ${folder}/apache2.pid`,
      'ErrorLog /dev/stderr',
      ...user,
      ...APACHE_MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`),
      `Include ${site}`,
    ];
    writeFileSync(main, `${lines.join('\n')}\n`);
    return {
      check: { file: 'apache2', args: ['-f', main, '-t'] },
      start: { file: 'apache2', args: ['-f', main, '-DFOREGROUND'] },
      reload: async ({ process: parent }) => void parent.kill('SIGUSR1'),
      logFiles: [join(folder, 'cert-order-status.log')],
    };
  },
};

const CADDY: ProxyProgram = {
  name: 'Caddy',
  package: 'caddy',
  version: { file: 'caddy', args: ['version'] },
  hasHttp2: true,
  hasFailoverGap: true,
  prepare({ folder, certificate, ports }) {
    const file = join(folder, 'Caddyfile');
    const config = deployed('Caddyfile', [
      ['https://:8443', `https://:${ports.public}`],
      ['http://:8080', `http://:${ports.plain}`],
      ['https://:9443', `https://:${ports.management}`],
      ['localhost:2019', `localhost:${ports.admin}`],
      ['/etc/caddy/tls/cert.pem', certificate.chain],
      ['/etc/caddy/tls/key.pem', certificate.key],
      ...nodeAddresses(ports),
      ...managementAddresses(ports),
    ]);
    writeFileSync(file, config);
    const env = { HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder };
    const command = (name: string) => ({
      file: 'caddy',
      args: [name, '--config', file, '--adapter', 'caddyfile'],
      env,
    });
    return {
      check: command('validate'),
      start: command('run'),
      async reload() {
        const { args, ...reload } = command('reload');
        await run({ ...reload, args: [...args, '--force'] });
      },
      logFiles: [],
    };
  },
};

/** All proxies. */
export const PROXIES: readonly ProxyProgram[] = [NGINX, HAPROXY, haproxyTcp(1), haproxyTcp(2), APACHE, CADDY];

/** A folder of a proxy's own, which its processes may enter when they are not root. */
export function proxyFolder(parent: string, name: string): string {
  const folder = join(parent, name.replaceAll(/\W+/g, '-'));
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  return folder;
}
