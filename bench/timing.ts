/**
 * Whether the time of a response gives away what its text does not: `npm run timing`. Passwords are hashed at their
 * real cost. Cases take turns, so that whatever the machine does besides meets each of them.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import type { OrderRecord } from '@cert-order-status/protocol';
import { hashPassword } from '../packages/server/src/accounts/password-hash.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';
import { type DatabaseSize, fillDatabase, orderAt, PASSWORD } from './order-database.ts';
import { makeCertificate, startService } from './servers.ts';

const HELP = `npm run timing -- [options]
  --logins N      failed logins of each kind (default 400)
  --questions N   questions of each kind that are answered -4 (default 20000)
  --pages N       pages of each kind (default 5000)`;

const { values } = parseArgs({
  options: {
    logins: { type: 'string', default: '400' },
    questions: { type: 'string', default: '20000' },
    pages: { type: 'string', default: '5000' },
    help: { type: 'boolean', short: 'h' },
  },
});

/** What is asked in one case, the n-th time, and what it must be answered with. */
interface Case {
  readonly name: string;
  readonly code: string;
  question(count: number): Readonly<Record<string, string>>;
}

/** The client that is logged in. */
const CALLER = '10.255.0.1';

if (values.help) console.log(HELP);
else await main();

async function main(): Promise<void> {
  const logins = Number(values.logins);
  const questions = Number(values.questions);
  const pages = Number(values.pages);
  // A third of the accounts each: in use, disabled, and bound to addresses that nobody here comes from.
  const size: DatabaseSize = { orders: 3 * logins, accounts: 3 * logins };
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-timing-'));
  try {
    const files = await makeCertificate(folder);
    const database = `sqlite:${join(folder, 'orders.db')}`;
    await fillDatabase(database, size, () => {}, await hashPassword(PASSWORD));
    const store = await openStore(database, 'write');
    for (let index = 0; index < logins; index++) {
      await store.accounts.setDisabled(orderAt(logins + index, size).account, true);
      await store.accounts.setAllowedAddresses(orderAt(2 * logins + index, size).account, ['192.0.2.1']);
    }
    await store.close();
    const service = await startService('timing', database, files, [
      '--workers',
      '1',
      '--trust-proxy',
      '127.0.0.1',
    ]);
    try {
      const asked = (index: number) => ({
        loginName: orderAt(index, size).account,
        orderNumber: orderAt(index, size).orderNumber,
      });
      // An account each time, and an address: nobody is slowed down for failures before.
      const denied: readonly Case[] = [
        { name: 'wrong password', code: '-16', question: (n) => ({ ...asked(n), loginPassword: 'wrong' }) },
        { name: 'unknown login', code: '-16', question: (n) => ({ ...asked(n), loginName: `nobody-${n}` }) },
        { name: 'disabled account', code: '-16', question: (n) => asked(logins + n) },
        { name: 'address not allowed', code: '-16', question: (n) => asked(2 * logins + n) },
      ];
      tell(await measure(service.port, denied, logins, (n) => `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`));
      const others = orderAt(1, size);
      const invalid: readonly Case[] = [
        { name: 'no such order', code: '-4', question: () => ({ ...asked(0), orderNumber: '99999999' }) },
        {
          name: "another account's order",
          code: '-4',
          question: () => ({ ...asked(0), orderNumber: others.orderNumber }),
        },
        {
          name: 'no such certificate',
          code: '-4',
          question: () => ({ ...asked(0), orderNumber: '', certificateID: '99999999' }),
        },
        {
          name: "another account's certificate",
          code: '-4',
          question: () => ({
            ...asked(0),
            orderNumber: '',
            certificateID: others.certificates[0]?.certificateID ?? '',
          }),
        },
      ];
      tell(await measure(service.port, invalid.slice(0, 2), questions, () => CALLER));
      tell(await measure(service.port, invalid.slice(2), questions, () => CALLER));
      await measurePages(service.port, asked(0), others, pages);
    } finally {
      await service.stop();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds of every response, by case. */
async function measure(
  port: number,
  cases: readonly Case[],
  times: number,
  address: (count: number) => string,
): Promise<Map<string, number[]>> {
  const agent = keptConnection();
  const all = await taken(cases, times, async ({ name, code, question }, n, turn) => {
    const asked = { loginPassword: PASSWORD, queryType: '1', ...question(n) };
    const form = new URLSearchParams(Object.entries(asked).filter(([, value]) => value !== ''));
    return async () => {
      const path = '/products/!GetDetailedOrderStatus';
      const { body } = await send(port, agent, 'POST', path, form.toString(), {
        'X-Forwarded-For': address(n * cases.length + turn),
      });
      if (!body.startsWith(`errorCode=${code}&`)) throw new Error(`${name} was answered ${body}`);
    };
  });
  agent.destroy();
  return all;
}

/** A page that an account asks for, and the status that it must be answered with. */
interface PageCase {
  readonly name: string;
  readonly path: string;
  readonly status: number;
}

/** The same of pages about an account's own order, one of another account, and none. */
async function measurePages(
  port: number,
  own: { readonly loginName: string; readonly orderNumber: string },
  others: OrderRecord,
  times: number,
): Promise<void> {
  const agent = keptConnection();
  const page = (method: string, path: string, form = '', headers = {}) =>
    send(port, agent, method, path, form, { 'X-Forwarded-For': CALLER, ...headers });
  const form = new URLSearchParams({ loginName: own.loginName, loginPassword: PASSWORD }).toString();
  const signedIn = await page('POST', '/sign-in', form, { 'Sec-Fetch-Site': 'same-origin' });
  const Cookie = signedIn.cookies.map((cookie) => cookie.split(';', 1)[0]).join('; ');
  const look = (number: string) => `/look-up?kind=certificate&number=${number}`;
  const orders: readonly PageCase[] = [
    { name: 'page of no such order', path: '/orders/99999999', status: 404 },
    { name: "page of another account's order", path: `/orders/${others.orderNumber}`, status: 404 },
  ];
  const certificates: readonly PageCase[] = [
    { name: 'look-up of no such certificate', path: look('99999999'), status: 404 },
    {
      name: "look-up of another account's certificate",
      path: look(others.certificates[0]?.certificateID ?? ''),
      status: 404,
    },
  ];
  // By itself: a page that comes after a larger one takes a little longer.
  const owns: readonly PageCase[] = [
    { name: 'page of an own order', path: `/orders/${own.orderNumber}`, status: 200 },
  ];
  for (const cases of [orders, certificates, owns]) {
    const all = await taken(cases, times, async ({ name, path, status }) => async () => {
      const answer = await page('GET', path, '', { Cookie });
      if (answer.status !== status) throw new Error(`${name} was answered ${answer.status}`);
    });
    tell(all);
  }
  agent.destroy();
}

/**
 * Milliseconds that cases have taken, in turns.
 *
 * @param prepare what is done in a case, the n-th time, as a function that is timed.
 */
async function taken<Kind extends { readonly name: string }>(
  cases: readonly Kind[],
  times: number,
  prepare: (each: Kind, n: number, turn: number) => Promise<() => Promise<void>>,
): Promise<Map<string, number[]>> {
  const all = new Map<string, number[]>(cases.map(({ name }) => [name, []]));
  const warmUp = Math.ceil(times / 20);
  for (let n = 0; n < times; n++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const each = cases[(n + turn) % cases.length] as Kind;
      const act = await prepare(each, n, turn);
      const began = performance.now();
      await act();
      const took = performance.now() - began;
      if (n >= warmUp) all.get(each.name)?.push(took);
    }
  }
  return all;
}

function keptConnection(): Agent {
  return new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
}

interface Answer {
  readonly status: number;
  readonly cookies: readonly string[];
  readonly body: string;
}

function send(
  port: number,
  agent: Agent,
  method: string,
  path: string,
  body: string,
  more: Readonly<Record<string, string>>,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      'Content-Type': 'application/x-www-form-urlencoded',
      'Content-Length': Buffer.byteLength(body),
      'X-Forwarded-Proto': 'https',
      ...more,
    };
    request({ host: '127.0.0.1', port, path, method, agent, headers }, async (response) =>
      resolve({
        status: response.statusCode ?? 0,
        cookies: response.headers['set-cookie'] ?? [],
        body: await text(response),
      }),
    )
      .on('error', reject)
      .end(body);
  });
}

function tell(all: ReadonlyMap<string, readonly number[]>): void {
  const [first] = all.values();
  if (first === undefined) return;
  console.log(
    '| | answers | p5 ms | p50 ms | p95 ms | slower than the first |\n| --- | --- | --- | --- | --- | --- |',
  );
  for (const [name, times] of all) {
    const sorted = times.toSorted((a, b) => a - b);
    const at = (part: number) => (sorted[Math.floor(sorted.length * part)] ?? 0).toFixed(3);
    const slower =
      times === first
        ? ''
        : `${(100 * oftenSlower(times, first)).toFixed(1)} % ± ${(100 * errorOf(times, first)).toFixed(1)}`;
    console.log(`| ${name} | ${times.length} | ${at(0.05)} | ${at(0.5)} | ${at(0.95)} | ${slower} |`);
  }
  console.log();
}

/**
 * How often one of these takes longer than one of those (Mann and Whitney's U): half of the time, when nothing shows.
 */
function oftenSlower(these: readonly number[], those: readonly number[]): number {
  const ranked = [
    ...these.map((value) => ({ value, isOfThese: true })),
    ...those.map((value) => ({ value, isOfThese: false })),
  ].toSorted((a, b) => a.value - b.value);
  let passed = 0;
  let wins = 0;
  for (const { isOfThese } of ranked) {
    if (isOfThese) wins += passed;
    else passed++;
  }
  return wins / (these.length * those.length);
}

/** Twice the standard error of that, were there no difference. */
function errorOf({ length: a }: readonly number[], { length: b }: readonly number[]): number {
  return 2 * Math.sqrt((a + b + 1) / (12 * a * b));
}
