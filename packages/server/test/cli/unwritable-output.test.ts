/** Every command of both programs, with an output that takes nothing: a full device, and a pipe without a reader. */

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, constants, openSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isNight } from '../../../protocol/test/runs.ts';
import { COMMAND, commandFixture, runCommand } from '../command.ts';
import { authority } from '../outbound/targets.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { testPairOptions } from '../test-pair.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream } from '../upstreams/fake-upstream.ts';

const CLIENT = fileURLToPath(new URL('../../../client/bin/order-status.js', import.meta.url));
const PROGRAMS = { 'cert-order-status': COMMAND, 'order-status': CLIENT };
type Program = keyof typeof PROGRAMS;

const ISSUED = acmeOrder({
  orderStatus: 'Completed',
  certificates: [
    acmeCertificate({
      certificateStatus: 'Issued',
      serialNumber: '0A',
      dcvStatus: 'completed',
      caaStatus: 'completed',
    }),
  ],
});

/** Commands with the order database, so that each prints something. What they change does not matter to the others. */
const WITH_DATABASE = [
  'account add acme --generate',
  'account add acme-2 --generate',
  'account passwd acme-hosting --generate',
  'account disable acme-hosting',
  'account enable acme-hosting',
  'account allow acme-hosting 192.0.2.0/24',
  'account list',
  'account token add acme-hosting new',
  'account token list acme-hosting',
  'account token revoke acme-hosting known',
  'token create new --scope read',
  'token create new-2 --scope read',
  'token list',
  'token revoke known',
  'audit failures',
  'audit operators',
  'order show 7250060',
  'order list',
  'order list --json',
  'order put -',
  'order set 7250060 orderStatus=Completed',
  'order history 7250060',
  'import -',
  'export',
  'export /dev/stdout',
  'verify',
  'epoch show',
  'epoch renew',
  'prune --dry-run --older-than 1d',
  'secret-key add',
  'secret-key show',
  'secret-key rotate',
  'secret-key retire',
  'webhook add https://hooks.example.com/ --account acme-hosting',
  'webhook list',
  'webhook show ENDPOINT',
  'webhook pause ENDPOINT',
  'webhook resume ENDPOINT',
  'webhook rotate ENDPOINT',
  'webhook replay ENDPOINT --since 1d',
  'webhook remove OTHER',
  'upstream add new --base-url https://new.example --login reseller --password-stdin',
  'upstream list',
  'upstream show ca',
  'upstream show ca --json',
  'upstream test fake 1 --outbound-allow 127.0.0.0/8',
  'upstream set ca --interval 6h',
  'upstream pause ca',
  'upstream resume ca',
  'upstream remove unused',
  'upstream follow ca 81',
  'upstream unfollow ca 82',
  'upstream refresh ca 83',
  'upstream orders ca',
  'upstream orders ca --json',
];
/** Commands that ask a service. */
const WITH_SERVICE = [
  'status 7250060',
  'status 7250060 --json',
  'watch 7250060',
  'watch 7250060 --json',
  'conformance --order 7250060 --dry-run',
  'changes --from-start --timeout 1s',
  'listen --forward-to http://127.0.0.1:1/ --from-start --timeout 30s',
];
const HELP = ['--help', '--version', 'help status', 'watch -h'];
/** Each ends in a complaint on standard error, and in this code. */
const WRONG = [
  ['srve', 2],
  ['status --nonsense', 2],
  ['status x', 2],
] as const;

/** Every command that is not a group of others, by the help texts; a group has no options there. */
async function allCommands(program: Program, above: readonly string[] = []): Promise<string[]> {
  const { stdout } = await run(program, [...above, '--help'], 'pipe');
  assert.ok(stdout.startsWith(`Usage: ${[program, ...above].join(' ')} `), above.join(' '));
  const list = /\nCommands:\n(.*?)(\n\n|$)/s.exec(stdout)?.[1] ?? '';
  const below = [...list.matchAll(/^ {2}([a-z-]+)( \[options\])?/gm)].map(async ([, name = '', options]) => {
    if (name === 'help') return [];
    const command = [...above, name];
    return options === undefined ? await allCommands(program, command) : [command.join(' ')];
  });
  return (await Promise.all(below)).flat();
}

/** A database with an order, a token and a backup of itself. */
async function bookOf(t: TestContext) {
  const fixture = await commandFixture(t);
  const backup = join(fixture.folder, 'backup');
  await runCommand(['import', fixture.file('orders', [ISSUED]), ...fixture.database]);
  await runCommand(['token', 'create', 'known', '--scope', 'read', ...fixture.database]);
  await runCommand(['account', 'token', 'add', 'acme-hosting', 'known', ...fixture.database]);
  await runCommand(['secret-key', 'add', ...fixture.database]);
  const endpoint = async (url: string) => {
    const add = ['webhook', 'add', url, '--account', 'acme-hosting', ...fixture.database];
    return /endpoint (\S+) of/.exec((await runCommand(add)).stderr)?.[1] ?? assert.fail();
  };
  const endpoints = {
    ENDPOINT: await endpoint('https://one.example.com/'),
    OTHER: await endpoint('https://two.example.com/'),
  };
  const { baseUrl } = await fakeUpstream(t);
  for (const [name, url] of [
    ['ca', 'https://ca.example'],
    ['unused', 'https://ca.example'],
    ['fake', baseUrl],
  ] as const) {
    const add = ['upstream', 'add', name, '--base-url', url, '--login', FAKE_LOGIN, '--password-stdin'];
    await runCommand([...add, '--ca', fixture.file('ca', [(await authority()).cert]), ...fixture.database], {
      input: FAKE_PASSWORD,
    });
  }
  const follow = ['upstream', 'follow', 'ca', '--account', 'acme-hosting', '82', '83', ...fixture.database];
  await runCommand(follow);
  await runCommand(['upstream', 'set', 'ca', '--account', 'acme-hosting', ...fixture.database]);
  await runCommand(['backup', backup, ...fixture.database]);
  return { ...fixture, backup, endpoints };
}

function withoutSettings() {
  const others = Object.entries(process.env).filter(
    ([name]) => !/^(CERT_ORDER_STATUS_|NODE_(?!COMPILE_CACHE)|HTTPS?_PROXY)/i.test(name),
  );
  return Object.fromEntries(others);
}

/** Two at a time. */
async function eachOf<Item>(items: readonly Item[], act: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  const takeTurns = async () => {
    for (const item of left) await act(item);
  };
  await Promise.all([takeTurns(), takeTurns()]);
}

type Output = number | 'pipe';

let environment: Readonly<Record<string, string | undefined>> = process.env;

async function run(program: Program, args: readonly string[], stdout: Output, stderr: Output = 'pipe') {
  const child = spawn(process.execPath, [PROGRAMS[program], ...args], {
    env: environment,
    stdio: ['pipe', stdout, stderr],
  });
  child.stdin?.on('error', () => {});
  child.stdin?.end(args.includes('--password-stdin') ? 'password' : `${JSON.stringify(ISSUED)}\n`);
  const [code, printed, complaint] = await Promise.all([
    new Promise<number | null>((resolve) => child.once('close', resolve)),
    child.stdout === null ? '' : text(child.stdout),
    child.stderr === null ? '' : text(child.stderr),
  ]);
  return { code, stdout: printed, stderr: complaint };
}

/** A pipe whose reader has left. */
function closedPipe(folder: string): number {
  const path = join(folder, 'closed');
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const writer = openSync(path, constants.O_WRONLY);
  closeSync(reader);
  return writer;
}

const OUTPUTS = [
  {
    name: 'a full device',
    open: () => openSync('/dev/full', 'w'),
    code: 1,
    complaint: (program: Program) =>
      `${program}: standard output cannot be written to: ENOSPC: no space left on device, write\n`,
  },
  { name: 'a pipe without a reader', open: closedPipe, code: 141, complaint: () => '' },
];
/** Lines beside the output, which are no complaints. */
const REMARKS = new RegExp(
  `^(${[
    "token '.*' was created",
    "token '.*' of account '.*' was added",
    '.* exported$',
    String.raw`\d+ requests; none`,
    'warning: ',
    String.raw`\{"level":30`,
    "\\S+ follows the service's change feed",
    'webhook endpoint .* was added',
    'Events are signed with whsec_',
    'Its (?:new )?secret is shown only this once',
    'The new secret',
  ].join('|')}).*\n`,
  'gm',
);

describe('What cannot be written is told in one line, with the code for it', {
  skip: process.platform !== 'linux',
}, () => {
  for (const [turn, { name, open, code, complaint }] of OUTPUTS.entries()) {
    test(`standard output is ${name}`, async (t) => {
      const service = await runService(t, { orders: [ISSUED] });
      const fixture = await bookOf(t);
      environment = {
        ...withoutSettings(),
        CERT_ORDER_STATUS_BASE_URL: `https://127.0.0.1:${service.port}`,
        CERT_ORDER_STATUS_LOGIN_NAME: ACME.loginName,
        CERT_ORDER_STATUS_LOGIN_PASSWORD: ACME.loginPassword,
        CERT_ORDER_STATUS_CA: (await testPairOptions())[1],
      };
      const output = open(fixture.folder);
      t.after(() => closeSync(output));
      const withIDs = (words: readonly string[]) =>
        words.map((word) => Object.entries(fixture.endpoints).find(([name]) => name === word)?.[1] ?? word);
      const ask = [...WITH_SERVICE, ...HELP].map((words) => words.split(' '));
      const cases: (readonly [Program, readonly string[]])[] = [
        ...ask.map((args) => ['order-status', args] as const),
        ...ask.map((args) => ['cert-order-status', args] as const),
        ...WITH_DATABASE.map(
          (words) => ['cert-order-status', [...withIDs(words.split(' ')), ...fixture.database]] as const,
        ),
        ['cert-order-status', ['backup', join(fixture.folder, 'copy'), ...fixture.database]],
        [
          'cert-order-status',
          ['restore', fixture.backup, '--database', `sqlite:${fixture.folder}/restored.db`],
        ],
        ['cert-order-status', ['demo', '--port', '0']],
        ['cert-order-status', ['secret-key', 'generate']],
      ];
      const wrong: object[] = [];
      // By day each has one of the outputs.
      const ofTurn = cases.filter((_, index) => isNight || index % OUTPUTS.length === turn);
      await eachOf(ofTurn, async ([program, args]) => {
        const ended = await run(program, args, output);
        const stderr = ended.stderr.replace(REMARKS, '');
        if (ended.code !== code || stderr !== complaint(program)) wrong.push({ args, ...ended });
      });
      assert.deepEqual(wrong, []);
    });

    test(`standard error is ${name}, and the exit code stays`, async (t) => {
      const fixture = await commandFixture(t);
      environment = withoutSettings();
      const output = open(fixture.folder);
      t.after(() => closeSync(output));
      const cases = (Object.keys(PROGRAMS) as Program[]).flatMap((program) =>
        WRONG.map(([words, expected]) => [program, words.split(' '), expected] as const),
      );
      await eachOf(cases, async ([program, args, expected]) => {
        const ended = await run(program, args, 'pipe', output);
        assert.deepEqual([ended.code, ended.stdout], [expected, ''], args.join(' '));
      });
      const created = await run(
        'cert-order-status',
        ['token', 'create', 'new', '--scope', 'read', ...fixture.database],
        'pipe',
        output,
      );
      assert.equal(created.code, 0);
      assert.match(created.stdout, /^[\w-]+\n$/);
    });
  }

  test('no command is left out', async () => {
    environment = withoutSettings();
    const tried = [...WITH_DATABASE, ...WITH_SERVICE, 'backup', 'restore', 'demo', 'secret-key generate'];
    const names = (
      await Promise.all((Object.keys(PROGRAMS) as Program[]).map((program) => allCommands(program)))
    ).flat();
    assert.ok(names.length > 25);
    // serve writes a log, whose lines are dropped and counted: faults/stalled-log.test.ts. A test of an endpoint waits
    // for a service.
    const others = ['serve', 'webhook test'];
    const left = names.filter(
      (name) => !others.includes(name) && !tried.some((words) => `${words} `.startsWith(`${name} `)),
    );
    assert.deepEqual(left, []);
  });
});
