/** A log that nobody takes: the service goes on, says what it dropped, and ends when it is told to. */

import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { connect, Socket } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { LOG_BUFFER_BYTES } from '../../src/cli/log-destination.ts';
import { COMMAND } from '../command.ts';
import { freePort } from '../free-port.ts';
import { childrenOf } from '../processes.ts';
import { ACME, STATUS_PATH, sendRequest } from '../running-service.ts';
import { emptyDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testPairOptions } from '../test-pair.ts';
import { prepareDatabase } from './limited-process.ts';

const LOG_LINES = fileURLToPath(new URL('log-lines.ts', import.meta.url));
const skip = process.platform !== 'linux';
const PIPELINED = 32;
/** Stopping takes a second for requests, and as long for the log of each process. */
const PATIENCE_MS = 60_000;

/** A pipe: what is read of it, and the end to write to. */
interface Pipe {
  readonly writeEnd: number;
  readonly reader: Socket;
}

function makePipe(t: TestContext): Pipe {
  const path = join(temporaryFolder(t), 'pipe');
  execFileSync('mkfifo', [path]);
  const reader = new Socket({
    fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK),
    readable: true,
  });
  reader.on('error', () => {});
  t.after(() => reader.destroy());
  return { writeEnd: openSync(path, constants.O_WRONLY), reader };
}

/** Starts a program whose standard output is what is said, and forgets it here. */
function start(t: TestContext, stdout: number, args: readonly string[], shell = 'true'): ChildProcess {
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const child = spawn('bash', ['-c', `${shell}; exec "$@"`, 'bash', process.execPath, ...args], {
    env,
    stdio: ['ignore', stdout, 'inherit', 'ipc'],
  });
  closeSync(stdout);
  const ended = once(child, 'exit');
  t.after(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return child;
}

interface Served {
  readonly child: ChildProcess;
  readonly ports: Readonly<Record<'public' | 'plain' | 'probe' | 'management', number>>;
  readonly token: string;
}

/** Its standard error is its standard output, as under systemd. */
async function serve(t: TestContext, stdout: number, workers = 1): Promise<Served> {
  const database = await emptyDatabase(t);
  const token = await prepareDatabase(database);
  const [main, plain, probe, management] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const ports = { public: main, plain, probe, management } as const;
  const child = start(
    t,
    stdout,
    [
      COMMAND,
      'serve',
      ...(await testPairOptions()),
      ...['--database', database, '--host', '127.0.0.1', '--workers', String(workers), '--no-pages'],
      ...['--port', String(main), '--http-port', String(plain), '--stop-timeout', '1'],
      ...['--probe-port', String(probe), '--management-port', String(management)],
    ],
    'exec 2>&1',
  );
  const isReady = () =>
    get(probe, '/readyz').then(
      ({ status }) => status === 200,
      () => false,
    );
  while (!(await isReady())) {
    assert.equal(child.exitCode, null, 'it ended');
    await pause(50);
  }
  return { child, ports, token };
}

function get(port: number, path: string) {
  return sendRequest({ scheme: 'http', port, method: 'GET', path, headers: {}, body: '' });
}

/** Requests of one connection, each of which makes a line in the log of one worker, until some of those are dropped. */
async function fillLog(t: TestContext, service: Served): Promise<void> {
  const socket = connect(service.ports.plain, '127.0.0.1').setNoDelay(true);
  t.after(() => socket.destroy());
  const batch = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(PIPELINED);
  for (let batches = 1; ; batches++) {
    socket.write(batch);
    let text = '';
    while (text.split('HTTP/1.1 200').length <= PIPELINED) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      text += chunk.toString('latin1');
    }
    if (batches % 32 === 0 && (await droppedLines(service)) > 0) break;
  }
  socket.destroy();
}

/**
 * Puts new workers in the place of the old ones, which must not make writes to what all processes share block, not for
 * a moment.
 */
async function renewWorkers({ child: { pid = 0 } }: Served): Promise<void> {
  const old = new Set(childrenOf(pid));
  process.kill(pid, 'SIGHUP');
  while (!new Set(childrenOf(pid)).isDisjointFrom(old)) {
    const [, flags = ''] = /^flags:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/fdinfo/1`, 'utf8')) ?? [];
    assert.ok(Number.parseInt(flags, 8) & constants.O_NONBLOCK, `a write would block: ${flags}`);
    await pause(5);
  }
}

/** All that the service does: a password hashed, a change made, a question answered. */
async function assertAnswers({ ports, token }: Served): Promise<void> {
  const form = new URLSearchParams({ ...ACME, orderNumber: '1', queryType: '0' }).toString();
  for (let count = 0; count < 8; count++) {
    const { body } = await sendRequest({
      scheme: 'https',
      port: ports.public,
      method: 'POST',
      path: STATUS_PATH,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
      body: form,
    });
    assert.match(body, /^errorCode=-4&/);
    const managed = await sendRequest({
      scheme: 'https',
      port: ports.management,
      method: 'GET',
      path: '/v1/orders',
      headers: { Authorization: `Bearer ${token}` },
      body: '',
    });
    assert.equal(managed.status, 200);
  }
}

async function droppedLines({ ports }: Served): Promise<number> {
  const { body } = await get(ports.probe, '/metrics');
  return Number(/^cert_order_status_log_lines_dropped_total (\d+)$/m.exec(body)?.[1]);
}

async function assertStops({ child }: Served): Promise<void> {
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit', { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.equal(code, 0);
}

test('standard output is a pipe that nobody reads: lines are dropped and counted, and SIGTERM stops the service', {
  skip,
}, async (t) => {
  const { writeEnd } = makePipe(t);
  const service = await serve(t, writeEnd, 2);
  await fillLog(t, service);
  await assertAnswers(service);
  await renewWorkers(service);
  await assertAnswers(service);
  await assertStops(service);
});

test('standard output is full: lines are dropped and counted, and SIGTERM stops the service', {
  skip,
}, async (t) => {
  const service = await serve(t, openSync('/dev/full', 'w'));
  await assertAnswers(service);
  while ((await droppedLines(service)) < 16) await pause(20);
  await assertStops(service);
});

test('whoever read standard output is gone: lines are dropped and counted, and SIGTERM stops the service', {
  skip,
}, async (t) => {
  const { writeEnd, reader } = makePipe(t);
  reader.destroy();
  await once(reader, 'close');
  const service = await serve(t, writeEnd);
  await assertAnswers(service);
  while ((await droppedLines(service)) < 16) await pause(20);
  await assertStops(service);
});

test('a destination that takes lines again has them in order, and one that says how many were dropped', {
  skip,
}, async (t) => {
  const { writeEnd, reader } = makePipe(t);
  reader.pause();
  const child = start(t, writeEnd, ['--conditions=@cert-order-status/source', LOG_LINES]);
  const log = async (lines: number): Promise<number> => {
    child.send({ lines });
    const [{ droppedLines }] = await once(child, 'message');
    return droppedLines;
  };
  assert.equal(await log(10), 0);
  const dropped = await log(2000);
  assert.ok(dropped > 2000 - LOG_BUFFER_BYTES / 1000 && dropped < 2000, `${dropped} were dropped`);
  let text = '';
  reader
    .resume()
    .setEncoding('utf8')
    .on('data', (chunk) => {
      text += chunk;
    });
  while (!text.includes('dropped')) await once(reader, 'data');
  assert.equal(await log(1), dropped);
  child.send('close');
  await once(reader, 'end');
  const lines = text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const told = lines.findIndex(({ msg }) => msg.startsWith('log lines were dropped'));
  assert.equal(lines[told].lines, dropped);
  const numbers = lines.flatMap(({ line }) => (line === undefined ? [] : [line]));
  assert.equal(numbers.length, 10 + 2000 - dropped + 1);
  assert.deepEqual(numbers.slice(10, -1), [...numbers.slice(10, -1).keys()]);
});

test('a file that is full and then has room: what was cut is one line, and the next ones are whole', {
  skip,
}, async (t) => {
  const path = join(temporaryFolder(t), 'log');
  // Files may grow to so many KiB; the signal would end the process.
  const limit = "trap '' XFSZ; ulimit -S -f 50";
  const child = start(t, openSync(path, 'a'), ['--conditions=@cert-order-status/source', LOG_LINES], limit);
  child.send({ lines: 100 });
  let dropped = 0;
  while (dropped === 0) {
    child.send({ lines: 1 });
    [{ droppedLines: dropped }] = await once(child, 'message');
    await pause(20);
  }
  execFileSync('prlimit', ['--fsize=unlimited', '--pid', String(child.pid)]);
  child.send({ lines: 1 });
  child.send('close');
  await once(child, 'exit');
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  const cut = lines.filter((line) => !line.endsWith('}'));
  assert.equal(cut.length, 1);
  assert.match(lines.at(-2) ?? '', /"line":0,|were dropped/);
  const whole = lines.filter((line) => line.endsWith('}')).map((line) => JSON.parse(line));
  assert.ok(whole.some(({ lines }) => lines >= dropped));
});
