/**
 * The package as users get it: built, packed with `npm pack`, installed into an empty project, and there used as its
 * README says, against the demo.
 */

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { isNight } from '../../protocol/test/runs.ts';
import { signedHeaders } from '../../server/src/webhooks/signature.ts';
import { printed, type Started, startCommand } from '../../server/test/command.ts';
import { freePort } from '../../server/test/free-port.ts';

const run = promisify(execFile);

const WORKSPACE = fileURLToPath(new URL('../../..', import.meta.url));
/** What the client needs beside its own workspace's packages. */
const DEPENDENCIES = ['commander', 'get-east-asian-width'];
const TSC = join(WORKSPACE, 'node_modules/typescript/bin/tsc');
const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
const project = join(folder, 'project');
/** Node by the name that README's commands use, and no setting of whoever runs the tests. */
const environment: Record<string, string | undefined> = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(CERT_ORDER_STATUS_|NODE_(?!COMPILE_CACHE))/.test(name),
    ),
  ),
  PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
};

/** Runs a command in the empty project, with npm's own words kept for when it fails. */
function inProject(command: string, args: readonly string[]): Promise<{ stdout: string }> {
  return run(command, args, { cwd: project, env: environment });
}

before(async () => {
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const packed = await pack(await build());
  // Nothing is fetched: what the client depends on has been packed as well.
  await inProject('npm', ['install', '--offline', '--no-audit', '--no-fund', ...packed]);
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Builds copies of the packages, so that the checkout stays as it is, and says where. */
async function build(): Promise<string> {
  const copy = join(folder, 'workspace');
  for (const path of ['tsconfig.base.json', 'packages/protocol', 'packages/client']) {
    cpSync(join(WORKSPACE, path), join(copy, path), {
      recursive: true,
      filter: (source) => !/(dist|test|node_modules|\.tsbuildinfo)$/.test(source),
    });
  }
  // The copies use each other, and else what is installed.
  const installed = join(WORKSPACE, 'node_modules');
  const modules = join(copy, 'node_modules');
  mkdirSync(join(modules, '@cert-order-status'), { recursive: true });
  symlinkSync(join(copy, 'packages/protocol'), join(modules, '@cert-order-status/protocol'), 'junction');
  for (const name of ['@types', ...DEPENDENCIES, 'typescript', 'undici-types']) {
    symlinkSync(join(installed, name), join(modules, name), 'junction');
  }
  await run(process.execPath, [TSC, '-b', 'packages/client'], { cwd: copy });
  return copy;
}

/** Packs them, and what they depend on; the archives. */
async function pack(workspace: string): Promise<string[]> {
  const sources = [
    join(workspace, 'packages/protocol'),
    join(workspace, 'packages/client'),
    ...DEPENDENCIES.map((name) => join(WORKSPACE, 'node_modules', name)),
  ];
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', ...sources], {
    cwd: folder,
    env: environment,
  });
  return (JSON.parse(stdout) as { filename: string }[]).map(({ filename }) => join(folder, filename));
}

/** The README's programs in their order, and what it says they print. */
const PROGRAMS = blocks('js');
const OUTPUTS = blocks('text');

function blocks(kind: string): string[] {
  return [...README.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].flatMap(([, ofKind, content]) =>
    ofKind === kind && content !== undefined ? [content] : [],
  );
}

let demo: Started | undefined;
let banner: Promise<string> | undefined;

after(async () => {
  demo?.process.kill('SIGTERM');
  await demo?.ended;
});

/** The demo of all tests here, and the lines that its banner has for other terminals. */
async function demoCommands() {
  demo ??= startCommand(['demo', '--port', '0']);
  banner ??= printed(demo, 'the two largest certificate IDs');
  const text = await banner;
  const settings = text.match(/^ *export .*$/gm)?.join('\n') ?? assert.fail('the banner has no settings');
  const patch =
    /curl --insecure --request PATCH (?:.*\\\n)+.*/.exec(text)?.[0] ?? assert.fail('no PATCH line');
  const paste = (commands: string) => ['-c', `${settings}\n${commands}`];
  return { patch, paste };
}

describe('The package, installed into an empty project', () => {
  test('has the size and the dependencies that its README names', async () => {
    const [, packages, kilobytes] =
      /(\d+) packages, about (\d+) kB/.exec(README) ?? assert.fail('the README names none');
    const { stdout } = await inProject('npm', ['ls', '--all', '--parseable']);
    const folders = stdout.trim().split('\n').slice(1);
    assert.equal(folders.length, Number(packages));
    const size = folders.flatMap(filesIn).reduce((sum, file) => sum + statSync(file).size, 0);
    assert.ok(Math.abs(size / 1000 / Number(kilobytes) - 1) < 0.1, `it is ${size} bytes`);
  });

  test('can be imported in plain JavaScript', async () => {
    const program =
      "import * as client from '@cert-order-status/client'; console.log(Object.keys(client).join(' '));";
    writeFileSync(join(project, 'import.js'), program);
    const { stdout } = await inProject('node', ['import.js']);
    assert.match(stdout, /\bOrderStatusClient\b.*\bexplain\b/);
  });

  for (const module of isNight ? ['nodenext', 'esnext'] : ['nodenext']) {
    test(`type-checks under strict and exactOptionalPropertyTypes (module ${module})`, async () => {
      cpSync(new URL('typed-program.txt', import.meta.url), join(project, 'typed-program.ts'));
      const options = {
        strict: true,
        exactOptionalPropertyTypes: true,
        noUncheckedIndexedAccess: true,
        skipLibCheck: false,
        noEmit: true,
        target: 'es2024',
        module,
        moduleResolution: module === 'esnext' ? 'bundler' : module,
        types: [],
      };
      writeFileSync(
        join(project, 'tsconfig.json'),
        JSON.stringify({ compilerOptions: options, files: ['typed-program.ts'] }),
      );
      await inProject('node', [TSC, '-p', '.']).catch((error: { stdout: string }) =>
        assert.fail(error.stdout),
      );
    });
  }

  test('brings the order-status command, which prints what the README says', async () => {
    const { paste } = await demoCommands();
    const { stdout } = await inProject('bash', paste('npx --no order-status status 7250001'));
    assert.equal(stdout, OUTPUTS[5]);
  });
});

describe("The README's programs run as printed, and print what it says", () => {
  test('there are five', () => assert.equal(PROGRAMS.length, 5));

  for (const index of [0, 2, 3]) {
    test(`program ${index + 1}`, async () => {
      const { paste } = await demoCommands();
      writeFileSync(join(project, `program-${index}.js`), PROGRAMS[index] ?? '');
      const { stdout } = await inProject('bash', paste(`node program-${index}.js`));
      assert.equal(stdout, OUTPUTS[index]);
    });
  }

  test('program 5, which receives what a service sends', async () => {
    writeFileSync(join(project, 'program-4.js'), PROGRAMS[4] ?? '');
    const secret = `whsec_${randomBytes(32).toString('base64')}`;
    const port = String(await freePort());
    const child = spawn('node', ['program-4.js'], {
      cwd: project,
      env: { ...environment, WEBHOOK_SECRET: secret, PORT: port },
    });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      shown += chunk;
    });
    const body = JSON.stringify({
      type: 'certificate.issued',
      timestamp: '2026-11-28T12:00:00.123Z',
      data: {
        version: 2,
        orderNumber: '7250001',
        order: { orderNumber: '7250001', orderStatus: 'Completed' },
      },
    });
    const post = async (key: string) => {
      const eventID = 'msg_1';
      const headers = signedHeaders({ eventID, timestampSeconds: Math.floor(Date.now() / 1000), body }, [
        key,
      ]);
      return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body })).status;
    };
    try {
      const wrong = `whsec_${randomBytes(32).toString('base64')}`;
      const first = await untilListening(() => post(secret));
      assert.deepEqual([first, await post(secret), await post(wrong)], [204, 204, 400]);
    } finally {
      child.kill();
      await once(child, 'close');
    }
    assert.equal(shown, OUTPUTS[4]);
  });

  // The last one: it changes the order that the others show.
  test('program 2, while the certificate is issued', async () => {
    const { paste, patch } = await demoCommands();
    writeFileSync(join(project, 'program-1.js'), PROGRAMS[1] ?? '');
    const child = spawn('bash', paste('exec node program-1.js'), { cwd: project, env: environment });
    let shown = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
      // As somebody in another terminal, once.
      if (shown === '') void run('bash', ['-c', `${patch} --silent`]);
      shown += chunk;
    });
    const [code] = await once(child, 'close');
    assert.equal(code, 0);
    assert.equal(shown, OUTPUTS[1]);
  });
});

/** Repeats a request until a program listens. */
async function untilListening<Result>(request: () => Promise<Result>): Promise<Result> {
  for (let left = 600; ; left--) {
    try {
      return await request();
    } catch (error) {
      if (left === 0) throw error;
      await pause(50);
    }
  }
}

function filesIn(path: string): string[] {
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
