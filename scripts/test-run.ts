/**
 * Runs every test of every package, or the files named on the command line: `npm test -- FILE…`; those that need an
 * order database once more, on PostgreSQL, beside the others. A run that finds no test is a failure, which `node
 * --test` itself would call a success. With `--long` (`npm run nightly`), tests on random input take a hundred times as
 * many cases, processes and databases are killed over and over, the soak lasts a quarter of an hour, and in the end,
 * with nothing beside it, the service is attacked for five minutes.
 */

import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { glob } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { isOpenToOthers } from '../packages/server/test/open-to-others.ts';
import { cpuSecondsOfTree } from '../packages/server/test/processes.ts';
import {
  makeSqliteTemplate,
  SHARED_SERVER,
  SQLITE_TEMPLATE,
  startTestServer,
} from '../packages/server/test/store/databases.ts';
import { makeTestPair, SHARED_PAIR } from '../packages/server/test/test-pair.ts';
import { SHARED_CHROMIUM, unpackChromium } from '../packages/server/test/web/chromium.ts';
import { COST_FILE } from './test-cost.ts';

const MINUTE = 60_000;
const LONG_RUNS = '30000';
const LONG_ROUNDS = '50';
const LONG_ACKNOWLEDGED_ROUNDS = '1000';
const LONG_SOAK = '900';
const LONG_ATTACK = '300';
const LONG_FOLLOWED_ORDERS = '3000';

/** Tests that see the order database through the program alone: they must pass on either engine. */
const ON_EITHER_ENGINE = [
  'packages/server/test/{maintenance/import,management-api}/*.test.ts',
  'packages/server/test/accounts/{account-tokens,login-throttle,authenticator,token-login}.test.ts',
  'packages/server/test/{status-api,customer-api}/*.test.ts',
  'packages/server/test/http/{body-limit,response}.test.ts',
  'packages/server/test/faults/{clock,kill,soak}.test.ts',
  'packages/server/test/maintenance/{prune,regular-pruning,verify}.test.ts',
  'packages/server/test/store/row-limits.test.ts',
  'packages/server/test/{jobs,server/jobs}/*.test.ts',
  'packages/server/test/secrets/{secrets,rotation,disclosure}.test.ts',
  'packages/server/test/webhooks/webhook-{admin,delivery,import,kill,queue,service}.test.ts',
  'packages/server/test/upstreams/{claims,follow-a-service,followed-orders,following}.test.ts',
  'packages/server/test/upstreams/{observed-orders,poll-upstream,polling-job,polling-kill}.test.ts',
  'packages/server/test/upstreams/{simulated-days,upstreams}.test.ts',
  'packages/server/test/cli/{account,audit,export,order-changes,order-list,secret-key,token}.test.ts',
  'packages/server/test/web/{allowed-addresses,equal-cost,live-orders,order-paging,page-requests,passwords}.test.ts',
  'packages/server/test/web/{share-links,shared-order}.test.ts',
  'packages/server/test/metrics/probe-port.test.ts',
  'packages/server/test/conformance/conformance.test.ts',
];

/**
 * Of those, the ones for which one engine will do but at night: about requests that are answered before the order
 * database is asked, about how commands, responses and pages show what was read (that both engines read the same, the
 * contracts in test/store show), or about what others show of both engines.
 */
const ONE_ENGINE_BY_DAY = [
  'packages/server/test/cli/{account,audit,order-changes,order-list,token}.test.ts',
  'packages/server/test/maintenance/import/invalid-lines.test.ts',
  'packages/server/test/management-api/{authorisation,bad-requests,bad-tokens,exact-json}.test.ts',
  'packages/server/test/management-api/{http-semantics,large-bodies,preconditions}.test.ts',
  'packages/server/test/metrics/probe-port.test.ts',
  'packages/server/test/{http/{response,body-limit},status-api/{answer-format,content-type}}.test.ts',
  'packages/server/test/status-api/{body-framing,certificate-parameters,checks,endpoint-path}.test.ts',
  'packages/server/test/status-api/{expect-header,methods,numbers,order-parameters}.test.ts',
  'packages/server/test/status-api/{query-arguments,request-arguments,response-format}.test.ts',
  'packages/server/test/status-api/{allowed-addresses,error-codes,judgement-order,later-fields}.test.ts',
  'packages/server/test/status-api/{permission-denied,revisions-agree,suggested-org-details}.test.ts',
  'packages/server/test/management-api/{account-tokens,accounts,schemas}.test.ts',
  'packages/server/test/{management-api,customer-api}/document.test.ts',
  'packages/server/test/web/{allowed-addresses,order-paging,page-requests,passwords}.test.ts',
  'packages/server/test/web/{share-links,shared-order}.test.ts',
  'packages/server/test/accounts/{authenticator,token-login}.test.ts',
  'packages/server/test/server/jobs/jobs-process.test.ts',
  'packages/server/test/upstreams/simulated-days.test.ts',
  'packages/server/test/conformance/conformance.test.ts',
];

/** They begin first, those of a line in a process of their own: the run does not wait in the end for one of them. */
const LONG_ONES = [
  'packages/server/test/conformance/conformance.test.ts',
  'packages/server/test/faults/attack.test.ts',
  'packages/server/test/faults/{soak,stalled-log}.test.ts',
  'packages/server/test/management-api/{changes-and-model,largest-order}.test.ts',
  'packages/server/test/server/workers/{workers,shared-logins}.test.ts',
  'packages/server/test/server/jobs/jobs-process.test.ts',
  'packages/server/test/secrets/disclosure.test.ts',
  'packages/server/test/cli/unwritable-output.test.ts',
  'packages/server/test/regular-expressions.test.ts',
  'packages/client/test/cli/watch.test.ts',
  'packages/client/test/installed-package.test.ts',
  // One Chromium shows the pages to both.
  'packages/server/test/web/{checker,console}.test.ts',
  'packages/server/test/web/page-end.test.ts',
  'packages/server/test/store/postgres.test.ts',
  'packages/server/test/store/postgres-failure.test.ts',
  'packages/server/test/http/{connection-limits,idle-connections}.test.ts',
];
/** At night they are the last, and alone: they measure. */
const ALONE_AT_NIGHT = ['packages/server/test/faults/attack.test.ts'];
/** How many of the others, of a folder, share a process: most of what they take is to begin. */
const MOST_TOGETHER = 20;
/** Folders of fewer files share one, up to this many files. */
const MOST_OF_FOLDERS = 12;
/** What a file names that needs the PostgreSQL of the run. */
const NEEDS_POSTGRES = /postgres/i;
/** A line of modules for PostgreSQL, before their imports. */
const ON_POSTGRES = "data:text/javascript,process.env.TEST_ENGINE = 'postgres';";
/**
 * Stays from run to run: what tests import is compiled once after each change of it. Node makes files anew when their
 * source changes.
 */
const COMPILED = new URL('../node_modules/.cache/cert-order-status-test', import.meta.url);

/** What each process of tests loads first. */
const SLIM_HTTP = fileURLToPath(new URL('slim-http.cjs', import.meta.url));

/** In bytes, which is less than any file system takes. */
const MOST_NAME_LENGTH = 200;

const MEMORY_FOLDER = '/dev/shm';
const OPEN_FOLDERS = ['/tmp', '/var/tmp'];
const TMPFS = 0x01021994;
/** In bytes; a run takes half of it. */
const MEMORY_NEEDED = 2 * 2 ** 30;

const { values, positionals } = parseArgs({
  options: { long: { type: 'boolean' }, costs: { type: 'boolean' } },
  allowPositionals: true,
});
if (values.long) {
  process.env['FUZZ_RUNS'] ??= LONG_RUNS;
  process.env['FAULT_ROUNDS'] ??= LONG_ROUNDS;
  process.env['ACKNOWLEDGED_ROUNDS'] ??= LONG_ACKNOWLEDGED_ROUNDS;
  process.env['SOAK_SECONDS'] ??= LONG_SOAK;
  process.env['ATTACK_SECONDS'] ??= LONG_ATTACK;
  process.env['FOLLOWED_ORDERS'] ??= LONG_FOLLOWED_ORDERS;
}

const files = await filesOf(positionals.length > 0 ? positionals : ['packages/*/test/**/*.test.ts']);
if (files.length === 0) {
  console.error('no test file found');
  process.exit(1);
}

/** So many modules were made. */
let modules = 0;
const longOnes = await Promise.all(LONG_ONES.map((pattern) => filesOf([pattern])));
const folder = mkdtempSync(join(folderInMemory() ?? openFolder(), 'cert-order-status-test-'));
// PostgreSQL, which does not run as root, has its files in there.
chmodSync(folder, 0o755);
process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
// What tests make is made in there, and goes with it.
process.env['TMPDIR'] = folder;
// Hundreds of processes compile the same sources.
process.env['NODE_COMPILE_CACHE'] = fileURLToPath(COMPILED);
process.env[SHARED_PAIR] = folder;
const costFile = join(folder, 'costs');
if (values.costs) process.env[COST_FILE] = costFile;
await makeTestPair(folder);
process.env[SQLITE_TEMPLATE] = await makeSqliteTemplate(folder);
const again = await filesOnPostgres(files);
const server = again.length > 0 || files.some(namesPostgres) ? await startTestServer() : undefined;
if (server !== undefined) process.env[SHARED_SERVER] = server.url();
if (files.some((file) => file.includes('/web/'))) await shareChromium();
try {
  const alone = new Set(values.long ? await filesOf(ALONE_AT_NIGHT) : []);
  const [main, onPostgres] = [
    batchesOf(files.filter((file) => !alone.has(file))),
    batchesOf(again, ON_POSTGRES),
  ];
  await runAll([...main.long, ...onPostgres.long, ...onPostgres.together, ...main.together]);
  await runAll(batchesOf(files.filter((file) => alone.has(file))).long);
} finally {
  if (values.costs && server !== undefined)
    appendFileSync(costFile, `${cpuSecondsOfTree(server.pid).toFixed(1)} PostgreSQL\n`);
  await server?.stop();
}
if (values.costs) printCosts();

/**
 * Where thousands of commits cost no waiting for a disk, if there is such a place with room enough; unless TMPDIR says
 * where to. Long runs are on a disk, as the service is.
 */
function folderInMemory(): string | undefined {
  if (values.long || process.env['TMPDIR'] !== undefined) return;
  try {
    const { type, bavail, bsize } = statfsSync(MEMORY_FOLDER);
    return type === TMPFS && bavail * bsize > MEMORY_NEEDED ? MEMORY_FOLDER : undefined;
  } catch {
    return; // Only Linux has it.
  }
}

/** The folder for temporary files; as root, one that the user whom PostgreSQL runs as can enter. */
function openFolder(): string {
  const given = tmpdir();
  if (process.getuid?.() !== 0 || isOpenToOthers(given)) return given;
  const open = OPEN_FOLDERS.find((each) => existsSync(each) && isOpenToOthers(each));
  if (open === undefined) {
    console.error(
      `PostgreSQL runs as another user than root, which cannot enter ${given}: set TMPDIR to another folder`,
    );
    process.exit(1);
  }
  console.error(`Temporary files are in ${open}: ${given} is closed to the user whom PostgreSQL runs as.`);
  return open;
}

async function shareChromium(): Promise<void> {
  try {
    process.env[SHARED_CHROMIUM] = await unpackChromium(folder);
  } catch (error) {
    console.error(`The Chromium that came with npm ci does not unpack; an installed one must do: ${error}`);
  }
}

async function filesOf(patterns: readonly string[]): Promise<string[]> {
  return (await Array.fromAsync(glob(patterns))).sort();
}

/** Those of the files that are to run on PostgreSQL, too. */
async function filesOnPostgres(files: readonly string[]): Promise<string[]> {
  const onEither = new Set(await filesOf(ON_EITHER_ENGINE));
  if (!values.long) for (const file of await filesOf(ONE_ENGINE_BY_DAY)) onEither.delete(file);
  return files.filter((file) => onEither.has(file));
}

/** The costliest first, in seconds of a core. */
function printCosts(): void {
  const costs = readFileSync(costFile, 'utf8').trimEnd().split('\n');
  costs.sort((a, b) => Number.parseFloat(b) - Number.parseFloat(a));
  console.log(`seconds of a core, by file:\n${costs.join('\n')}`);
}

function namesPostgres(file: string): boolean {
  return NEEDS_POSTGRES.test(readFileSync(file, 'utf8'));
}

async function runAll(modules: readonly string[]): Promise<void> {
  if (modules.length === 0) return;
  let passed = 0;
  const stream = run({
    files: modules,
    concurrency: 4,
    timeout: (values.long ? 60 : 10) * MINUTE,
    execArgv: ['--require', SLIM_HTTP],
  });
  stream.on('test:pass', () => {
    passed++;
  });
  stream.on('test:fail', () => {
    process.exitCode = 1;
  });
  const report = stream.compose(new spec());
  report.pipe(process.stdout);
  await new Promise((resolve) => report.once('end', resolve));
  if (passed === 0) process.exitCode = 1;
}

/**
 * What `node --test` is to run: the long ones, and modules that load several of the others, of one folder or of few
 * small ones, those of the protocol, which take the least, at the end.
 *
 * @param first what each of them imports before the tests; with it, the long ones are modules, too.
 */
function batchesOf(files: readonly string[], first?: string): { long: string[]; together: string[] } {
  const long = (values.costs ? files.map((file) => [file]) : longOnes)
    .map((ofLine) => ofLine.filter((file) => files.includes(file)))
    .filter((batch) => batch.length > 0);
  const others = files.filter((file) => !long.flat().includes(file)).toReversed();
  const together: string[][] = [];
  for (const ofFolder of Object.values(Object.groupBy(others, dirname)).flatMap((all = []) => partsOf(all))) {
    const last = together.at(-1);
    if (last !== undefined && last.length + ofFolder.length <= MOST_OF_FOLDERS) last.push(...ofFolder);
    else together.push([...ofFolder]);
  }
  return {
    long: long.map((batch) => moduleOf(batch, first)),
    together: together.map((batch) => moduleOf(batch, first)),
  };
}

/** As few parts as may be, and of one size. */
function partsOf(files: readonly string[]): string[][] {
  const size = Math.ceil(files.length / Math.ceil(files.length / MOST_TOGETHER));
  return Array.from({ length: Math.ceil(files.length / size) }, (_, part) =>
    files.slice(part * size, (part + 1) * size),
  );
}

/** A module that loads the files, one after the other. */
function moduleOf(batch: readonly string[], first?: string): string {
  const name = `${batch.map((file) => basename(file, '.test.ts')).join('+')}.mjs`;
  const module = join(folder, `module-${++modules}`, name.slice(-MOST_NAME_LENGTH));
  mkdirSync(dirname(module), { recursive: true });
  const engine = first === undefined ? '' : ' on PostgreSQL';
  const cost = new URL(`test-cost.ts?${new URLSearchParams({ file: `${batch}${engine}` })}`, import.meta.url)
    .href;
  const imports = [
    ...(values.costs ? [cost] : []),
    ...(first === undefined ? [] : [first]),
    ...batch.map((file) => pathToFileURL(file).href),
  ];
  writeFileSync(module, imports.map((url) => `import ${JSON.stringify(url)};\n`).join(''));
  return module;
}
