/**
 * Everything at once that anybody may send, and that would make the service hold much, or do much: for five minutes in
 * `npm run nightly`, for some seconds in `npm test`. Rightful callers must be answered, the memory of each process must
 * stay flat, and each limit that stands against it must show in the metrics.
 */

import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { openStore } from '../../src/store/open-store.ts';
import { COMMAND } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { readMetrics } from '../metrics/read-metrics.ts';
import { childrenOf, cpuSeconds, residentBytes } from '../processes.ts';
import { ACME, STATUS_PATH, sendRequest } from '../running-service.ts';
import { ACME_ANSWER, acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { emptyDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testPairOptions } from '../test-pair.ts';
import type { Target } from './attack/attack.ts';
import { callAsRightful, type Seen } from './attack/rightful-callers.ts';

const SECONDS = Number(process.env['ATTACK_SECONDS'] ?? 4);
/** A run that is long enough to say something of time and growth. */
const isLong = SECONDS >= 60;
/** How long the bare server is attacked, with which the service is compared. */
const BARE_SECONDS = 30;
const REQUESTS_PER_SECOND = isLong ? 200 : 100;
/**
 * A long run measures the service, so its attackers get what is left of the processor. On a machine that has much else
 * to do, that would be too little to reach any limit.
 */
const ATTACKERS_PRIORITY = isLong ? 19 : 5;
/** How much longer the attackers go on at most. */
const MORE_SECONDS = 180;

const ATTACKERS = fileURLToPath(new URL('attack/attackers.ts', import.meta.url));
const BARE_SERVER = fileURLToPath(new URL('../../../../bench/bare-server.ts', import.meta.url));
const LARGE_ORDER = '4000001';
const MEBIBYTE = 2 ** 20;
/** No process may hold more, ever. */
const MEMORY_CEILING = 1024 * MEBIBYTE;
/** How much more a process may hold at most in the last third of a long run than in the one before. */
const MOST_GROWTH = 64 * MEBIBYTE;
const SAMPLE_INTERVAL_MS = 500;

/** Small enough that attackers of one machine reach them. */
const LIMITS = {
  '--max-connections': 300,
  '--max-connections-per-address': 48,
  '--max-open-pages-per-account': 8,
  '--max-open-pages-per-link': 4,
  '--response-timeout': 4,
};

/** What the attack must reach, but when it is some of the attacks only. */
const REACHED =
  process.env['ATTACKS'] !== undefined
    ? []
    : [
        'requestsPerConnection',
        'unwantedBody',
        'openPagesPerAccount',
        'openPagesPerLink',
        'managementBody',
        'denied',
        // How soon these are reached depends on how fast the machine is, and on what else it does.
        ...(isLong ? ['connections', 'connectionsPerAddress', 'responseTime'] : []),
      ];

interface Served {
  readonly child: ChildProcess;
  readonly target: Target;
  metrics(): Promise<string>;
}

async function serve(t: TestContext): Promise<Served> {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  await store.accounts.add(ACME.loginName, await hashPassword(ACME.loginPassword));
  const certificates = Array.from({ length: 2000 }, (_, index) =>
    acmeCertificate({ certificateID: String(9_000_000 + index), FQDN: `host-${index}.example.com` }),
  );
  await fillDatabase(store.orders, [acmeOrder(), acmeOrder({ orderNumber: LARGE_ORDER, certificates })]);
  const [token, admin, secret] = [newToken(), newToken(), newSecret()];
  await store.tokens.add({ name: 'intake', scope: 'write', digest: digestOfSecret(token) });
  await store.tokens.add({ name: 'operations', scope: 'admin', digest: digestOfSecret(admin) });
  await store.shareLinks.add(digestOfSecret(secret), LARGE_ORDER, Date.now() + 3_600_000);
  await store.close();

  const options = [...(await testPairOptions()), '--host', '127.0.0.1', '--port', '0', '--workers', '2'];
  const ports = ['--management-port', '0', '--probe-port', '0', '--stop-timeout', '2'];
  const limits = Object.entries(LIMITS).flatMap(([name, value]) => [name, String(value)]);
  const args = [COMMAND, 'serve', '--database', database, ...options, ...ports, ...limits];
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(process.execPath, args, { env, detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  const kill = () => {
    if (child.exitCode === null) process.kill(-(child.pid as number), 'SIGKILL');
  };
  // In a process group of its own, it would outlive a test that is stopped.
  process.once('exit', kill);
  t.after(async () => {
    kill();
    await ended;
    process.off('exit', kill);
  });
  const lines = createInterface({ input: child.stdout });
  const { promise: listening, resolve } = Promise.withResolvers<string>();
  lines.on('line', (line) => line.includes('"listening"') && resolve(line));
  const { port, managementPort, probePort } = JSON.parse(await listening);
  const account = await cookieOf(port, '/sign-in', { ...ACME });
  const console = await cookieOf(managementPort, '/console/sign-in', { token: admin });
  const link = await sendRequest({
    scheme: 'https',
    port,
    method: 'GET',
    path: `/s/${secret}`,
    headers: {},
    body: '',
  });
  return {
    child,
    target: {
      port,
      managementPort,
      seconds: SECONDS,
      priority: ATTACKERS_PRIORITY,
      statusPath: STATUS_PATH,
      loginName: ACME.loginName,
      largeRequest: new URLSearchParams({ ...ACME, orderNumber: LARGE_ORDER, queryType: '2' }).toString(),
      pages: {
        account: { path: `/orders/${LARGE_ORDER}`, cookie: account },
        shared: { path: String(link.headers['location']), cookie: cookieIn(link.headers['set-cookie']) },
        console: { path: `/console/orders/${LARGE_ORDER}`, cookie: console },
      },
      token,
    },
    metrics: async () => {
      return readMetrics(probePort);
    },
  };
}

async function cookieOf(port: number, path: string, form: Record<string, string>): Promise<string> {
  const { status, headers } = await sendRequest({
    scheme: 'https',
    port,
    method: 'POST',
    path,
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams(form).toString(),
  });
  assert.equal(status, 303);
  return cookieIn(headers['set-cookie']);
}

function cookieIn(header: string | string[] | undefined): string {
  return String(header).split(';', 1)[0] as string;
}

/**
 * Lets the attackers loose, and the rightful callers call meanwhile. On a busy machine, where attackers come last, they
 * go on until they have reached what they must.
 */
async function attack(t: TestContext, target: Target, isReached: () => Promise<boolean>): Promise<Seen> {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const given = { ...target, seconds: target.seconds + MORE_SECONDS } satisfies Target;
  const attackers = fork(ATTACKERS, [JSON.stringify(given)], {
    env,
    execArgv: ['--conditions=@cert-order-status/source'],
    // A session of their own, so that their priority counts against everybody.
    detached: true,
  });
  t.after(() => attackers.kill('SIGKILL'));
  const ended = once(attackers, 'exit');
  const seen = await callAsRightful(target.port, {
    form: new URLSearchParams({ ...ACME, orderNumber: '7250060', queryType: '1' }).toString(),
    expected: ACME_ANSWER,
    perSecond: REQUESTS_PER_SECOND,
    seconds: target.seconds,
  });
  while (attackers.connected && !(await isReached())) await pause(SAMPLE_INTERVAL_MS);
  if (attackers.connected) attackers.disconnect();
  assert.deepEqual(await ended, [0, null]);
  return seen;
}

/** The memory of processes, sampled until it is stopped. */
function watchMemory(t: TestContext, pids: readonly number[]) {
  const samples = new Map(pids.map((pid) => [pid, [] as number[]]));
  const timer = setInterval(() => {
    for (const [pid, ofProcess] of samples) ofProcess.push(residentBytes(pid));
  }, SAMPLE_INTERVAL_MS);
  t.after(() => clearInterval(timer));
  return () => {
    clearInterval(timer);
    return [...samples.values()].map((ofProcess) => {
      const third = Math.floor(ofProcess.length / 3);
      const [first, second, last] = [0, 1, 2].map((index) =>
        Math.max(...ofProcess.slice(index * third, (index + 1) * third)),
      ) as [number, number, number];
      return { first, second, last };
    });
  };
}

function describe(what: string, { answered, failures, percentile }: Seen): string {
  const times = [50, 99, 99.9].map((percent) => `p${percent} ${percentile(percent).toFixed(1)} ms`);
  return `${what}: ${answered} of ${answered + failures.length} answered, ${times.join(', ')}`;
}

/** What a `node:https` server that answers the same bytes makes of the same attack. */
async function attackBareServer(t: TestContext, target: Target): Promise<Seen> {
  const folder = temporaryFolder(t);
  const { cert, key } = await selfSignedPair();
  const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const bare = spawn(process.execPath, [BARE_SERVER, certFile, keyFile, ACME_ANSWER], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => bare.kill('SIGKILL'));
  const [line] = await once(createInterface({ input: bare.stdout }), 'line');
  const port = Number(line);
  const seen = await attack(
    t,
    { ...target, port, managementPort: port, seconds: BARE_SECONDS },
    async () => true,
  );
  bare.kill('SIGKILL');
  return seen;
}

/** How often each limit was reached, and each outcome of a login. */
function counted(metrics: string): Map<string, number> {
  const lines = metrics.matchAll(/^cert_order_status_(?:limit_reached|logins)_total\{\w+="(\w+)"\} (\d+)$/gm);
  return new Map([...lines].map(([, name = '', count]) => [name, Number(count)]));
}

test(`${SECONDS} seconds of everything at once: rightful callers are answered, memory stays flat, limits show`, {
  skip: process.platform !== 'linux',
}, async (t) => {
  const { child, target, metrics } = await serve(t);
  const pid = child.pid as number;
  const pids = [pid, ...childrenOf(pid)];
  const cpuBefore = pids.map(cpuSeconds);
  const stopWatching = watchMemory(t, pids);
  const seen = await attack(t, target, async () => {
    const counts = counted(await metrics());
    return REACHED.every((name) => (counts.get(name) ?? 0) > 0);
  });
  const memory = stopWatching();
  const counts = counted(await metrics());
  assert.deepEqual([pid, ...childrenOf(pid)], pids, 'a worker died');

  t.diagnostic(describe('the service', seen));
  for (const [index, each] of pids.entries()) {
    const thirds = Object.values(memory[index] ?? {}).map((bytes) => `${Math.round(bytes / MEBIBYTE)} MiB`);
    const cpu = cpuSeconds(each) - (cpuBefore[index] ?? 0);
    const name = index === 0 ? 'primary process' : `worker ${index}`;
    t.diagnostic(
      `${name}: ${cpu.toFixed(1)} s of CPU, at most ${thirds.join(', ')} in each third of the time`,
    );
  }
  t.diagnostic(`reached: ${[...counts].map(([name, count]) => `${name} ${count}`).join(', ')}`);
  for (const name of REACHED) assert.ok((counts.get(name) ?? 0) > 0, name);
  for (const { first, second, last } of memory) {
    assert.ok(Math.max(first, second, last) < MEMORY_CEILING);
    if (isLong) assert.ok(last - second < MOST_GROWTH);
  }
  assert.deepEqual(seen.failures, []);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  if (isLong) t.diagnostic(describe('a bare node:https server', await attackBareServer(t, target)));
});
