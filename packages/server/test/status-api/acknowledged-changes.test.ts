/** A change that was acknowledged before a request is sent is in the response, however many requests share a read. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, logOf, printed, startCommand } from '../command.ts';
import { type Connection, openConnection, statusRequest } from '../connection.ts';
import { fillDatabase } from '../fill-database.ts';
import { ACME, sendRequest } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { testPairOptions } from '../test-pair.ts';

/** Orders that are changed and asked for, each over a connection of its own. */
const ORDERS = 12;
/** How often each of them is. */
const ROUNDS = Number(process.env['ACKNOWLEDGED_ROUNDS'] ?? 10);
/** Further connections, whose requests keep the workers at work meanwhile. */
const OTHERS = 48;

test('two workers show each change that was acknowledged before the request was sent', async (t) => {
  const fixture = await commandFixture(t);
  const store = await openStore(fixture.database[1], 'write');
  t.after(() => store.close());
  const token = newToken();
  await store.tokens.add({ name: 'writer', scope: 'write', digest: digestOfSecret(token) });
  const numbers = Array.from({ length: ORDERS }, (_, index) => String(7250060 + index));
  await fillDatabase(
    store.orders,
    numbers.map((orderNumber) =>
      acmeOrder({ orderNumber, certificates: [acmeCertificate({ certificateID: orderNumber })] }),
    ),
  );
  const started = startCommand([
    'serve',
    ...fixture.database,
    ...['--host', '127.0.0.1', '--port', '0', '--management-port', '0', '--no-pages'],
    ...['--workers', '2', ...(await testPairOptions())],
  ]);
  t.after(async () => {
    started.process.kill('SIGTERM');
    await started.ended;
  });
  const log = logOf(started);
  await printed(started, '"listening"');
  const { port, managementPort } = log().find(({ msg }) => msg === 'listening') ?? {};

  /** In turn by this process and by the service's primary process, which both write to the database. */
  const change = async (orderNumber: string, FQDN: string, round: number) => {
    if (round % 4 !== 0) {
      const certificates = new Map([[orderNumber, { FQDN }]]);
      const by = { kind: 'command line', name: 'test' } as const;
      const [outcome] = await store.orders.change([patchOrder(orderNumber, { certificates })], by);
      assert.equal(outcome?.kind, 'changed');
      return;
    }
    const { status, body } = await sendRequest({
      scheme: 'https',
      port: Number(managementPort),
      method: 'PATCH',
      path: `/v1/orders/${orderNumber}/certificates/${orderNumber}`,
      headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ FQDN }),
    });
    assert.equal(status, 200, body);
  };
  const requestFor = (query: object) => statusRequest(new URLSearchParams({ ...ACME, ...query }).toString());
  /** Takes an answer; the service ends connections so that workers have equally many. */
  const answerOn = async (connections: Connection[], index: number) => {
    const answer = (await connections[index]?.answer()) ?? assert.fail('no such connection');
    if (answer.headers['connection'] === 'close') connections[index] = await connect();
    return answer.body;
  };
  const connect = () => openConnection(t, Number(port));
  const whole = requestFor({ orderNumber: '7250060', queryType: '1' });
  const others = await Promise.all(Array.from({ length: OTHERS }, connect));
  // A first login costs a hash, for which not so many can wait.
  for (const [index, connection] of others.entries()) {
    connection.write(whole);
    assert.match(await answerOn(others, index), /^errorCode=0&/);
  }
  const clients = await Promise.all(numbers.map(connect));
  for (let round = 0; round < ROUNDS; round++) {
    const FQDN = `round-${round}.example.com`;
    for (const connection of others) connection.write(whole);
    for (const [index, orderNumber] of numbers.entries()) {
      const number = round % 2 === 0 ? { orderNumber } : { certificateID: orderNumber };
      const request = requestFor({ ...number, queryType: String(round % 3) });
      const middle = request.length - 10;
      // So that it is received together with others, whose requests came before the change.
      clients[index]?.write(request.slice(0, middle));
      await change(orderNumber, FQDN, round);
      clients[index]?.write(request.slice(middle));
    }
    for (const index of clients.keys()) {
      const body = await answerOn(clients, index);
      assert.equal(new URLSearchParams(body).get('1_1_FQDN'), FQDN, body);
    }
    for (const index of others.keys()) assert.match(await answerOn(others, index), /^errorCode=0&/);
  }
  started.process.kill('SIGTERM');
  await started.ended;
  assert.equal(new Set(log().flatMap(({ msg, worker }) => (msg === 'request' ? [worker] : []))).size, 2);
});
