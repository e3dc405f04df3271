/** `serve` with several workers, as processes of their own. */

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { selfSignedPair } from '../../../src/http/self-signed.ts';
import { commandFixture, printed, startCommand } from '../../command.ts';
import { openConnection, statusRequest } from '../../connection.ts';
import { certificateFiles, fingerprint, shownFingerprint, write } from '../../http/certificate-files.ts';
import { headerV2, openFrom } from '../../http/proxy-headers.ts';
import { beginSession, isResumed } from '../../http/tls-sessions.ts';
import { ACME, STATUS_PATH, sendRequest } from '../../running-service.ts';
import { testPairOptions } from '../../test-pair.ts';
import {
  FORM,
  hasLogged,
  NO_JOBS,
  PATIENCE_MS,
  readiness,
  scrape,
  serve,
  until,
  untilWorkers,
  workersIn,
} from './serving.ts';

const PAIR = await testPairOptions();
const TWO = ['--workers', '2', ...PAIR];

// What costs time here is the start of a service: several tests share one, each looks at the log since it began.

test('two workers', async (t) => {
  const { files } = await certificateFiles(t);
  const service = await serve(t, ['--workers', '2', '--tls-cert', files.cert, '--tls-key', files.key]);

  await t.test('several workers share the port, and each answers', async () => {
    assert.equal(await readiness(service.probePort), 200);
    await untilWorkers(service, 2);
  });

  await t.test(
    '/metrics twice at once while a worker is stopped: both get what was collected once',
    async () => {
      const [stopped = 0] = [...workersIn(service)].map(Number);
      process.kill(stopped, 'SIGSTOP');
      try {
        const [one, two] = await Promise.all([scrape(service), scrape(service)]);
        assert.match(one, /^process_cpu_seconds_total /m);
        assert.equal(two, one);
      } finally {
        process.kill(stopped, 'SIGCONT');
      }
    },
  );

  await t.test('a TLS session begun with one worker is resumed by the other', async () => {
    const session = await beginSession(service.port);
    for (let count = 0; count < 4; count++) assert.equal(await isResumed(service.port, session), true);
  });

  await t.test('a port in use is a clear failure, and no worker is left', async (t) => {
    const fixture = await commandFixture(t);
    const second = startCommand([
      'serve',
      ...fixture.database,
      ...TWO,
      '--host',
      '127.0.0.1',
      '--port',
      String(service.port),
    ]);
    const { code, stderr } = await second.ended;
    assert.equal(code, 1);
    assert.match(
      stderr,
      /^cert-order-status: cannot listen on 127\.0\.0\.1, port \d+: the port is in use; choose another\n$/,
    );
  });

  await t.test('a changed certificate is served by every worker', async () => {
    const pair = await selfSignedPair();
    write(files, pair);
    const wanted = fingerprint(pair);
    const seen: string[] = [];
    const end = performance.now() + PATIENCE_MS;
    // Connections go to the workers in turn.
    while (!(seen.length >= 4 && seen.slice(-4).every((shown) => shown === wanted))) {
      assert.ok(performance.now() < end, 'the old one is still served');
      seen.push(await shownFingerprint(service.port));
    }
  });

  await t.test('a worker that dies is replaced, and nobody else notices', async () => {
    const since = service.log().length;
    await untilWorkers(service, 2, since);
    const [victim] = workersIn(service, since);
    process.kill(Number(victim), 'SIGKILL');
    await until(() => hasLogged(service, 'a worker died; another takes its place', since));
    await untilWorkers(service, 3, since);
    assert.equal(await readiness(service.probePort), 200);
  });

  await t.test('SIGHUP renews the workers one by one; every request meanwhile is answered', async () => {
    const since = service.log().length;
    const session = await beginSession(service.port);
    let isOver = false;
    let answered = 0;
    const askOn = async () => {
      while (!isOver) {
        assert.match(await service.ask(), /^errorCode=0&/);
        answered++;
        await pause(5);
      }
    };
    const asking = Promise.all([askOn(), askOn(), askOn()]);
    try {
      await until(() => workersIn(service, since).size === 2);
      service.process.kill('SIGHUP');
      await until(() => hasLogged(service, 'the workers were renewed', since));
      const before = answered;
      await until(() => answered > before + 20);
    } finally {
      isOver = true;
    }
    await asking;
    assert.equal(workersIn(service, since).size, 4);
    for (let count = 0; count < 4; count++) assert.equal(await isResumed(service.port, session), true);
  });

  await t.test('/metrics adds up the workers, and does not go down with those that end', async () => {
    const answered = async () =>
      Number(/^cert_order_status_requests_total\{code="0"\} ([0-9]+)$/m.exec(await scrape(service))?.[1]);
    const since = service.log().length;
    let asked = await answered();
    await until(
      () => workersIn(service, since).size === 2,
      async () => {
        assert.match(await service.ask(), /^errorCode=0&/);
        asked++;
      },
    );
    assert.equal(await answered(), asked);
    service.process.kill('SIGHUP');
    await until(() => hasLogged(service, 'the workers were renewed', since));
    assert.equal(await answered(), asked);
    assert.match(await service.ask(), /^errorCode=0&/);
    assert.equal(await answered(), asked + 1);
  });

  await t.test('SIGTERM lets requests in flight be answered, and leaves no process behind', async (t) => {
    const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
    t.after(() => agent.destroy());
    const since = service.log().length;
    await service.ask(agent);
    const workers = [...workersIn(service, since)].map(Number);
    const inFlight = await openConnection(t, service.port);
    const request = statusRequest(FORM, 'Expect: 100-continue');
    inFlight.write(request.slice(0, -9));
    assert.equal((await inFlight.answer()).statusLine, 'HTTP/1.1 100 Continue');
    service.process.kill('SIGTERM');
    let isStopping = false;
    await until(
      () => isStopping,
      async () => {
        isStopping = await service.ask().then(
          () => false,
          () => true,
        );
      },
    );
    inFlight.write(request.slice(-9));
    assert.match((await inFlight.answer()).body, /^errorCode=0&/);
    const { code } = await service.ended;
    assert.equal(code, 0);
    for (const pid of workers) assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  });
});

test('one worker', async (t) => {
  const service = await serve(t, ['--workers', '1', ...PAIR, ...NO_JOBS]);

  await t.test(
    'one worker is a process beside the primary one, and answers with logins, throttle and log while that one is blocked',
    async (t) => {
      assert.match(await service.ask(), /^errorCode=0&/);
      await until(() => workersIn(service).size === 1);
      const [worker] = workersIn(service);
      assert.notEqual(Number(worker), service.process.pid);
      const pid = service.process.pid as number;
      process.kill(pid, 'SIGSTOP');
      // Else it could not be stopped either.
      t.after(() => service.process.kill('SIGCONT'));
      const before = service.log().length;
      // Each login is hashed; after ten failures the address is refused for this login without a hash.
      const wrong = { ...ACME, loginName: 'no-such-login', loginPassword: 'wrong' };
      const guess = new URLSearchParams({ ...wrong, orderNumber: '7250060', queryType: '1' }).toString();
      assert.match(await service.ask(undefined, guess), /^errorCode=-16&/);
      assert.match(await service.ask(), /^errorCode=0&/);
      const health = { scheme: 'https', method: 'GET', path: '/healthz', headers: {}, body: '' } as const;
      assert.equal((await sendRequest({ ...health, port: service.port })).status, 200);
      await until(() => service.log().length >= before + 2);
      // What a supervisor sees: the probe port accepts, and says nothing.
      const probe = readiness(service.probePort).then(() => 'answered');
      assert.equal(await Promise.race([probe, pause(300, 'silent')]), 'silent');
      process.kill(pid, 'SIGCONT');
      assert.equal(await probe, 'answered');
    },
  );

  await t.test(
    'a connection that is kept gets an answer to what it sends while its worker is renewed, and is told that it ends',
    async (t) => {
      const since = service.log().length;
      const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });
      t.after(() => agent.destroy());
      await service.ask(agent);
      const silent = connect({ host: '127.0.0.1', port: service.port, rejectUnauthorized: false });
      await once(silent, 'secureConnect');
      await until(() => workersIn(service, since).size === 1);
      const [worker] = workersIn(service, since);
      service.process.kill('SIGHUP');
      // A connection that was accepted and has asked for nothing yet is served, too.
      await until(
        () => workersIn(service, since).size === 2,
        async () => assert.match(await service.ask(), /^errorCode=0&/),
      );
      await pause(100);
      silent.write(`GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n`);
      const text = String((await once(silent, 'data'))[0]);
      assert.match(text, /^HTTP\/1\.1 200 OK\r\n/);
      assert.match(text, /\r\nConnection: close\r\n/);
      const sockets = Object.values(agent.freeSockets).flat().length;
      assert.equal(sockets, 1);
      const ofOld = () =>
        service.log().filter((line) => line['worker'] === worker && line['errorCode'] === 0);
      const before = ofOld().length;
      assert.match(await service.ask(agent), /^errorCode=0&/);
      await until(() => ofOld().length > before);
    },
  );

  await t.test(
    'many SIGHUPs in a row renew the workers twice at most: the renewal that runs, and one for all that came meanwhile',
    async () => {
      const since = service.log().length;
      const renewals = () =>
        service
          .log()
          .slice(since)
          .filter(({ msg }) => msg === 'the workers were renewed').length;
      for (let count = 0; count < 30; count++) {
        service.process.kill('SIGHUP');
        await pause(2);
      }
      await until(() => renewals() === 2);
      service.process.kill('SIGTERM');
      await service.ended;
      assert.equal(renewals(), 2);
    },
  );
});

test('without the primary process a worker finishes what is in flight and ends, and a new service has the port at once', async (t) => {
  // It may take a while until the new service has the port.
  const service = await serve(t, [...TWO, ...NO_JOBS, '--stop-timeout', '60']);
  const fixture = await commandFixture(t);
  await untilWorkers(service, 2);
  const workers = [...workersIn(service)].map(Number);
  const half = connect({ host: '127.0.0.1', port: service.port, rejectUnauthorized: false });
  const type = 'Content-Type: application/x-www-form-urlencoded';
  const head = `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: ${FORM.length}\r\n`;
  half.write(`${head}Expect: 100-continue\r\n\r\n${FORM.slice(0, 9)}`);
  assert.match(String((await once(half, 'data'))[0]), /^HTTP\/1\.1 100 Continue/);
  service.process.kill('SIGKILL');
  await once(service.process, 'exit');

  const again = startCommand([
    'serve',
    ...fixture.database,
    ...TWO,
    ...NO_JOBS,
    ...['--host', '127.0.0.1', '--port', String(service.port), '--no-pages'],
  ]);
  t.after(async () => {
    again.process.kill('SIGTERM');
    await again.ended;
  });
  await printed(again, '"listening"');
  assert.ok(workers.some(isRunning));
  half.write(FORM.slice(9));
  assert.match(String((await once(half, 'data'))[0]), /errorCode=0&/);
  await until(() => workers.every((pid) => !isRunning(pid)));
});

test('whoever signs in with one worker is signed in with all; a page that is open does not hold up the stop', async (t) => {
  // Held up, the stop would take longer than the test may.
  const served = await serve(t, [...TWO, ...NO_JOBS, '--stop-timeout', '600'], { pages: [] });
  const get = (path: string, cookie: string) =>
    sendRequest({
      scheme: 'https',
      port: served.port,
      method: 'GET',
      path,
      headers: { Cookie: cookie },
      body: '',
    });
  const signedIn = await sendRequest({
    scheme: 'https',
    port: served.port,
    method: 'POST',
    path: '/sign-in',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ ...ACME }).toString(),
  });
  const cookie = String(signedIn.headers['set-cookie']).split(';', 1)[0] as string;
  for (let index = 0; index < 10; index++) assert.equal((await get('/orders/7250060', cookie)).status, 200);

  const events = await openStream(served.port, '/orders/7250060/events', cookie);
  let text = '';
  for await (const chunk of events) {
    text += chunk;
    if (text.includes('event: order\ndata: "')) served.process.kill('SIGTERM');
  }
  await served.ended;
  const workers = served.log().flatMap(({ msg, worker }) => (msg === 'page request' ? [worker] : []));
  assert.equal(new Set(workers).size, 2);
});

test('workers read the PROXY protocol headers of trusted proxies', async (t) => {
  const service = await serve(t, [...TWO, ...NO_JOBS, '--trust-proxy', '127.0.0.1', '--proxy-protocol']);
  for (const address of ['192.0.2.7', '192.0.2.8', '192.0.2.9', '192.0.2.10']) {
    const connection = await openFrom(t, service.port, { pieces: [headerV2(address)] });
    connection.write(statusRequest(FORM));
    assert.match((await connection.answer()).body, /^errorCode=0&/);
  }
  const addresses = () => new Set(service.log().map((line) => line['address']));
  const wanted = ['192.0.2.7', '192.0.2.8', '192.0.2.9', '192.0.2.10'];
  await until(() => wanted.every((each) => addresses().has(each)));
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // One that has ended and that nobody has asked after yet is not running either.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

function openStream(port: number, path: string, cookie: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = { Cookie: cookie };
    const options = { host: '127.0.0.1', port, path, headers, agent: false, rejectUnauthorized: false };
    request(options, resolve).on('error', reject).end();
  });
}
