/** The files in deploy, against the real thing. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { selfSignedPair } from '../src/http/self-signed.ts';
import { PRINT_LIMIT_MS } from './command.ts';
import { freePort } from './free-port.ts';
import { runManagedService } from './management-api/managed-service.ts';
import { readMetrics } from './metrics/read-metrics.ts';
import { ACME, STATUS_PATH, sendRequest } from './running-service.ts';
import { acmeOrder } from './sample-orders.ts';
import { temporaryFolder } from './temporary-folder.ts';

const DEPLOY = new URL('../../../deploy/', import.meta.url);
/** How long a request for changes may wait, in seconds. */
const LONGEST_WAIT = 55;
const isWindows = process.platform === 'win32';
const hasNginx = spawnSync('nginx', ['-v']).status === 0;

test('the dashboard and the alerts ask for metrics that there are', async (t) => {
  const settings = {
    probePort: 0,
    expiry: true,
    webhooks: { ratePerSecond: 1 },
    upstreams: true,
    secretKeys: { kind: 'none', reason: 'none is needed' } as const,
  };
  const service = await runManagedService(t, { orders: [acmeOrder()], settings });
  await service.ask({ ...ACME, orderNumber: '7250060', queryType: '1' });
  await service.manage('GET /v1/orders');
  const body = await readMetrics(service.probePort);
  const text = ['grafana-dashboard.json', 'alerts.yml']
    .map((name) => readFileSync(new URL(name, DEPLOY), 'utf8'))
    .join('\n');
  const asked = new Set(text.match(/\b(cert_order_status_|nodejs_|process_)\w+/g));
  assert.ok(asked.size > 12);
  for (const name of asked) {
    assert.ok(
      body.includes(`\n# TYPE ${name.replace(/_bucket$/, '')} `) || body.startsWith(`# TYPE ${name}`),
      name,
    );
  }
});

test("the unit and the image turn Node's debugger off before the program begins", { skip: isWindows }, () => {
  const ask = ['--eval', "process.kill(process.pid, 'SIGUSR1'); setTimeout(() => {}, 300)"];
  for (const name of ['cert-order-status.service', 'Dockerfile']) {
    const text = readFileSync(new URL(name, DEPLOY), 'utf8');
    const [, options] = /^(?:Environment=| +)NODE_OPTIONS=(\S+)$/m.exec(text) ?? assert.fail(name);
    const env = { ...process.env, NODE_OPTIONS: options };
    const { status, stderr } = spawnSync(process.execPath, ask, { env, encoding: 'utf8' });
    assert.equal(stderr, '', name);
    assert.equal(status, 0, name);
  }
});

/** How each configuration removes a client's own forwarding headers, and sets the two that the service reads. */
const FORWARDING: Readonly<Record<string, readonly string[]>> = {
  'nginx.conf': [
    "proxy_set_header Forwarded '';",
    "proxy_set_header X-Forwarded-Host '';",
    'proxy_set_header X-Forwarded-For $remote_addr;',
    'proxy_set_header X-Forwarded-Proto $scheme;',
  ],
  'haproxy.cfg': [
    'http-request del-header Forwarded',
    'http-request del-header X-Forwarded- -m beg',
    'http-request set-header X-Forwarded-For %[src]',
    'http-request set-header X-Forwarded-Proto ',
  ],
  'apache.conf': [
    'RequestHeader unset Forwarded',
    'RequestHeader unset X-Forwarded-Host',
    'RequestHeader set X-Forwarded-For "expr=%{REMOTE_ADDR}"',
    'RequestHeader set X-Forwarded-Proto "expr=%{REQUEST_SCHEME}"',
  ],
  // Caddy sets X-Forwarded-For, -Proto and -Host by itself unless it is told to trust its client.
  Caddyfile: ['header_up -Forwarded', 'header_up -X-Forwarded-Port'],
};

test("the proxies' configurations remove a client's own forwarding headers, and set theirs", () => {
  for (const [name, lines] of Object.entries(FORWARDING)) {
    const text = readFileSync(new URL(name, DEPLOY), 'utf8').replace(/^\s*#.*$/gm, '');
    for (const line of lines) assert.ok(text.includes(line), `${name}: ${line}`);
    assert.doesNotMatch(text, /trusted_proxies|proxy_add_x_forwarded_for|option forwardfor/, name);
  }
});

test("the proxies' configurations name the same ports, and wait longer than a request for changes", () => {
  const timeouts: Readonly<Record<string, RegExp>> = {
    'nginx.conf': /proxy_read_timeout (\d+)s;/g,
    'haproxy.cfg': /timeout server (\d+)s/g,
    'haproxy-tcp.cfg': /timeout (?:server|client) (\d+)s/g,
    'apache.conf': / timeout=(\d+) /g,
    Caddyfile: /response_header_timeout (\d+)s/g,
  };
  for (const [name, pattern] of Object.entries(timeouts)) {
    const text = readFileSync(new URL(name, DEPLOY), 'utf8');
    const seconds = [...text.matchAll(pattern)].map(([, value]) => Number(value));
    assert.ok(seconds.length > 1 && seconds.every((value) => value > LONGEST_WAIT), `${name}: ${seconds}`);
    const nodes =
      name === 'nginx.conf' ? readFileSync(new URL('nginx-upstreams.conf', DEPLOY), 'utf8') : text;
    assert.ok(nodes.includes('127.0.0.1:8081') && nodes.includes('127.0.0.1:8082'), name);
    assert.ok(text.includes('8443'), name);
  }
});

/** nginx with the files of deploy, some of their text replaced, in front of two nodes. */
async function runNginx(t: TestContext, replaced: Readonly<Record<string, string>> = {}) {
  const proxied = { trustProxy: ['127.0.0.1'] };
  const one = await runManagedService(t, { withoutTls: true, orders: [acmeOrder()], settings: proxied });
  const two = await runManagedService(t, {
    withoutTls: true,
    database: one.database,
    orders: [],
    settings: proxied,
  });
  const folder = temporaryFolder(t);
  const [port, plain, management] = [await freePort(), await freePort(), await freePort()];
  // Its own temporary folders, as it may not write where it was made to.
  const folders = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const config = replaceAll(readFileSync(new URL('nginx.conf', DEPLOY), 'utf8'), {
    'listen 8443': `listen 127.0.0.1:${port}`,
    'listen 8080': `listen 127.0.0.1:${plain}`,
    'listen 9443': `listen 127.0.0.1:${management}`,
    'worker_processes auto': 'worker_processes 1',
    'http {': `http {\n  ${folders.join('\n  ')}`,
    ...replaced,
  });
  writeFileSync(join(folder, 'nginx.conf'), config);
  const upstreams = replaceAll(readFileSync(new URL('nginx-upstreams.conf', DEPLOY), 'utf8'), {
    '8081': String(one.port),
    '8082': String(two.port),
    '8091': String(one.managementPort),
    '8092': String(two.managementPort),
  });
  writeFileSync(join(folder, 'upstreams.conf'), upstreams);
  mkdirSync(join(folder, 'tls'));
  const pair = await selfSignedPair();
  writeFileSync(join(folder, 'tls/cert.pem'), pair.cert);
  writeFileSync(join(folder, 'tls/key.pem'), pair.key);
  const output = join(folder, 'output');
  const file = openSync(output, 'a');
  const options = ['-p', folder, '-c', 'nginx.conf', '-g', `daemon off; pid ${folder}/nginx.pid;`];
  const nginx = spawn('nginx', options, { stdio: ['ignore', file, file] });
  closeSync(file);
  t.after(() => nginx.kill());
  const said = () => readFileSync(output, 'utf8');
  const ask = () =>
    sendRequest({
      scheme: 'https',
      port,
      method: 'POST',
      path: STATUS_PATH,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', 'X-Forwarded-For': '203.0.113.9' },
      body: new URLSearchParams({ ...ACME, orderNumber: '7250060', queryType: '1' }).toString(),
    });
  for (const end = performance.now() + PRINT_LIMIT_MS; ; ) {
    const isUp = await ask().then(
      () => true,
      () => false,
    );
    if (isUp) break;
    assert.ok(performance.now() < end, said());
    await pause(50);
  }
  return { one, two, port, management, ask, said };
}

/** Each of the texts must be there. */
function replaceAll(text: string, replaced: Readonly<Record<string, string>>): string {
  let result = text;
  for (const [from, to] of Object.entries(replaced)) {
    assert.ok(result.includes(from), from);
    result = result.replace(from, to);
  }
  return result;
}

test('nginx ends TLS in front of two nodes, and asks the other when one is gone', {
  skip: !hasNginx,
}, async (t) => {
  const { one, two, management, ask, said } = await runNginx(t);
  for (let count = 0; count < 6; count++) assert.match((await ask()).body, /^errorCode=0&/);
  for (const { log } of [one, two]) assert.ok(log.some(({ errorCode }) => errorCode === 0));
  // What the caller says of itself is not believed.
  assert.ok(one.log.every(({ address }) => address === undefined || address === '127.0.0.1'));
  const { status } = await sendRequest({
    scheme: 'https',
    port: management,
    method: 'GET',
    path: '/v1/orders',
    headers: { Authorization: `Bearer ${one.tokens.read}` },
    body: '',
  });
  assert.equal(status, 200);
  await one.stop();
  for (let count = 0; count < 4; count++) assert.match((await ask()).body, /^errorCode=0&/);
  assert.ok(!said().includes(ACME.loginPassword));
});

test('one address that sends half requests to nginx does not keep the others out', {
  skip: !hasNginx,
}, async (t) => {
  // Smaller figures all, so that less of an attack shows it.
  const places = 200;
  const { port, management, ask, one } = await runNginx(t, {
    'worker_connections 16384': `worker_connections ${places}`,
    'limit_conn addresses 256': 'limit_conn addresses 64',
    'client_header_timeout 10s': 'client_header_timeout 1s',
  });
  /**
   * Sends the same on more connections than there are places, from an address of their own, a few at a time: nginx
   * would close some of those that come all at once. `closed` resolves when nginx has closed them all.
   */
  const attack = async (to: number, sent: string) => {
    let left = places + 100;
    const closed: Promise<unknown>[] = [];
    const openOneByOne = async () => {
      while (left-- > 0) {
        const options = { host: '127.0.0.1', port: to, localAddress: '127.0.0.2', rejectUnauthorized: false };
        const socket = connectTls(options).on('error', () => {});
        t.after(() => socket.destroy());
        closed.push(new Promise((resolve) => socket.once('close', resolve)));
        await new Promise((resolve) => socket.once('secureConnect', resolve).once('close', resolve));
        await new Promise((resolve) => socket.write(sent, resolve));
      }
    };
    await Promise.all(Array.from({ length: 8 }, openOneByOne));
    return { closed: Promise.all(closed) };
  };
  const half =
    'Host: a\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\nhalf';
  const othersAreAnswered = async () => {
    for (const { body } of await Promise.all(Array.from({ length: 20 }, ask)))
      assert.match(body, /^errorCode=0&/);
  };
  await attack(port, `POST ${STATUS_PATH} HTTP/1.1\r\n${half}`);
  await othersAreAnswered();
  await attack(management, `PUT /v1/orders/1 HTTP/1.1\r\n${half}`);
  await othersAreAnswered();
  const { closed } = await attack(port, `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\n`);
  await closed;
  await othersAreAnswered();
  assert.ok(one.log.every(({ msg }) => msg !== 'a connection was refused'));
});
