/** SIGUSR1, with which Node opens a debugger to every user of the machine, to whatever is started. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { COMMAND, commandFixture, PRINT_LIMIT_MS } from '../command.ts';
import { childrenOf } from '../processes.ts';
import { ACME } from '../running-service.ts';
import { testPairOptions } from '../test-pair.ts';

const skip = process.platform !== 'linux';
const WORKSPACE = fileURLToPath(new URL('../../../..', import.meta.url));
const ORDER_STATUS = fileURLToPath(new URL('../../../client/bin/order-status.js', import.meta.url));
/** In which Node opens its debugger, if it does. */
const OPENING_MS = 300;

interface Running {
  readonly child: ChildProcess;
  output(): string;
}

/** Starts a program in a process group of its own, and waits until it has printed the text. */
async function start(t: TestContext, command: readonly string[], ready: string): Promise<Running> {
  const [program = '', ...args] = command;
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn(program, args, {
    cwd: WORKSPACE,
    detached: true,
    env: {
      ...env,
      CERT_ORDER_STATUS_LOGIN_PASSWORD: ACME.loginPassword,
      PATH: [dirname(process.execPath), process.env['PATH']].join(delimiter),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'close');
  t.after(async () => {
    process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
  });
  let text = '';
  const { promise, resolve } = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      text += chunk;
      if (text.includes(ready)) resolve();
    });
  }
  await Promise.race([
    promise,
    ended.then(() => assert.fail(`it ended: ${text}`)),
    pause(PRINT_LIMIT_MS, undefined, { ref: false }).then(() =>
      assert.fail(`it has not printed '${ready}': ${text}`),
    ),
  ]);
  return { child, output: () => text };
}

/** A process of ours and those that it has started, those of them that run the program. */
function processesOf(pid: number): number[] {
  const isProgram = /^\S*node\0.*(cert-order-status|order-status)(\.js)?\0/.test(
    readFileSync(`/proc/${pid}/cmdline`, 'latin1'),
  );
  return [...(isProgram ? [pid] : []), ...childrenOf(pid).flatMap(processesOf)];
}

/** The addresses on which a process listens. */
function listeningOn(pid: number): string[] {
  const sockets = new Set(
    readdirSync(`/proc/${pid}/fd`).map(
      (fd) => /socket:\[(\d+)\]/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1],
    ),
  );
  return ['tcp', 'tcp6']
    .flatMap((file) => readFileSync(`/proc/net/${file}`, 'utf8').split('\n').slice(1))
    .map((line) => line.trim().split(/\s+/))
    .filter(([, , , state, ...rest]) => state === '0A' && sockets.has(rest[5]))
    .map(([, address = '']) => address)
    .sort();
}

async function assertNoDebugger(running: Running, processes: number): Promise<void> {
  const pids = processesOf(running.child.pid as number);
  assert.equal(pids.length, processes, running.output());
  const before = pids.map(listeningOn);
  for (const pid of pids) process.kill(pid, 'SIGUSR1');
  await pause(OPENING_MS);
  assert.deepEqual(pids.map(listeningOn), before);
  assert.doesNotMatch(running.output(), /debugger/i);
}

describe('SIGUSR1 opens no debugger', { skip, concurrency: true }, () => {
  test('serve: the primary process, its workers and the jobs process', async (t) => {
    const { database } = await commandFixture(t);
    const options = [...(await testPairOptions()), '--host', '127.0.0.1', '--port', '0', '--workers', '2'];
    const running = await start(
      t,
      [process.execPath, COMMAND, 'serve', ...database, ...options],
      '"listening"',
    );
    await assertNoDebugger(running, 4);
  });

  for (const command of [
    ['npm', 'run', 'demo', '--', '--port', '0'],
    ['npx', 'cert-order-status', 'demo', '--port', '0'],
    [COMMAND, 'demo', '--port', '0'],
  ]) {
    test(command.slice(0, 2).join(' ').replace(COMMAND, 'the program by its own name,'), {
      skip,
    }, async (t) => {
      await assertNoDebugger(await start(t, command, 'The demo listens on'), 1);
    });
  }

  test('order-status watch', async (t) => {
    const silent = createServer().listen(0, '127.0.0.1');
    await once(silent, 'listening');
    t.after(() => silent.close());
    const { port } = silent.address() as { port: number };
    const options = ['--base-url', `https://127.0.0.1:${port}`, '--login-name', ACME.loginName, '--insecure'];
    const running = await start(
      t,
      [process.execPath, ORDER_STATUS, 'watch', '1', ...options],
      '--insecure accepts',
    );
    await assertNoDebugger(running, 1);
  });
});
