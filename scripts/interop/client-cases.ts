/** What each client is tried with. */

import assert from 'node:assert/strict';
import { type Client, versionOf } from './clients.ts';
import { bodyOf, ERRORS, LARGE_ORDER, LOGIN, ORDER } from './orders.ts';
import { runOwnClient } from './own-client.ts';
import type { Results } from './results.ts';
import { STATUS_PATH } from './service.ts';

/** Where the clients send their requests. */
export interface Target {
  /** `https://HOST:PORT`. */
  readonly origin: string;
  /** The same by `http://`, where it is answered with -1. */
  readonly plainOrigin: string;
  /** The root that clients trust. */
  readonly root: string;
}

const PARSED_PARAMETERS = LARGE_ORDER.parameterCount;

/** How many parameters of a large response a client's usual parser gives, if not all. */
const PARSER_LIMITS: Readonly<Record<string, number>> = { 'PHP curl': 1000 };

/** The arguments about an order. */
export function orderArguments(
  about: Readonly<Record<string, string>> = { orderNumber: ORDER.orderNumber },
  login = LOGIN,
): readonly (readonly [string, string])[] {
  return Object.entries({ ...login, ...about, queryType: '1' });
}

/** The clients that are installed; the others are noted as skipped. */
export function installed(
  all: readonly Client[],
  results: Results,
  versions: Map<string, string>,
): readonly Client[] {
  return all.filter(({ name, version, package: packageName }) => {
    const found = versionOf(version);
    if (found === undefined) results.skip(name, `not installed: apt-get install -y ${packageName}`);
    else versions.set(name, found);
    return found !== undefined;
  });
}

/** Runs every case of one client against a service. */
export async function runClientCases(client: Client, target: Target, results: Results): Promise<void> {
  const url = target.origin + STATUS_PATH;
  const [firstWay = ''] = Object.keys(client.ways);
  const expectBody = async (where: string, way: string, login: typeof LOGIN, body: string) => {
    const reply = await client.send({ url: where, way, parameters: orderArguments(undefined, login) });
    assert.equal(reply.body, body);
  };
  for (const [way, response] of Object.entries(client.ways)) {
    const name = response === 'order' ? `${way}: the order` : `${way}: ${response}`;
    await results.run(client.name, name, () =>
      response === 'order' ? expectOrder(client, url, way) : expectBody(url, way, LOGIN, response),
    );
  }
  await results.run(client.name, 'a wrong password: -16', () =>
    expectBody(url, firstWay, { ...LOGIN, loginPassword: 'wrong' }, ERRORS.denied),
  );
  await results.run(client.name, 'GET: -17', () => expectBody(url, 'get', LOGIN, ERRORS.notPost));
  await results.run(client.name, 'http:// instead of https://: -1', () =>
    expectBody(target.plainOrigin + STATUS_PATH, firstWay, LOGIN, ERRORS.notHttps),
  );
  if (client.parses) {
    const limit = PARSER_LIMITS[client.name] ?? PARSED_PARAMETERS;
    await results.run(client.name, `${limit} of ${PARSED_PARAMETERS} parameters of the largest order`, () =>
      expectLargeOrder(client, url, firstWay, limit),
    );
    await results.run(client.name, 'one certificate of the largest order, by certificateID', async () => {
      const { certificateID, parameters } = LARGE_ORDER.one;
      const reply = await client.send({ url, way: firstWay, parameters: orderArguments({ certificateID }) });
      assert.deepEqual(reply.decoded, parameters);
    });
  }
  if ('split' in client.ways) {
    await results.run(client.name, 'all parameters of the largest order, split by hand', () =>
      expectLargeOrder(client, url, 'split', PARSED_PARAMETERS),
    );
  }
}

/** The complete order, byte for byte, and as the client's parser decodes it. */
export async function expectOrder(client: Client, url: string, way: string): Promise<void> {
  const reply = await client.send({ url, way, parameters: orderArguments() });
  assert.equal(reply.body, bodyOf(ORDER.parameters));
  if (client.parses) assert.deepEqual(reply.decoded, ORDER.parameters);
}

async function expectLargeOrder(client: Client, url: string, way: string, count: number): Promise<void> {
  const { orderNumber } = LARGE_ORDER;
  const { decoded = [] } = await client.send({ url, way, parameters: orderArguments({ orderNumber }) });
  assert.equal(new Set(decoded.map(([name]) => name)).size, count);
}

/** The cases of our own client. */
export async function runOwnClientCases(target: Target, results: Results): Promise<void> {
  const program = 'order-status (our own)';
  const { origin, root } = target;
  await results.run(program, 'the order', () => expectOrderOfOwnClient(origin, root));
  await results.run(program, 'a wrong password: -16', async () => {
    await assert.rejects(runOwnClient(origin, root, [ORDER.orderNumber], 'wrong'), /-16|denied/i);
  });
  await results.run(program, 'all certificates of the largest order', async () => {
    const { stdout } = await runOwnClient(origin, root, [LARGE_ORDER.orderNumber, '--json']);
    assert.equal(JSON.parse(stdout).orders[0].certificates.length, LARGE_ORDER.record.certificates.length);
  });
  await results.run(program, 'http:// instead of https://: refused before anything is sent', async () => {
    await assert.rejects(runOwnClient(target.plainOrigin, root, [ORDER.orderNumber]), /https/);
  });
}

/** The order, as our own client prints it. */
export async function expectOrderOfOwnClient(origin: string, root: string): Promise<void> {
  const { stdout } = await runOwnClient(origin, root, [ORDER.orderNumber, '--json']);
  const [order] = JSON.parse(stdout).orders;
  assert.equal(order.orderNumber, ORDER.orderNumber);
  const { orderStatus, suggestedOrgDetails, certificates } = ORDER.record;
  assert.equal(order.orderStatus, orderStatus);
  assert.deepEqual(order.suggestedOrgDetails, suggestedOrgDetails);
  // The response does not hold the certificateID.
  assert.deepEqual(
    order.certificates,
    certificates.map(({ certificateID, ...sent }) => sent),
  );
}
