/** What each proxy is tried with: in front of two nodes. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { freePort } from '../../packages/server/test/free-port.ts';
import type { IssuedCertificate } from './authority.ts';
import { usePages } from './browser-case.ts';
import { expectOrder, expectOrderOfOwnClient, orderArguments } from './client-cases.ts';
import type { Client } from './clients.ts';
import { BOUND_ADDRESS, BOUND_LOGIN, BOUND_ORDER, bodyOf, ERRORS, LOGIN, ORDER } from './orders.ts';
import { type Daemon, eventually, run, start } from './processes.ts';
import { type PreparedProxy, type ProxyPorts, type ProxyProgram, proxyFolder } from './proxies.ts';
import { handshakeAfter, openIdle, send, sendBytes } from './requests.ts';
import type { Results } from './results.ts';
import { type Database, type Node, STATUS_PATH, startNode } from './service.ts';

/** What all proxies are tried with. */
export interface ProxyCaseParts {
  readonly folder: string;
  readonly hostName: string;
  readonly certificate: IssuedCertificate;
  readonly database: Database;
  readonly clients: readonly Client[];
  readonly browser: Browser;
  readonly results: Results;
  /** How long a page and a request that waits for changes are open. */
  readonly openForMs: number;
}

/** Where the client of most cases is. */
const CLIENT_ADDRESS = '127.0.0.2';
/** How many requests are sent while a proxy reads its configuration again. */
const RELOAD_REQUESTS = 60;
/** The log's number for warnings. */
const WARN_LEVEL = 40;
/** A request for changes waits for 55 seconds at most. */
const LONGEST_WAIT_MS = 50_000;
/** A client that says it is at the address of the bound account, by https. */
const FORGED = {
  'X-Forwarded-For': BOUND_ADDRESS,
  'X-Forwarded-Proto': 'https',
  'X-Forwarded-Host': 'forged.example',
  'X-Forwarded-Port': '443',
  'X-Forwarded-Ssl': 'on',
  'X-Real-IP': BOUND_ADDRESS,
  'Client-IP': BOUND_ADDRESS,
  'True-Client-IP': BOUND_ADDRESS,
  Forwarded: `for=${BOUND_ADDRESS};proto=https;host=forged.example`,
};
const FORGED_PROXY_LINE = `PROXY TCP4 ${BOUND_ADDRESS} 127.0.0.1 4711 443\r\n`;
const FORGED_PROXY_V2 = Buffer.from(
  `0d0a0d0a000d0a515549540a2111000c7f0000097f000001126701bb`,
  'hex',
).toString('latin1');

/** A proxy that runs, in front of nodes that run. */
interface Scene extends ProxyCaseParts {
  readonly proxy: ProxyProgram;
  readonly prepared: PreparedProxy;
  readonly daemon: Daemon;
  readonly ports: ProxyPorts;
  readonly nodes: readonly [Node, Node];
  /** Through the proxy. */
  readonly origin: string;
  readonly plainOrigin: string;
}

/** Starts two nodes and the proxy, runs its cases, and ends all three. */
export async function runProxyCases(proxy: ProxyProgram, parts: ProxyCaseParts): Promise<void> {
  const { certificate, results } = parts;
  const folder = proxyFolder(parts.folder, proxy.name);
  const tls = ['--tls-cert', certificate.chain, '--tls-key', certificate.key, '--proxy-protocol'];
  const options = ['--trust-proxy', '127.0.0.1', ...(proxy.proxyProtocol === undefined ? [] : tls)];
  const startOne = (name: string) => startNode(parts.database, folder, name, options);
  const nodes = await Promise.all([startOne('one'), startOne('two')] as const);
  let daemon: Daemon | undefined;
  try {
    const ports: ProxyPorts = {
      public: await freePort(),
      plain: await freePort(),
      management: await freePort(),
      admin: await freePort(),
      nodes,
    };
    const prepared = proxy.prepare({ folder, certificate, ports });
    await results.run(proxy.name, 'its own check of the configuration', async () => {
      const checking = start(prepared.check, join(folder, 'check-output'), folder);
      assert.equal(await checking.ended, 0, checking.output());
    });
    const running = start(prepared.start, join(folder, 'output'), folder);
    daemon = running;
    const at = (scheme: string, port: number) => `${scheme}://${parts.hostName}:${port}`;
    const plainPort = proxy.proxyProtocol === undefined ? ports.plain : ports.public;
    const scene: Scene = {
      ...parts,
      proxy,
      prepared,
      daemon: running,
      ports,
      nodes,
      origin: at('https', ports.public),
      plainOrigin: at('http', plainPort),
    };
    const isUp = await results.run(proxy.name, 'it starts', () =>
      eventually(() => expectStatus(scene, bodyOf(ORDER.parameters))).catch((error) => {
        throw new Error(`${error.message}\n${running.output().slice(-2000)}`);
      }),
    );
    if (isUp) await runCases(scene);
  } finally {
    await daemon?.end();
    await Promise.all(nodes.map((node) => node.stop()));
  }
}

async function runCases(scene: Scene): Promise<void> {
  const { proxy, results, clients, origin, certificate } = scene;
  const check = (name: string, act: () => Promise<void>) => results.run(proxy.name, name, act);
  for (const client of clients) {
    const [firstWay = ''] = Object.keys(client.ways);
    await check(`the order, by ${client.name}`, () => expectOrder(client, origin + STATUS_PATH, firstWay));
  }
  await check('the order, by order-status (our own)', () => expectOrderOfOwnClient(origin, certificate.root));
  await check('a wrong password: -16', () =>
    expectStatus(scene, ERRORS.denied, { login: { ...LOGIN, loginPassword: 'wrong' } }),
  );
  await check('GET: -17', async () => {
    const { body } = await send(origin + STATUS_PATH, { root: rootOf(scene) });
    assert.equal(body, ERRORS.notPost);
  });
  await check('http:// instead of https://: -1', () =>
    expectStatus(scene, ERRORS.notHttps, { isPlain: true }),
  );
  await check('other spellings of the path', () => expectSpellings(scene));
  await check("the service sees the client's address", () => expectAddressInLog(scene));
  await check('an account bound to an address is served there', () =>
    expectStatus(scene, bodyOf(boundParameters()), { login: BOUND_LOGIN, from: BOUND_ADDRESS }),
  );
  await check('forged forwarding headers prove no address', () =>
    expectStatus(scene, ERRORS.denied, { login: BOUND_LOGIN, headers: FORGED }),
  );
  await check('forged forwarding headers prove no https', () =>
    expectStatus(scene, ERRORS.notHttps, { isPlain: true, headers: FORGED }),
  );
  await check('a PROXY header of the client proves nothing', () => expectForgedProxyHeaders(scene));
  await check('a page by http:// is redirected to https://', () => expectRedirect(scene));
  await check('a form from another site is refused', () => expectOriginCheck(scene));
  if (proxy.hasHttp2) await check('HTTP/2', () => expectHttp2(scene));
  await check('a browser signs in and sees a change at once', () => expectLivePage(scene));
  if (proxy.proxyProtocol === undefined) {
    await check('the management API answers a waiting request at the change', () => expectLongPoll(scene));
  }
  const { connectionsPerAddress: limit } = proxy;
  if (limit !== undefined) {
    await check(`one address holds ${limit} connections at most`, () => expectConnectionLimit(scene, limit));
  }
  await check('no request is lost while the configuration is read again', () => expectReload(scene));
  await check('the service has nothing to warn of', () => expectNoWarnings(scene));
  const gap = proxy.hasFailoverGap ? ', after a health check' : '';
  await check(`one node stops: the other one answers${gap}`, () => expectFailover(scene));
  if (proxy.proxyProtocol === undefined) {
    await check('passwords in a URL are not in the log', () => expectNoPasswordInLog(scene));
  }
}

interface StatusRequest {
  readonly login?: typeof LOGIN;
  readonly from?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly isPlain?: boolean;
  readonly path?: string;
}

const rootOf = ({ certificate }: ProxyCaseParts) => certificate.rootText;

/** Asks for the login's order, from {@link CLIENT_ADDRESS} unless another is given. */
async function expectStatus(scene: Scene, body: string, request: StatusRequest = {}): Promise<void> {
  const { login = LOGIN, from = CLIENT_ADDRESS, headers = {}, isPlain = false, path = STATUS_PATH } = request;
  const orderNumber = login.loginName === LOGIN.loginName ? ORDER.orderNumber : BOUND_ORDER.orderNumber;
  const response = await send((isPlain ? scene.plainOrigin : scene.origin) + path, {
    root: rootOf(scene),
    body: bodyOf(orderArguments({ orderNumber }, login)),
    from,
    headers,
  });
  assert.equal(response.body, body);
}

function boundParameters() {
  return ORDER.parameters.map(
    ([name, value]) => [name, name === '1_orderNumber' ? BOUND_ORDER.orderNumber : value] as const,
  );
}

async function expectSpellings(scene: Scene): Promise<void> {
  for (const path of ['/products/%21GetDetailedOrderStatus', '/products!/GetDetailedOrderStatus']) {
    await expectStatus(scene, bodyOf(ORDER.parameters), { path });
  }
  const misspelt = await send(`${scene.origin}//products/!getdetailedorderstatus`, {
    root: rootOf(scene),
    body: '',
  });
  assert.equal(misspelt.status, 404);
}

async function expectAddressInLog(scene: Scene): Promise<void> {
  const from = '127.0.0.77';
  await expectStatus(scene, bodyOf(ORDER.parameters), { from });
  await eventually(async () => {
    const addresses = scene.nodes.flatMap((node) => node.log()).map(({ address }) => address);
    assert.ok(addresses.includes(from), 'the address is not in the log');
  });
}

/** Before a TLS handshake, and before a plain request, in both versions. */
async function expectForgedProxyHeaders(scene: Scene): Promise<void> {
  const { ports, proxy } = scene;
  const body = bodyOf(orderArguments({ orderNumber: BOUND_ORDER.orderNumber }, BOUND_LOGIN));
  const head = `POST ${STATUS_PATH} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Forwarded-Proto: https\r\n`;
  const type = 'Content-Type: application/x-www-form-urlencoded\r\n';
  const request = `${head}${type}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const plainPort = proxy.proxyProtocol === undefined ? ports.plain : ports.public;
  const to = [ports.public, plainPort, scene.nodes[0].port];
  for (const forged of [FORGED_PROXY_LINE, FORGED_PROXY_V2]) {
    assert.equal(await handshakeAfter(ports.public, forged, CLIENT_ADDRESS), false);
    for (const port of to) {
      const response = await sendBytes(port, forged + request, CLIENT_ADDRESS);
      assert.doesNotMatch(response, /errorCode=0&/);
    }
  }
  const believed = scene.nodes
    .flatMap((node) => node.log())
    .filter(({ address, errorCode }) => address === BOUND_ADDRESS && errorCode !== 0);
  assert.deepEqual(believed, []);
}

async function expectRedirect({ plainOrigin, hostName, ...scene }: Scene): Promise<void> {
  const root = scene.certificate.rootText;
  const { status, headers } = await send(`${plainOrigin}/orders/1`, {
    root,
    headers: FORGED,
    from: CLIENT_ADDRESS,
  });
  assert.equal(status, 308);
  assert.match(String(headers['location']), new RegExp(`^https://${hostName}[:/]`));
}

async function expectOriginCheck(scene: Scene): Promise<void> {
  const body = bodyOf(Object.entries(LOGIN));
  const signIn = (headers: Record<string, string>) =>
    send(`${scene.origin}/sign-in`, { root: rootOf(scene), body, headers, from: CLIENT_ADDRESS });
  // As older browsers say it, which do not send Sec-Fetch-Site.
  assert.equal((await signIn({ Origin: scene.origin })).status, 303);
  for (const origin of ['https://evil.example', 'https://forged.example', 'null']) {
    assert.equal((await signIn({ Origin: origin, ...FORGED })).status, 403);
  }
}

async function expectHttp2(scene: Scene): Promise<void> {
  const headers = Object.entries(FORGED).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const args = ['-q', '--silent', '--show-error', '--http2', '--cacert', scene.certificate.root];
  const form = ['--data', bodyOf(orderArguments()), '--write-out', '\n%{http_version}'];
  const url = scene.origin + STATUS_PATH;
  const { stdout } = await run({ file: 'curl', args: [...args, ...headers, ...form, url] });
  assert.equal(stdout, `${bodyOf(ORDER.parameters)}\n2`);
}

/** The management API, through a proxy that has a port for it. */
function managementUrl({ hostName, proxy, ports, nodes }: Scene): string {
  const port = proxy.proxyProtocol === undefined ? ports.management : nodes[0].managementPort;
  return `https://${hostName}:${port}/v1`;
}

async function manage(scene: Scene, request: string, sent: object): Promise<void> {
  const [method = '', path = ''] = request.split(' ');
  const { status, body } = await send(managementUrl(scene) + path, {
    root: rootOf(scene),
    method,
    headers: {
      Authorization: `Bearer ${scene.database.token}`,
      'Content-Type': method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
    },
    body: JSON.stringify(sent),
  });
  assert.ok(status === 200 || status === 201, body);
}

let placed = 0;

/** Places an order that is changed later; the clients' own order always stays as it is. */
async function placeOrder(scene: Scene): Promise<string> {
  placed += 1;
  const number = String(7_260_000 + placed);
  const certificates = [{ ...ORDER.record.certificates[0], certificateID: number }];
  await manage(scene, `PUT /orders/${number}`, { ...ORDER.record, orderNumber: number, certificates });
  return number;
}

/** Rejects the certificate of a placed order, with a reason that is given. */
async function rejectCertificate(scene: Scene, number: string): Promise<string> {
  const reason = `interop reason ${number}`;
  const state = { certificateStatus: 'Rejected', certificateStatusReason: reason };
  await manage(scene, `PATCH /orders/${number}/certificates/${number}`, state);
  return reason;
}

async function expectLivePage(scene: Scene): Promise<void> {
  const number = await placeOrder(scene);
  const change = () => rejectCertificate(scene, number);
  await usePages(scene.browser, scene.origin, number, change, scene.openForMs);
}

async function expectLongPoll(scene: Scene): Promise<void> {
  const number = await placeOrder(scene);
  const changes = `${managementUrl(scene)}/changes`;
  const headers = { Authorization: `Bearer ${scene.database.token}` };
  const root = rootOf(scene);
  const latest = JSON.parse((await send(`${changes}?after=latest`, { root, headers })).body);
  const waiting = send(`${changes}?after=${latest.cursor}&wait=55`, { root, headers });
  // A change in the same moment would be answered without any wait.
  await new Promise((resolve) => setTimeout(resolve, Math.min(scene.openForMs, LONGEST_WAIT_MS)));
  const reason = await rejectCertificate(scene, number);
  const { status, body } = await waiting;
  assert.equal(status, 200, body);
  assert.match(body, new RegExp(reason));
}

/** Neither of requests that are answered nor of those that no node answers. */
async function expectNoPasswordInLog(scene: Scene): Promise<void> {
  const secret = 'interop-secret-in-url';
  const path = `${STATUS_PATH}?loginPassword=${secret}`;
  const root = rootOf(scene);
  const { body } = await send(scene.origin + path, { root, body: '' });
  assert.match(body, /^errorCode=-3&/);
  await scene.nodes[1].stop();
  for (const origin of [scene.origin, scene.plainOrigin]) {
    const { status } = await send(origin + path, { root, body: '' });
    assert.ok(status >= 500, `no node runs, and the response has status ${status}`);
  }
  const logs = scene.prepared.logFiles.map((file) => readFileSync(file, 'utf8'));
  assert.doesNotMatch([scene.daemon.output(), ...logs].join(''), new RegExp(secret));
}

/** Silent connections, which the service behind does not hear of. */
async function expectConnectionLimit(scene: Scene, limit: number): Promise<void> {
  const idle = await openIdle(scene.ports.public, limit + 50, '127.0.0.3');
  try {
    await eventually(async () => assert.equal(idle.open(), limit));
    await expectStatus(scene, bodyOf(ORDER.parameters));
  } finally {
    idle.close();
  }
}

async function expectReload(scene: Scene): Promise<void> {
  for (let sent = 0; sent < RELOAD_REQUESTS; sent++) {
    if (sent === RELOAD_REQUESTS / 4) await scene.prepared.reload(scene.daemon);
    await expectStatus(scene, bodyOf(ORDER.parameters));
  }
}

/** Such as of a proxy that does not say whether the client spoke https. */
async function expectNoWarnings({ nodes }: Scene): Promise<void> {
  const warnings = nodes.flatMap((node) => node.log()).filter(({ level }) => Number(level) >= WARN_LEVEL);
  assert.deepEqual(warnings, []);
}

async function expectFailover(scene: Scene): Promise<void> {
  const sendSome = async () => {
    for (let sent = 0; sent < 10; sent++) await expectStatus(scene, bodyOf(ORDER.parameters));
  };
  await scene.nodes[0].stop();
  await (scene.proxy.hasFailoverGap ? eventually(sendSome) : sendSome());
}
