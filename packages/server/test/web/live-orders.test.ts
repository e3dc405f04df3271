/** Open pages of the real service: how often they are rendered, what they hold, and whom they keep out. */

import assert from 'node:assert/strict';
import { ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from 'node:tls';
import { digestOfSecret, newSecret } from '../../src/accounts/secret.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { OpenPageLimits } from '../../src/web/open-pages.ts';
import { TESTER } from '../fill-database.ts';
import { type RunOptions, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';
import { largeOrder } from './large-order.ts';
import { pageClient } from './page-client.ts';

const EVENTS = '/orders/7250060/events';
/** The statement that begins the rendering of an order's history. */
const RENDERING = /FROM change WHERE "?orderNumber"? = /;

async function run(t: TestContext, limits: Partial<OpenPageLimits> = {}, options: RunOptions = {}) {
  const service = await runService(t, {
    ...options,
    settings: { pages: true, trustProxy: ['127.0.0.1'], limits: { openPages: limits }, ...options.settings },
  });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const patch = async (orderNumber: string, certificateID: string, fields: object) => {
    const certificates = new Map([[certificateID, { ...fields }]]);
    const [outcome] = await store.orders.change([patchOrder(orderNumber, { certificates })], TESTER);
    assert.equal(outcome?.kind, 'changed');
  };
  const makeLink = async (orderNumber: string) => {
    const secret = newSecret();
    await store.shareLinks.add(digestOfSecret(secret), orderNumber, Date.now() + 60_000);
    return secret;
  };
  return { service, store, patch, makeLink };
}

/** What comes from an address, through a proxy. */
function from(address: string) {
  return { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
}

type Events = AsyncIterator<string, undefined>;

/** Reads until the text has come; what else came before it. */
async function readUntil(events: Events, text: string): Promise<string> {
  let read = '';
  while (!read.includes(text)) {
    const { value } = await events.next();
    if (value === undefined) assert.fail(`ended before ${text}: ${read}`);
    read += value;
  }
  return read;
}

test('all who look at an order in the same way are sent one rendering of each change, and what is unchanged is rendered for nobody', async (t) => {
  const { service, patch, makeLink } = await run(
    t,
    {},
    {
      orders: [
        acmeOrder(),
        acmeOrder({ orderNumber: '8', certificates: [acmeCertificate({ certificateID: '8' })] }),
      ],
    },
  );
  const client = pageClient(service);
  await client.signIn(undefined, from('192.0.2.1'));
  const guest = pageClient(service);
  const secret = await makeLink('7250060');
  const { headers } = await guest.get(`/s/${secret}`, from('192.0.2.2'));
  const shared = `${headers['location']}/events`;
  const statements = statementsOf(t);
  const renderings = () => statements.filter((sql) => RENDERING.test(sql)).length;
  const own: Events[] = [];
  const guests: Events[] = [];
  for (let count = 0; count < 12; count++) {
    own.push(await client.follow(EVENTS, from('192.0.2.1')));
    guests.push(await guest.follow(shared, from('192.0.2.2')));
  }
  for (const events of [...own, ...guests]) await readUntil(events, 'event: order');
  assert.equal(renderings(), 4, statements.join('\n'));

  for (const [index, [state, word]] of (
    [
      ['completed', '>done<'],
      ['not-required', '>not required<'],
    ] as const
  ).entries()) {
    statements.length = 0;
    await patch('7250060', '5550001', { dcvStatus: state });
    for (const events of [...own, ...guests]) {
      const read = await readUntil(events, `event: order`);
      assert.ok(read.includes(word) || (await readUntil(events, word)).includes(word), `${index}`);
    }
    // A rendering of the account's page, and one of the link's; each asks whether there are earlier changes, too.
    assert.equal(renderings(), 4, statements.join('\n'));
  }
  statements.length = 0;
  await patch('8', '8', { dcvStatus: 'completed' });
  // It has been looked at, and there is time to render.
  while (statements.length === 0) await pause(20);
  await pause(300);
  assert.equal(renderings(), 0, statements.join('\n'));
});

test('readers that never read an order of 2,000 certificates hold a page each at most, and cost nothing while nothing changes', async (t) => {
  const { service, patch, store } = await run(t, {}, { orders: [largeOrder(2000)] });
  const client = pageClient(service);
  await client.signIn(undefined, from('192.0.2.1'));
  const responses = new Set<ServerResponse>();
  const { write } = ServerResponse.prototype;
  t.mock.method(ServerResponse.prototype, 'write', function (this: ServerResponse, ...given: unknown[]) {
    responses.add(this);
    return (write as (...given: unknown[]) => boolean).apply(this, given);
  });
  for (let count = 0; count < 5; count++) {
    const reader = connect({ host: '127.0.0.1', port: service.port, rejectUnauthorized: false });
    t.after(() => reader.destroy());
    reader.pause();
    const headers = Object.entries({ Cookie: client.cookieHeader(), ...from('192.0.2.1') });
    reader.write(
      `GET ${EVENTS} HTTP/1.1\r\nHost: localhost\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`,
    );
  }
  while (responses.size < 5) await pause(10);
  const { body } = await client.get('/orders/7250060', from('192.0.2.1'));
  for (let change = 0; change < 4; change++) {
    await patch('7250060', '1', { dcvStatus: change % 2 === 0 ? 'completed' : 'in-progress' });
    await pause(300);
  }
  let waiting = 0;
  for (const response of responses) waiting += response.writableLength;
  assert.ok(
    waiting <= 5 * 1.3 * body.length,
    `${waiting} bytes wait for 5 pages of ${body.length} characters`,
  );
  assert.equal((await store.orders.get('7250060'))?.version, 5);
});

test('one link, one address, one account have so many pages open, and keep no others out', async (t) => {
  const limits = { inAll: 12, perAccount: 4, perLink: 2, perAddress: 3 };
  const { service, makeLink } = await run(t, limits, { accounts: ['other'] });
  const owner = pageClient(service);
  await owner.signIn(undefined, from('198.51.100.1'));
  let addresses = 0;
  const anywhere = () => from(`192.0.2.${++addresses}`);
  /** Opens a page until it is refused; how many are open then. */
  const openAll = async (client: typeof owner, path: string, headers = anywhere) => {
    for (let count = 0; ; count++) {
      const given = headers();
      const { status } = await probe(client, path, given);
      if (status === 503) return count;
      assert.equal(status, 200);
      await client.follow(path, given);
    }
  };
  const guest = async () => {
    const client = pageClient(service);
    const { headers } = await client.get(`/s/${await makeLink('7250060')}`, anywhere());
    return { client, path: `${headers['location']}/events` };
  };
  const [first, second, third] = [await guest(), await guest(), await guest()];
  assert.equal(await openAll(first.client, first.path), limits.perLink);
  assert.equal(await openAll(second.client, second.path), limits.perLink);
  // The links of an account together.
  assert.equal(await openAll(third.client, third.path), 0);
  assert.equal(await openAll(owner, EVENTS, () => from('198.51.100.1')), limits.perAddress);
  assert.equal(await openAll(owner, EVENTS), limits.perAccount - limits.perAddress);
  const { body } = await owner.get(EVENTS, anywhere());
  assert.match(body, /Too many pages are open/);
});

/** What an attempt to open a stream is answered with; one that is opened is closed again. */
async function probe(client: ReturnType<typeof pageClient>, path: string, headers: ReturnType<typeof from>) {
  try {
    const events = await client.follow(path, headers);
    await readUntil(events, 'retry:');
    await events.return?.();
    await pause(20);
    return { status: 200 };
  } catch {
    return { status: (await client.get(path, headers)).status };
  }
}

test('a viewer who signs out, one whose link is revoked, and those of an order that is taken away are told within seconds', async (t) => {
  const { service, store, makeLink } = await run(
    t,
    {},
    {
      orders: [
        acmeOrder(),
        acmeOrder({
          orderNumber: '8',
          orderStatus: 'Cancelled',
          certificates: [
            acmeCertificate({
              certificateID: '8',
              certificateStatus: 'Rejected',
              certificateStatusReason: 'Order cancelled',
            }),
          ],
        }),
        acmeOrder({ orderNumber: '9', certificates: [acmeCertificate({ certificateID: '9' })] }),
      ],
    },
  );
  const [leaving, staying, guest] = [pageClient(service), pageClient(service), pageClient(service)];
  await leaving.signIn();
  await staying.signIn();
  const { headers } = await guest.get(`/s/${await makeLink('7250060')}`);
  const link = String(headers['location']);
  const streams = await Promise.all([
    leaving.follow(EVENTS),
    staying.follow('/orders/8/events'),
    guest.follow(`${link}/events`),
  ]);
  await Promise.all(streams.map((events) => readUntil(events, 'event: order')));
  await leaving.post('/sign-out', {});
  await store.shareLinks.revoke('7250060', Number(link.slice('/shared/'.length)));
  const pruned = await store.pruning.prune(Date.now() + 1000, new Set(['settledOrders']));
  assert.equal(pruned.settledOrders, 1);
  await Promise.all(
    streams.map(async (events) => {
      await readUntil(events, 'event: over');
      assert.equal((await events.next()).done, true);
    }),
  );
});
