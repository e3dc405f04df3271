/**
 * Runs unmodified clients and proxies against the service: `npm run interop`. On Debian:
 *
 *     apt-get install -y openssl python3-requests php-cli php-curl golang-go ruby perl libwww-perl \
 *       liblwp-protocol-https-perl default-jdk-headless wget curl node-qs nginx haproxy apache2 caddy
 *
 * A program that is missing is skipped, and the package that has it is named; `--require-all` makes that a failure.
 * `--only TEXT` runs only programs whose name holds the text. `--long` keeps a page and an idle request open for longer
 * than the proxies' timeouts. The exit code is 0 when no case failed. As root, the script adds a name to the hosts file
 * and removes it at the end; otherwise the clients use `localhost`.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { launchChromium } from '../../packages/server/test/web/chromium.ts';
import { issueCertificate } from './authority.ts';
import { installed, runClientCases, runOwnClientCases, type Target } from './client-cases.ts';
import { clients, versionOf } from './clients.ts';
import { addHostName } from './host-name.ts';
import { runParserCases } from './parser-cases.ts';
import { killAll } from './processes.ts';
import { PROXIES, type ProxyProgram } from './proxies.ts';
import { runProxyCases } from './proxy-cases.ts';
import { Results } from './results.ts';
import { fillDatabase, helpOf, startNode } from './service.ts';
import { QUERY_CLIENT, runQueryArgumentCase, runWarningCases } from './service-cases.ts';

const { values: options } = parseArgs({
  options: {
    'require-all': { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
  },
});

/** How long a page and a waiting request are open before there is a change. */
const OPEN_FOR_MS = 500;
/** Longer than every timeout in the proxies' configurations. */
const OPEN_FOR_LONG_MS = 135_000;

const results = new Results();
const versions = new Map<string, string>();
const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-interop-'));
const host = addHostName();
const cleanUp = () => {
  killAll();
  host.remove();
  rmSync(folder, { recursive: true, force: true });
};
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    cleanUp();
    process.exit(1);
  });
}
try {
  await results.run('npm run interop', 'no case is left out', runAll);
} finally {
  cleanUp();
}
results.printSummary(versions);
const isIncomplete = options['require-all'] && results.count('skipped') > 0;
process.exitCode = results.count('failed') > 0 || isIncomplete ? 1 : 0;

async function runAll(): Promise<void> {
  const certificate = await issueCertificate(folder, [host.name, 'localhost', '127.0.0.1']);
  const { root, rootText } = certificate;
  const tls = ['--tls-cert', certificate.chain, '--tls-key', certificate.key];
  const database = await fillDatabase(folder);
  const isWanted = ({ name }: { name: string }) => name.toLowerCase().includes(options.only.toLowerCase());
  const found = installed(clients({ folder, root }).filter(isWanted), results, versions);

  const launched = await launchChromium();
  try {
    for (const proxy of await installedProxies(PROXIES.filter(isWanted))) {
      await runProxyCases(proxy, {
        folder,
        hostName: host.name,
        certificate,
        database,
        clients: found,
        browser: launched.browser,
        results,
        openForMs: options.long ? OPEN_FOR_LONG_MS : OPEN_FOR_MS,
      });
    }
  } finally {
    await launched.close();
  }

  const queryClient = found.find(({ name }) => name === QUERY_CLIENT);
  const node = await startNode(database, folder, 'service', tls);
  try {
    const at = (scheme: string) => `${scheme}://${host.name}:${node.port}`;
    const target: Target = { origin: at('https'), plainOrigin: at('http'), root };
    for (const client of found) await runClientCases(client, target, results);
    if (isWanted({ name: 'Node.js' }))
      await runParserCases(target.origin, rootText, folder, results, versions);
    if (queryClient !== undefined) await runWarningCases(node, results);
    if (isWanted({ name: 'order-status (our own)' })) await runOwnClientCases(target, results);
  } finally {
    await node.stop();
  }
  if (queryClient === undefined) return;
  const lenient = await startNode(database, folder, 'lenient', [...tls, '--accept-query-arguments']);
  try {
    await runQueryArgumentCase(queryClient, `https://${host.name}:${lenient.port}`, results);
  } finally {
    await lenient.stop();
  }
}

/** The proxies that can be tried; the others are noted as skipped. */
async function installedProxies(wanted: readonly ProxyProgram[]): Promise<readonly ProxyProgram[]> {
  const hasProxyProtocol = (await helpOf('serve')).includes('--proxy-protocol');
  return wanted.filter(({ name, version, package: packageName, proxyProtocol }) => {
    const installedVersion = versionOf(version);
    if (installedVersion === undefined) {
      results.skip(name, `not installed: apt-get install -y ${packageName}`);
      return false;
    }
    versions.set(name, installedVersion);
    if (proxyProtocol === undefined || hasProxyProtocol) return true;
    results.skip(name, 'this service has no --proxy-protocol');
    return false;
  });
}
