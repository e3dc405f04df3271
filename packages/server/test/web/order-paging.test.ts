/** Pages of large orders: how much of them a page reads and shows, and that one gets to everything. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { isNight } from '../../../protocol/test/runs.ts';
import { digestOfSecret } from '../../src/accounts/secret.ts';
import { newToken } from '../../src/accounts/token-admin.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { type RunOptions, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { countRows } from '../statements.ts';
import { changeOften, largeOrder } from './large-order.ts';
import { pageClient } from './page-client.ts';

const ORDER = '/orders/7250060';
const CONSOLE = '/console/orders/7250060';

/** Certificates of an order, on pages of 50 and one of 30: the console looks at all of them for each of its pages. */
const MANY = isNight ? 1230 : 330;

async function run(t: TestContext, options: RunOptions) {
  const service = await runService(t, {
    ...options,
    settings: { pages: true, managementPort: 0, ...options.settings },
  });
  const token = newToken();
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  await store.tokens.add({ name: 'admin', scope: 'admin', digest: digestOfSecret(token) });
  const checker = pageClient(service);
  await checker.signIn();
  const console = pageClient({ port: service.managementPort ?? 0 });
  assert.equal((await console.post('/console/sign-in', { token })).status, 303);
  return { service, store, checker, console };
}

type Client = ReturnType<typeof pageClient>;

async function bodyOf(client: Client, path: string): Promise<string> {
  const { status, body } = await client.get(path);
  assert.equal(status, 200, path);
  return body;
}

/** The IDs of the certificates that a page shows. */
function certificatesOf(body: string): number[] {
  return [...body.matchAll(/id="certificate-([0-9]+)"/g)].map(([, id]) => Number(id));
}

/** Where a link of a page leads to. */
function linkOf(body: string, text: string, page: string): string | undefined {
  const href = new RegExp(`<a href="([^"]+)">${text}</a>`).exec(body)?.[1]?.replaceAll('&amp;', '&');
  return href && new URL(href, `https://localhost${page}`).href.slice('https://localhost'.length);
}

test('an order of many certificates and changes is shown in pages, and every one of them can be reached', async (t) => {
  const { service, store, checker, console } = await run(t, { orders: [largeOrder(MANY)] });
  await changeOften(service.database, '7250060', 60);
  for (let link = 0; link < 45; link++)
    await store.shareLinks.add(`digest ${link}`, '7250060', Date.now() + 100_000);

  for (const [client, page] of [
    [checker, ORDER],
    [console, CONSOLE],
  ] as const) {
    const shown: number[] = [];
    let versions = 0;
    for (let path: string | undefined = page; path !== undefined; ) {
      const body: string = await bodyOf(client, path);
      assert.ok(body.includes(`${MANY.toLocaleString('en')} certificates`));
      assert.ok(body.length < 400_000, `${path} has ${body.length} characters`);
      shown.push(...certificatesOf(body));
      // Forms are for what is shown.
      for (const [, id] of body.matchAll(/name="certificateID" value="([0-9]+)"/g))
        assert.ok(certificatesOf(body).includes(Number(id)), `certificate ${id}`);
      path = linkOf(body, 'Next page', path)?.replace(/#.*/, '');
    }
    assert.deepEqual(
      shown,
      Array.from({ length: MANY }, (_, index) => index + 1),
    );
    for (let path: string | undefined = page; path !== undefined; ) {
      const body: string = await bodyOf(client, path);
      versions +=
        client === checker
          ? (body.match(/class="event/g)?.length ?? 0)
          : (body.match(/Version [0-9]+/g)?.length ?? 0);
      // The certificates stay where they are.
      assert.equal(certificatesOf(body)[0], 1);
      path = linkOf(body, 'Earlier changes', path)?.replace(/#.*/, '');
    }
    assert.equal(versions, 61);
  }

  let links = 0;
  for (let path: string | undefined = ORDER; path !== undefined; ) {
    const body: string = await bodyOf(checker, path);
    links += body.match(/\/links\/[0-9]+\/revoke/g)?.length ?? 0;
    path = linkOf(body, 'Earlier links', path)?.replace(/#.*/, '');
  }
  assert.equal(links, 45);

  const last = await bodyOf(checker, `${ORDER}?certificates=${MANY - 96}`);
  assert.deepEqual([certificatesOf(last)[0], certificatesOf(last).at(-1)], [MANY - 129, MANY - 80]);
  assert.equal(
    linkOf(last, 'Previous page', ORDER),
    `${ORDER}?certificates=${MANY - 179}#certificates-heading`,
  );
  assert.equal(
    linkOf(last, 'First page', `${ORDER}?certificates=${MANY - 96}`),
    `${ORDER}?#certificates-heading`,
  );
  assert.equal(linkOf(last, 'Last page', ORDER), `${ORDER}?certificates=${MANY - 29}#certificates-heading`);
  for (const nonsense of [
    String(MANY + 21),
    '999999999',
    '0',
    '-1',
    'x',
    '1e3',
    '9'.repeat(50),
    '1&certificates=2',
  ]) {
    for (const name of ['certificates', 'changes', 'links']) {
      const path = `${ORDER}?${name}=${nonsense}`;
      assert.equal(certificatesOf(await bodyOf(checker, path))[0], 1, path);
    }
  }
});

test('a certificate that is looked up is on the page that one is led to', async (t) => {
  const { checker, console } = await run(t, { orders: [largeOrder(120)] });
  for (const [number, query] of [
    [1, ''],
    [50, ''],
    [51, '?certificates=51'],
    [120, '?certificates=101'],
  ] as const) {
    const ofChecker = await checker.get(`/look-up?kind=certificate&number=${number}`);
    const ofConsole = await console.get(`/console/orders?number=${number}`);
    assert.equal(ofChecker.headers['location'], `${ORDER}${query}#certificate-${number}`);
    assert.equal(ofConsole.headers['location'], `${CONSOLE}${query}#certificate-${number}`);
    assert.ok(certificatesOf(await bodyOf(checker, ORDER + query)).includes(number));
  }
});

test('a change that the console makes leads back to the page of its certificate', async (t) => {
  const { console } = await run(t, { orders: [largeOrder(60)] });
  const path = `${CONSOLE}?certificates=51`;
  const action =
    /action="(\/console\/orders\/7250060\/change[^"]*)"/.exec(await bodyOf(console, path))?.[1] ?? '';
  const form = { version: '1', about: '55', dcvStatus: 'completed' };
  const done = await console.post(action, form);
  assert.deepEqual([done.status, done.headers['location']], [303, path]);
  const again = await console.post(action, form);
  assert.equal(again.status, 409);
  assert.match(again.body, /has version 2 by now/);
  assert.equal(certificatesOf(again.body)[0], 51);
});

test('a form of an earlier version of the page, about a certificate, never changes the order', async (t) => {
  const { console, store } = await run(t, { orders: [acmeOrder()] });
  const targets: readonly Record<string, string>[] = [
    {},
    { certificateID: '5550001' },
    { about: '' },
    { about: '0' },
    { about: 'x' },
  ];
  for (const about of targets) {
    const form = { version: '1', status: 'Rejected', reason: 'a reason', ...about };
    const { status, body } = await console.post(`${CONSOLE}/change`, form);
    assert.equal(status, 409);
    assert.match(body, /the form was of an earlier version of this page/);
  }
  assert.equal((await store.orders.get('7250060'))?.version, 1);
});

test('a change of every certificate is told by its first fields, and how many there are', async (t) => {
  const orders = [largeOrder(500)];
  const { store, checker, console } = await run(t, { orders });
  const certificates = new Map(
    orders[0]?.certificates.map(({ certificateID }) => [
      certificateID ?? '',
      { dcvStatus: 'completed', caaStatus: 'in-progress' },
    ]),
  );
  await store.orders.change([patchOrder('7250060', { certificates })], { kind: 'token', name: 'x' });
  assert.match(await bodyOf(checker, ORDER), /and 980 more/);
  assert.match(
    await bodyOf(console, CONSOLE),
    /And 950 more, which <code>cert-order-status order history 7250060/,
  );
});

test('what the pages of an order and the lists read and send does not grow with what they do not show', async (t) => {
  const measure = async (count: number) => {
    const orders = Array.from({ length: 30 }, (_, index) =>
      acmeOrder({
        orderNumber: String(index + 1),
        certificates: Array.from({ length: count }, (_, place) =>
          acmeCertificate({ certificateID: String(1 + index * 1000 + place) }),
        ),
      }),
    );
    const { checker, console } = await run(t, { orders });
    const rows = countRows(t);
    const of = async (client: Client, path: string) => {
      rows.count = 0;
      return { characters: (await bodyOf(client, path)).length, rows: rows.count };
    };
    return [await of(checker, '/orders/1'), await of(checker, '/'), await of(console, '/console/orders')];
  };
  const [few, many] = [await measure(60), await measure(120)];
  for (const [index, { rows, characters }] of many.entries()) {
    assert.ok(rows <= (few[index]?.rows ?? 0) + 10, `${few[index]?.rows} rows, then ${rows}`);
    assert.ok(characters <= 1.1 * (few[index]?.characters ?? 0));
  }
});

test('tokens and accounts are shown page by page, and orders of accounts counted no farther than is shown', async (t) => {
  const accounts = Array.from({ length: 120 }, (_, index) => `account-${String(index).padStart(3, '0')}`);
  const orders = Array.from({ length: 1200 }, (_, index) =>
    acmeOrder({
      orderNumber: String(index + 1),
      certificates: [acmeCertificate({ certificateID: String(index + 1) })],
    }),
  );
  const { store, console } = await run(t, { orders, accounts });
  for (let index = 0; index < 119; index++)
    await store.tokens.add({
      name: `token-${String(index).padStart(3, '0')}`,
      scope: 'read',
      digest: `${index}`,
    });
  for (const path of ['/console/accounts', '/console/tokens']) {
    const names: string[] = [];
    let pages = 0;
    for (let page: string | undefined = path; page !== undefined; pages++) {
      const body: string = await bodyOf(console, page);
      names.push(
        ...[...body.matchAll(/<th [^>]*scope="row"[^>]*>([^<]+)</g)].map(([, name]) => name as string),
      );
      page = linkOf(body, 'Next page', page);
    }
    // With ACME's account, and the token of the test.
    assert.deepEqual(
      [names.length, new Set(names).size, pages],
      path.endsWith('accounts') ? [121, 121, 3] : [120, 120, 3],
    );
  }
  const body = await bodyOf(console, '/console/accounts?after=account-110');
  assert.match(body, /account=acme-hosting">over 1,000</);
});
