/** The benchmark: `npm run bench`. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { makeCluster, startServer as startPostgres } from '../packages/server/test/store/postgres-server.ts';
import { goalTable } from './goals.ts';
import { hasWrk, LoadGenerator, logAllIn } from './load.ts';
import { describeMachine } from './machine.ts';
import { HELP, readOptions } from './options.ts';
import { createToken, OrderChanges } from './order-changes.ts';
import { type DatabaseSize, responseFor } from './order-database.ts';
import { fillPeerDatabase } from './peers/peer-database.ts';
import { PEERS } from './peers/peers.ts';
import { familyOf, peakMemoryOf } from './processes.ts';
import { BARE, type SamplesByServer, workloadTable } from './report.ts';
import { CHECKOUT, makeCertificate, startBare, startNginx, startService } from './servers.ts';
import { measureRound, type Sample, type Subject, type Workload, workloadsOf } from './workloads.ts';

const FILL = join(CHECKOUT, 'bench/fill.ts');

const options = readOptions();
if (options === undefined) console.log(HELP);
else await bench(options);

type Options = NonNullable<ReturnType<typeof readOptions>>;

/** Everything that a run starts or makes, to be stopped or removed in reverse. */
type CleanUp = (() => unknown)[];

async function bench(options: Options): Promise<void> {
  const folder = options.data ?? mkdtempSync(join(tmpdir(), 'cert-order-status-bench-'));
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const cleanUp: CleanUp = options.data === undefined ? [() => rmSync(folder, { recursive: true })] : [];
  try {
    await measure(options, folder, cleanUp);
  } finally {
    for (const act of cleanUp.reverse()) await act();
  }
}

async function measure(options: Options, folder: string, cleanUp: CleanUp): Promise<void> {
  const { size, seconds, warmUpSeconds, connections, rounds } = options;
  const { subjects, skipped } = await startAll(options, folder, cleanUp);
  const generator = new LoadGenerator();
  cleanUp.push(() => generator.stop());
  const usesWrk = await hasWrk();
  const workloads = workloadsOf(options);
  const samples = new Map<string, Map<string, Sample[]>>(
    workloads.map((workload) => [
      workload.title,
      new Map(subjects.filter(({ server }) => workload.isFor(server)).map(({ server }) => [server.name, []])),
    ]),
  );
  for (const subject of subjects) {
    tellProgress(`warm-up: ${subject.server.name}`);
    const atRates = workloads.filter(
      ({ ratePerSecond, isFor }) => ratePerSecond !== undefined && isFor(subject.server),
    );
    for (const workload of atRates) {
      const settings = {
        generator,
        usesWrk,
        seconds: warmUpSeconds / atRates.length,
        connections,
        seed: rounds,
      };
      await measureRound(workload, subject, settings);
    }
  }
  let comparedWhole = 0;
  for (let round = 0; round < rounds; round++) {
    for (const workload of workloads) {
      for (const subject of rotated(subjects, round)) {
        const rows = samples.get(workload.title)?.get(subject.server.name);
        if (rows === undefined) continue;
        tellProgress(`round ${round + 1}, ${workload.title}: ${subject.server.name}`);
        const settings = { generator, usesWrk, seconds, connections, seed: round };
        const { sample, compared } = await measureRound(workload, subject, settings);
        rows.push(sample);
        comparedWhole += compared;
      }
    }
  }
  tellProgress('');
  const machine = await describeMachine();
  console.log(
    `${machine}\n${size.orders} orders of ${size.accounts} accounts, queryType 1; ${connections} connections; ` +
      `medians of ${rounds} rounds of ${seconds} s; ${comparedWhole} responses compared completely`,
  );
  for (const name of skipped) console.log(`skipped: ${name}`);
  report(options, folder, subjects, workloads, samples, machine);
}

/** Fills the databases and starts the servers. */
async function startAll(options: Options, folder: string, cleanUp: CleanUp) {
  const { size, alsoOrders, compare, memoryCgroup, isChosen } = options;
  const files = await makeCertificate(folder);
  const fixedBody = responseFor(0, size);
  const subjects: Subject[] = [];
  cleanUp.push(() => Promise.all(subjects.map(({ server }) => server.stop())));
  const skipped: string[] = [];

  const start = async (
    name: string,
    database: string,
    checkout: string,
    ofSize: DatabaseSize,
    workers: number,
    databasePid?: number,
  ) => {
    const token = await createToken(checkout, database);
    const more = ['--workers', `${workers}`, '--management-port', '0'];
    const server = await startService(name, database, files, more, { checkout, memoryCgroup });
    const { managementPort } = server;
    const changes =
      managementPort === undefined ? undefined : new OrderChanges(managementPort, token, ofSize);
    subjects.push({ server, size: ofSize, databasePid, changes });
    await logAllIn(server.port, ofSize);
  };
  const onSqlite = async (name: string, checkout = CHECKOUT, ofSize = size, workers = 1) => {
    if (!isChosen(name)) return;
    const file = join(folder, `${databaseName('sqlite', ofSize, checkout)}.db`);
    if (!existsSync(file)) await fill(checkout, `sqlite:${file}`, ofSize);
    const database = `sqlite:${file}`;
    await start(name, database, checkout, ofSize, workers);
  };
  const onPostgres = async (name: string, checkout = CHECKOUT) => {
    if (!isChosen(name)) return;
    const cluster = join(folder, `${databaseName('postgres', size, checkout)}`);
    const isNew = !existsSync(cluster);
    if (isNew) await makeCluster(cluster);
    const postgres = await startPostgres(cluster, { settings: { shared_buffers: '512MB' } });
    cleanUp.push(() => postgres.stop());
    if (isNew) await fill(checkout, postgres.url(), size);
    await start(name, postgres.url(), checkout, size, 1, postgres.pid);
  };

  if (isChosen(BARE)) subjects.push({ server: await startBare(files, fixedBody), size });
  await onSqlite('sqlite');
  await onSqlite('sqlite, 2 workers', CHECKOUT, size, 2);
  if (alsoOrders !== undefined)
    await onSqlite(`sqlite, ${alsoOrders} orders`, CHECKOUT, { ...size, orders: alsoOrders });
  await onPostgres('postgres');
  if (compare !== undefined) {
    const checkout = resolve(compare);
    await onSqlite(`sqlite (${compare})`, checkout);
    await onSqlite(`sqlite, 2 workers (${compare})`, checkout, size, 2);
    await onPostgres(`postgres (${compare})`, checkout);
  }
  for (const peer of PEERS.filter(({ name }) => isChosen(name))) {
    const database = join(folder, `${databaseName('peers', size, CHECKOUT)}.db`);
    if (!existsSync(database)) fillPeerDatabase(database, size);
    const server = await peer.start({ files, database, folder });
    if (server === undefined) {
      skipped.push(`${peer.name}, which needs ${peer.needs}`);
      continue;
    }
    subjects.push({ server, size });
    await logAllIn(server.port, size);
  }
  if (isChosen('nginx')) {
    const server = await startNginx(files, fixedBody, folder);
    if (server === undefined) skipped.push('nginx, which is not installed');
    else subjects.push({ server, size });
  }
  return { subjects, skipped };
}

async function fill(checkout: string, database: string, { orders, accounts }: DatabaseSize): Promise<void> {
  const args = ['--conditions=@cert-order-status/source', FILL, checkout, database];
  const child = spawn(process.execPath, [...args, `${orders}`, `${accounts}`], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${database} could not be filled`);
}

/** On a terminal alone. */
function tellProgress(what: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${what}\u{1b}[K\r`);
}

/** In the folder of a run; other checkouts have databases of their own. */
function databaseName(engine: string, { orders, accounts }: DatabaseSize, checkout: string): string {
  const other = checkout === CHECKOUT ? '' : `-${basename(checkout)}`;
  return `${engine}-${orders}-${accounts}${other}`;
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function report(
  { size, json }: Options,
  folder: string,
  subjects: readonly Subject[],
  workloads: readonly Workload[],
  samples: ReadonlyMap<string, SamplesByServer>,
  machine: string,
): void {
  const memory = new Map(subjects.map(({ server }) => [server.name, peakMemoryOf(familyOf(server.pids))]));
  const memoryOf = (server: string) => memory.get(server) ?? { all: Number.NaN, largest: Number.NaN };
  for (const workload of workloads) {
    const ofServers = samples.get(workload.title) ?? new Map();
    console.log(`\n${workloadTable(workload, ofServers, memoryOf).join('\n')}`);
  }
  const file = join(folder, `${databaseName('sqlite', size, CHECKOUT)}.db`);
  const bytesAnOrder = existsSync(file) ? statSync(file).size / size.orders : undefined;
  const peakMemory = (server: string) => memory.get(server)?.largest;
  console.log(`\n${goalTable({ samples, bytesAnOrder, peakMemory }).join('\n')}`);
  if (json !== undefined) {
    const rounds = Object.fromEntries(
      [...samples].map(([title, servers]) => [title, Object.fromEntries(servers)]),
    );
    const result = { machine, size, rounds, peakMemory: Object.fromEntries(memory), bytesAnOrder };
    writeFileSync(json, `${JSON.stringify(result, undefined, 2)}\n`);
  }
}
