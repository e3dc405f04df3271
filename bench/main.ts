/** The benchmark: `npm run bench`. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, cpus, release, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { makeCluster, startServer } from '../packages/server/test/store/postgres-server.ts';
import { checkAnswers, loadWith, logAllIn, type Mode, type Round, requireWrk } from './load.ts';
import { type DatabaseSize, fillDatabase, responseFor } from './order-database.ts';
import {
  type BenchServer,
  cpuOf,
  familyOf,
  makeCertificate,
  startBare,
  startNginx,
  startService,
} from './servers.ts';

const HELP = `npm run bench -- [options]
  --orders N       orders in each order database (default 1000000)
  --accounts N     accounts that they belong to (default 10000)
  --rounds N       rounds, of which the medians are told (default 5)
  --seconds N      the length of each server's part of a round (default 5)
  --connections N  connections at a time (default 32)
  --data FOLDER    keep the order databases there, and use them again
  --json FILE      write the figures as JSON, too`;

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' },
    accounts: { type: 'string', default: '10000' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    data: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

const MODES: readonly Mode[] = ['keep-alive', 'new connections'];

/** One server's figures in one mode. */
interface Figures extends Round {
  /** Of the server's own processes, in microseconds for each request. */
  readonly cpu: number;
  /** Of the database's, likewise. */
  readonly databaseCpu?: number;
}

if (values.help) {
  console.log(HELP);
} else {
  await bench();
}

async function bench(): Promise<void> {
  await requireWrk();
  const size: DatabaseSize = { orders: Number(values.orders), accounts: Number(values.accounts) };
  const folder = values.data ?? mkdtempSync(join(tmpdir(), 'cert-order-status-bench-'));
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o755);
  const cleanUp: (() => unknown)[] =
    values.data === undefined ? [() => rmSync(folder, { recursive: true })] : [];
  try {
    await run(size, folder, cleanUp);
  } finally {
    for (const act of cleanUp.reverse()) await act();
  }
}

async function run(size: DatabaseSize, folder: string, cleanUp: (() => unknown)[]): Promise<void> {
  const files = await makeCertificate(folder);

  const cluster = join(folder, `postgres-${size.orders}`);
  const isNewCluster = !existsSync(cluster);
  if (isNewCluster) await makeCluster(cluster);
  const postgres = await startServer(cluster, { settings: { shared_buffers: '512MB' } });
  cleanUp.push(() => postgres.stop());
  const sqlite = `sqlite:${join(folder, `sqlite-${size.orders}.db`)}`;
  if (!existsSync(sqlite.slice('sqlite:'.length))) await fill('sqlite', sqlite, size);
  if (isNewCluster) await fill('postgres', postgres.url(), size);

  const answer = responseFor(0, size);
  const servers: BenchServer[] = [await startBare(files, answer)];
  cleanUp.push(() => Promise.all(servers.map((server) => server.stop())));
  servers.push(await startService('sqlite', sqlite, files));
  servers.push(await startService('sqlite, no pages', sqlite, files, ['--workers', '1', '--no-pages']));
  servers.push(await startService('postgres', postgres.url(), files));
  const nginx = await startNginx(files, answer, folder);
  if (nginx !== undefined) servers.push(nginx);
  for (const server of servers) if (isService(server)) await logAllIn(server.port, size);

  const databaseCpu = () => familyOf(postgres.pid).reduce((sum, each) => sum + cpuOf(each), 0);
  const figures = new Map<string, Figures[]>();
  let checked = 0;
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const mode of MODES) {
      for (const server of rotated(servers, round)) {
        process.stderr.write(`round ${round + 1}, ${mode}: ${server.name}          \r`);
        const checker = isService(server) ? checkAnswers(server.port, size) : undefined;
        const before = [server.cpu(), databaseCpu()] as const;
        const loaded = await loadWith(server.port, mode, size, {
          seconds: Number(values.seconds),
          connections: Number(values.connections),
        });
        const requests = loaded.perSecond * Number(values.seconds);
        const cpu = (server.cpu() - before[0]) / requests;
        const ofDatabase = server.name === 'postgres' && {
          databaseCpu: (databaseCpu() - before[1]) / requests,
        };
        checked += (await checker?.stop()) ?? 0;
        const key = `${mode}: ${server.name}`;
        figures.set(key, [...(figures.get(key) ?? []), { ...loaded, cpu, ...ofDatabase }]);
      }
    }
  }
  report(size, servers, figures, checked);
}

async function fill(name: string, database: string, size: DatabaseSize): Promise<void> {
  const began = performance.now();
  await fillDatabase(database, size, (done) => process.stderr.write(`filling ${name}: ${done} orders\r`));
  console.error(
    `filled ${name}: ${size.orders} orders in ${Math.round((performance.now() - began) / 1000)} s`,
  );
}

function isService({ name }: BenchServer): boolean {
  return name !== 'bare' && name !== 'nginx';
}

function rotated<Item>(items: readonly Item[], by: number): Item[] {
  const at = by % items.length;
  return [...items.slice(at), ...items.slice(0, at)];
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] as number;
}

function report(
  size: DatabaseSize,
  servers: readonly BenchServer[],
  figures: ReadonlyMap<string, readonly Figures[]>,
  checked: number,
): void {
  const machine = {
    cpu: `${cpus().length} × ${cpus()[0]?.model}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    system: `${process.platform} ${release()} ${arch()}`,
    node: process.version,
    openssl: process.versions.openssl,
    wrk: firstLine('wrk', '-v'),
    date: new Date().toISOString().slice(0, 10),
  };
  const load = { ...size, rounds: values.rounds, seconds: values.seconds, connections: values.connections };
  const lines = [
    `${machine.cpu}, ${machine.memory}, ${machine.system}; Node ${machine.node}, OpenSSL ${machine.openssl}, ${machine.wrk}`,
    `${size.orders} orders of ${size.accounts} accounts, queryType 1; ${values.connections} connections; medians of ` +
      `${values.rounds} rounds of ${values.seconds} s; ${checked} answers compared whole`,
  ];
  const result: Record<string, unknown>[] = [];
  for (const mode of MODES) {
    const of = (name: string) => (figures.get(`${mode}: ${name}`) ?? []) as Figures[];
    const base = mediansOf(of('bare'));
    lines.push(
      '',
      `| ${mode} | requests/s | p50 ms | p99 ms | p99.9 ms | CPU µs/request | peak MiB |`,
      '| --- | --- | --- | --- | --- | --- | --- |',
    );
    const bare = servers[0]?.peakMemory() ?? 0;
    for (const server of servers) {
      const own = mediansOf(of(server.name));
      const memory = server.peakMemory();
      const ratio = (value: number, to: number) => `(${(value / to).toFixed(2)})`;
      const cell = (value: number, to: number, digits: number) =>
        `${value.toFixed(digits)} ${ratio(value, to)}`;
      const database = own.databaseCpu === undefined ? '' : ` + ${own.databaseCpu.toFixed(0)} database`;
      lines.push(
        `| ${server.name} | ${cell(own.perSecond, base.perSecond, 0)} | ${cell(own.p50 / 1000, base.p50 / 1000, 2)} | ` +
          `${cell(own.p99 / 1000, base.p99 / 1000, 2)} | ${cell(own.p999 / 1000, base.p999 / 1000, 2)} | ` +
          `${cell(own.cpu, base.cpu, 0)}${database} | ${cell(memory / 2 ** 20, bare / 2 ** 20, 0)} |`,
      );
      result.push({
        mode,
        server: server.name,
        ...own,
        peakMemory: memory,
        throughputRatio: own.perSecond / base.perSecond,
      });
    }
  }
  console.log(lines.join('\n'));
  if (values.json !== undefined) {
    writeFileSync(values.json, `${JSON.stringify({ machine, load, checked, result }, undefined, 2)}\n`);
  }
}

function mediansOf(rounds: readonly Figures[]): Figures {
  const of = (name: keyof Figures) => median(rounds.map((round) => round[name] ?? 0));
  const [first] = rounds;
  return {
    perSecond: of('perSecond'),
    p50: of('p50'),
    p99: of('p99'),
    p999: of('p999'),
    cpu: of('cpu'),
    ...(first?.databaseCpu !== undefined && { databaseCpu: of('databaseCpu') }),
  };
}

function firstLine(command: string, option: string): string {
  try {
    return (
      execFileSync(command, [option], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).split(
        '\n',
      )[0] ?? ''
    );
  } catch (error) {
    return (
      String((error as { stdout?: string }).stdout ?? '')
        .split('\n')[0]
        ?.split(' Copyright')[0] ?? command
    );
  }
}
