/**
 * What logins cost the others: `npm run bench:logins`. Passwords are hashed at their real cost here; elsewhere in the
 * benchmark no password is.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { hashPassword } from '../packages/server/src/accounts/password-hash.ts';
import { type DatabaseSize, fillDatabase, PASSWORD, requestFor } from './order-database.ts';
import { type BenchServer, type CertificateFiles, makeCertificate, startService } from './servers.ts';

const HELP = `npm run bench:logins -- [options]
  --accounts N   accounts, each with an order (default 10000)
  --seconds N    how long the flood lasts, and the quiet before it (default 20)
  --workers N    workers of the service (default 1)`;

const { values } = parseArgs({
  options: {
    accounts: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '20' },
    workers: { type: 'string', default: '1' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** Requests a second of clients who have logged in. */
const VERIFIED_RATE = 400;
const VERIFIED_ACCOUNTS = 100;
/** Wrong passwords a second. */
const FLOOD_RATE = 50;
/** In the first minute after a restart every account asks once. */
const MINUTE = 60;
/** An account that was told to come back does, so often. */
const MOST_TRIES = 20;

/** What came of one request. Milliseconds, from when it was due. */
interface Outcome {
  readonly milliseconds: number;
  readonly code: string;
}

if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const accounts = Number(values.accounts);
  const seconds = Number(values.seconds);
  const size: DatabaseSize = { orders: accounts, accounts };
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-bench-'));
  let service: BenchServer | undefined;
  try {
    const files = await makeCertificate(folder);
    const database = `sqlite:${join(folder, 'orders.db')}`;
    // One hash for all: to check it costs what checking any other costs.
    await fillDatabase(database, size, () => {}, await hashPassword(PASSWORD));

    service = await start(database, files);
    await askFor(service.port, size, 1, VERIFIED_ACCOUNTS, (index) => ({ account: index, address: 1 }));
    const quiet = await verified(service.port, size, seconds);
    const [flooded, newcomers, flood] = await Promise.all([
      verified(service.port, size, seconds),
      askFor(service.port, size, seconds, seconds, (index) => ({
        account: VERIFIED_ACCOUNTS + index,
        address: 2 + (index % 200),
      })),
      askFor(service.port, size, seconds, FLOOD_RATE * seconds, (index) => ({
        account: VERIFIED_ACCOUNTS + (index % (accounts - VERIFIED_ACCOUNTS)),
        address: 256 + (index % FLOOD_RATE),
        password: `guess ${index}`,
      })),
    ]);
    tell(`verified callers, ${VERIFIED_RATE} a second, in quiet`, quiet);
    tell(`the same, while ${FLOOD_RATE} wrong passwords a second come`, flooded);
    tell('callers not yet verified, one a second, meanwhile', newcomers);
    tell('the wrong passwords', flood);
    const ratio = percentile(flooded, 0.99) / percentile(quiet, 0.99);
    console.log(`p99 of verified callers: ${ratio.toFixed(2)} times as long in the flood\n`);

    await service.stop();
    service = await start(database, files);
    const minute = await askFor(service.port, size, MINUTE, accounts, (index) => ({
      account: index,
      address: 512 + (index % 1000),
    }));
    tell(`the first minute after a restart, ${accounts} accounts asking once in it`, minute);
  } finally {
    await service?.stop();
    rmSync(folder, { recursive: true });
  }
}

function start(database: string, files: CertificateFiles): Promise<BenchServer> {
  return startService('sqlite', database, files, ['--workers', values.workers]);
}

function verified(port: number, size: DatabaseSize, seconds: number): Promise<Outcome[]> {
  return askFor(port, size, seconds, VERIFIED_RATE * seconds, (index) => ({
    account: index % VERIFIED_ACCOUNTS,
    address: 1,
  }));
}

/** Who asks: an account, from one of this machine's own addresses. */
interface Caller {
  readonly account: number;
  readonly address: number;
  readonly password?: string;
}

/** Asks so many requests in so many seconds, at an even pace that does not wait for responses. */
async function askFor(
  port: number,
  size: DatabaseSize,
  seconds: number,
  count: number,
  callerOf: (index: number) => Caller,
): Promise<Outcome[]> {
  const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
  const began = performance.now();
  const outcomes: Promise<Outcome>[] = [];
  for (let index = 0; index < count; index++) {
    const due = began + (index / count) * seconds * 1000;
    const leftMs = due - performance.now();
    if (leftMs > 0) await pause(leftMs);
    outcomes.push(askUntilAnswered(port, size, callerOf(index), agent, due));
  }
  const all = await Promise.all(outcomes);
  agent.destroy();
  return all;
}

/** Comes back as long as it is told to, as the client does. */
async function askUntilAnswered(
  port: number,
  size: DatabaseSize,
  caller: Caller,
  agent: Agent,
  due: number,
): Promise<Outcome> {
  for (let tries = 1; ; tries++) {
    const { code, retryAfter } = await ask(port, size, caller, agent);
    if (retryAfter === undefined || tries === MOST_TRIES)
      return { code, milliseconds: performance.now() - due };
    await pause(retryAfter * 1000 * (0.5 + Math.random()));
  }
}

function ask(
  port: number,
  size: DatabaseSize,
  { account, address, password }: Caller,
  agent: Agent,
): Promise<{ code: string; retryAfter?: number }> {
  const form = requestFor(account, size, password);
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'Content-Length': Buffer.byteLength(form),
  };
  const localAddress = `127.0.${address >> 8}.${address & 255}`;
  const options = { host: '127.0.0.1', localAddress, port, method: 'POST', headers, agent };
  return new Promise((resolve) => {
    // A request without a response is counted like one, and ends neither the others nor this program.
    const failed = (error: NodeJS.ErrnoException) => resolve({ code: error.code ?? error.name });
    request({ ...options, path: '/products/!GetDetailedOrderStatus' }, (response) => {
      const retryAfter = response.headers['retry-after'];
      text(response).then((body) => {
        const code = new URLSearchParams(body).get('errorCode') ?? '';
        resolve({ code, ...(retryAfter !== undefined && { retryAfter: Number(retryAfter) }) });
      }, failed);
    })
      .on('error', failed)
      .end(form);
  });
}

function percentile(outcomes: readonly Outcome[], share: number): number {
  const sorted = outcomes.map(({ milliseconds }) => milliseconds).sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function tell(what: string, outcomes: readonly Outcome[]): void {
  const codes = Object.entries(Object.groupBy(outcomes, ({ code }) => code))
    .map(([code, those]) => `errorCode ${code}: ${those?.length}`)
    .join(', ');
  const times = [0.5, 0.99, 1].map((share) => percentile(outcomes, share).toFixed(1));
  console.log(`${what}\n  p50 ${times[0]} ms, p99 ${times[1]} ms, longest ${times[2]} ms; ${codes}`);
}
