/** Upstreams and followed orders on pages: of operators, of customers, and of those who have a link. */

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import type { Page } from 'playwright-core';
import type { Lease } from '../../src/lease.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import type { RequestOutcome } from '../../src/upstreams/followed-orders.ts';
import { authority } from '../outbound/targets.ts';
import { ACME } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, type FakeUpstream, fakeUpstream } from '../upstreams/fake-upstream.ts';
import { until } from '../webhooks/receiver.ts';
import {
  checkAccessibility,
  newBrowser,
  type PagedService,
  runPages,
  signIn,
  signInToConsole,
} from './browsing.ts';
import { pageClient } from './page-client.ts';

const JOB = 'upstreams';
const NAME = 'big-ca';
const HOUR_SECONDS = 3600;

interface Scene {
  readonly service: PagedService;
  readonly store: Store;
  readonly fake: FakeUpstream;
  readonly lease: Lease;
}

/** A service without the job that asks upstreams, its database, and a fake upstream. */
async function setScene(t: TestContext): Promise<Scene> {
  const fake = await fakeUpstream(t);
  const service = await runPages(t, {
    orders: [acmeOrder({ orderNumber: '1', certificates: [acmeCertificate({ certificateID: '1' })] })],
    accounts: ['other'],
    settings: {
      secretKeys: { kind: 'file', path: join(temporaryFolder(t), 'keys'), isMade: true },
      outbound: { allowNetworks: ['127.0.0.0/8'] },
    },
  });
  const store = await openStore(service.database, 'write');
  t.after(() => store.close());
  const lease = (await store.jobLeases.hold([JOB], 'test', HOUR_SECONDS * 1000)).get(JOB);
  assert.ok(lease);
  return { service, store, fake, lease };
}

const ANSWERED = {
  kind: 'answered',
  state: 'open',
  step: 0,
  nextRequestInMs: HOUR_SECONDS * 1000,
  isObserved: true,
  notes: [],
} as const satisfies RequestOutcome;

/** What the job does with a response. */
async function observe(
  { store, lease }: Scene,
  record: OrderRecord | undefined,
  orderNumber: string,
  outcome: RequestOutcome = ANSWERED,
): Promise<void> {
  if (record !== undefined) {
    const by = { kind: 'upstream', name: NAME } as const;
    const options = { exemption: { kind: 'observed' }, lease } as const;
    const [changed] = await store.orders.change([putOrder(record)], by, options);
    assert.notEqual(changed?.kind, 'refused', JSON.stringify(changed));
  }
  const upstream = await store.upstreams.get(NAME);
  await store.followedOrders.record(upstream?.upstreamID ?? '', orderNumber, outcome, lease);
}

function observed(orderNumber: string, changes: Partial<OrderRecord> = {}): OrderRecord {
  const { certificateID: _, ...certificate } = acmeCertificate();
  return acmeOrder({ orderNumber, certificates: [certificate], ...changes });
}

async function press(page: Page, button: string, message: string): Promise<void> {
  await page.getByRole('button', { name: button, exact: true }).click();
  assert.equal(await page.getByRole('status').innerText(), message);
}

test('upstreams and followed orders on pages', async (t) => {
  const scene = await setScene(t);
  const { service, store, fake } = scene;
  fake.orders.set('7250060', [{ orderNumber: '7250060', orderStatus: 'Pending' }]);
  const operator = await (await newBrowser(t, { javaScriptEnabled: false })).newPage();
  await signInToConsole(operator, service);
  const customer = await (await newBrowser(t)).newPage();
  await signIn(customer, service);
  assert.equal(await customer.getByText('Follow further orders').count(), 0);
  assert.equal((await customer.goto(service.at('/follow')))?.status(), 404);

  await t.test(
    'an operator adds an upstream; what is refused is said, and the rest of the form stays',
    async () => {
      await operator.getByRole('link', { name: 'Upstreams' }).click();
      await operator.getByText('There is no upstream yet.').waitFor();
      await operator.getByLabel('Name, with which').fill(NAME);
      await operator.getByLabel('Base URL of').fill(fake.baseUrl);
      await operator.getByLabel('Login of the account').fill(FAKE_LOGIN);
      await operator.getByLabel('Its password').fill('wrong');
      await operator.getByLabel('The account here').fill('missing');
      await operator.getByLabel('Each order, every', { exact: true }).fill('2.5');
      await operator.getByText('Certificates').click();
      await operator.getByLabel('Roots in PEM').fill((await authority()).cert);
      await operator.getByRole('button', { name: 'Add it' }).click();
      assert.match(await operator.getByRole('alert').innerText(), /missing/);
      assert.equal(await operator.getByLabel('Base URL of').inputValue(), fake.baseUrl);
      assert.equal(await operator.getByLabel('Its password').inputValue(), '');
      await operator.getByLabel('Its password').fill('wrong');
      await operator.getByLabel('The account here').fill('');
      await operator.getByText('Certificates').click();
      await operator.getByLabel('Roots in PEM').fill((await authority()).cert);
      await press(operator, 'Add it', `Upstream ${NAME} is added.`);
      const added = await store.upstreams.get(NAME);
      assert.deepEqual(
        [added?.intervalSeconds, added?.requestsPerMinute, added?.account],
        [9000, 20, undefined],
      );
    },
  );

  await t.test(
    'a test says what came back; the password, a pause and other settings are changed',
    async () => {
      await operator.getByRole('link', { name: NAME, exact: true }).click();
      await operator.getByLabel('Order number; empty').fill('7250060');
      await operator.getByRole('button', { name: 'Test it' }).click();
      assert.equal(await operator.getByRole('alert').innerText(), 'The upstream does not work:');
      assert.match(
        await operator.locator('.lines').innerText(),
        /It does not accept the login: errorCode -16/,
      );
      await operator.getByText('New password', { exact: true }).click();
      await operator.getByLabel('Its password', { exact: true }).fill(FAKE_PASSWORD);
      await press(operator, 'Set the password', 'The password is set. Requests go on with it.');
      await operator.getByLabel('Order number; empty').fill('7250060');
      await press(operator, 'Test it', 'The upstream works. What came back:');
      assert.match(
        await operator.locator('.lines').innerText(),
        /^Order 7250060 is Pending, and has 0 certificates\./,
      );
      await press(operator, 'Pause', 'The upstream is paused. It is not asked until you resume it.');
      assert.equal((await store.upstreams.get(NAME))?.state, 'paused');
      await press(operator, 'Resume', 'The upstream is asked again.');
      await operator.getByText('Change it').click();
      assert.equal(await operator.getByLabel('Each order, every', { exact: true }).inputValue(), '150');
      await operator.getByLabel('Base URL of').fill('https://127.0.0.1:1');
      await operator.getByRole('button', { name: 'Change', exact: true }).click();
      assert.match(
        await operator.getByRole('alert').innerText(),
        /the password is needed again, because baseUrl changes/,
      );
      assert.equal(await operator.getByLabel('Base URL of').inputValue(), 'https://127.0.0.1:1');
      await operator.getByLabel('Base URL of').fill(fake.baseUrl);
      await operator.getByLabel('Each order, every', { exact: true }).fill('3');
      await operator.getByLabel('Each order, every: unit').selectOption('hours');
      await operator.getByLabel('From').fill('22:00');
      await operator.getByLabel('To', { exact: true }).fill('06:00');
      await operator.getByLabel('Time zone').fill('Europe/Berlin');
      await press(operator, 'Change', 'The upstream is changed. Requests go on with what was chosen.');
      const changed = await store.upstreams.get(NAME);
      assert.deepEqual(
        [changed?.intervalSeconds, changed?.quietHours?.timeZone, changed?.roots !== undefined],
        [3 * HOUR_SECONDS, 'Europe/Berlin', true],
      );
      assert.ok(
        !(await operator.content()).includes(FAKE_PASSWORD) && !service.logText().includes(FAKE_PASSWORD),
      );
    },
  );

  await t.test('an operator follows orders; those that are taken are named', async () => {
    await operator.getByText('Follow further orders').click();
    await operator.getByLabel('Order numbers').fill('7250060, 7250061\n7250062 1');
    await operator.getByLabel('The account here that they').fill(ACME.loginName);
    await operator.getByRole('button', { name: 'Follow', exact: true }).click();
    assert.equal(await operator.getByRole('alert').innerText(), '3 orders are followed. 1 order is not:');
    assert.match(await operator.locator('.lines').first().innerText(), /\b1\b/);
    assert.equal(await operator.getByRole('row').filter({ hasText: 'not answered yet' }).count(), 3);
    await operator.locator('summary', { hasText: 'Unfollow order 7250062' }).click();
    await press(
      operator,
      'Unfollow order 7250062',
      'Order 7250062 is not followed any more. It stays as it was last known.',
    );
    await press(operator, 'Refresh order 7250061', 'Order 7250061 is asked for next, within the budget.');
    await operator.getByLabel('State').selectOption('settled');
    await operator.getByRole('button', { name: 'Filter' }).click();
    await operator.getByText('No orders here.').waitFor();
    const client = pageClient({ port: service.managementPort ?? 0 });
    const path = `/console/upstreams/${NAME}`;
    assert.equal((await client.get(path)).status, 404);
    assert.equal((await client.post(path, { act: 'pause' })).status, 404);
  });

  await t.test(
    'an order without an answer has a page that says so, and becomes the order by itself',
    async () => {
      assert.equal((await customer.goto(service.at('/orders/7250060')))?.status(), 200);
      await customer.getByText('the certificate authority has not answered for it yet').waitFor();
      await customer.getByText('Live.').waitFor();
      await checkAccessibility(customer);
      await operator.goto(service.console('/orders?number=7250060'));
      assert.equal(operator.url(), service.console('/orders/7250060'));
      assert.ok(await operator.getByText('not answered yet').first().isVisible());
      const other = pageClient(service);
      await other.signIn({ ...ACME, loginName: 'other' });
      assert.equal((await other.get('/orders/7250060')).status, 404);
      assert.equal((await other.get('/orders/7250060/events')).status, 404);
      const { json } = await service.manage('GET /v1/orders/7250060');
      assert.equal(
        json.detail,
        `order 7250060 is followed at upstream '${NAME}', which has not answered for it yet`,
      );

      await observe(scene, observed('7250060'), '7250060');
      await customer.getByText(/As of \d+ \w+ \d+, \d\d:\d\d UTC, asked every 3 hours\./).waitFor();
      await customer.getByText('www.example.com').first().waitFor();
    },
  );

  await t.test(
    'a page says when the upstream fails, and when the order is settled or not known any more',
    async () => {
      const message = 'no connection to secret.example';
      const failed = {
        kind: 'failed',
        problem: 'unreachable',
        message,
        nextRequestInMs: 1000,
        backoffMs: 60_000,
      } as const;
      await observe(scene, undefined, '7250061', failed);
      await customer.getByText(/As of .* UTC; not answered since .* UTC\./).waitFor();
      await operator.goto(service.console(`/upstreams/${NAME}`));
      await operator.getByRole('heading', { name: 'It cannot be reached.' }).waitFor();
      assert.ok(await operator.getByText(message).isVisible());
      assert.ok(await operator.getByText('What to do:').isVisible());
      // Its figures are up to ten seconds old.
      await until(async () => {
        await operator.goto(service.console());
        const row = operator.getByRole('row', { name: NAME }).filter({ hasText: 'not reachable' });
        return (await row.count()) === 1;
      }, 'the overview does not show the upstream');
      for (const text of [NAME, fake.baseUrl, FAKE_LOGIN, 'secret.example']) {
        assert.ok(!(await customer.content()).includes(text), text);
      }
      await observe(scene, undefined, '7250060', { ...ANSWERED, state: 'settled' });
      await customer.reload();
      await customer.getByText('Nothing is waited for any more').waitFor();
      await observe(scene, undefined, '7250060', { ...ANSWERED, state: 'unknown', isObserved: false });
      await customer.reload();
      await customer.getByText('The certificate authority no longer knows this order.').waitFor();
    },
  );

  await t.test('a shared page says it, too', async () => {
    await observe(scene, undefined, '7250060');
    await customer.reload();
    await customer.getByRole('button', { name: 'Make a link' }).click();
    const link = await customer.getByLabel('New link').inputValue();
    const guest = await (await newBrowser(t)).newPage();
    await guest.goto(link);
    await guest.getByText(/As of .* UTC, asked every 3 hours\./).waitFor();
    assert.ok(!(await guest.content()).includes(NAME));
  });

  await t.test('the management API says how an order is followed', async () => {
    const { json, headers } = await service.manage('GET /v1/orders/7250060');
    const { upstream, observed: at, intervalSeconds } = json.following;
    assert.deepEqual([upstream, intervalSeconds], [NAME, 3 * HOUR_SECONDS]);
    assert.ok(Date.parse(at) <= Date.now() && headers['etag'] === '"1"');
    const { json: page } = await service.manage('GET /v1/orders');
    assert.deepEqual(
      page.orders.map(({ order }: { order: { following?: object } }) => order.following),
      [undefined, json.following],
    );
    const { json: feed } = await service.manage('GET /v1/changes');
    assert.equal(feed.changes.at(-1).observedAt, feed.changes.at(-1).at);
    const { json: history } = await service.manage('GET /v1/orders/7250060/history');
    assert.equal(history.changes[0].observedAt, history.changes[0].at);
  });

  await t.test('customers of an account with an upstream of its own name further orders', async () => {
    const { upstreamID = '', ...before } = (await store.upstreams.get(NAME)) ?? {};
    assert.ok('baseUrl' in before);
    await store.upstreams.change(upstreamID, { ...before, account: ACME.loginName });
    await customer.goto(service.at('/'));
    await customer.getByText('Follow further orders').click();
    await customer.getByLabel('Order numbers').fill('7250070 007250070\n0001');
    await customer.getByRole('button', { name: 'Follow', exact: true }).click();
    assert.match(
      await customer.getByRole('status').first().innerText(),
      /^Each of these orders is shown as soon as/,
    );
    assert.deepEqual(await customer.locator('.lines li').allInnerTexts(), [
      'Order 7250070',
      'Order 1 is kept up to date here already, so it is not asked for.',
    ]);
    await checkAccessibility(customer);
    assert.equal((await store.followedOrders.get('7250070'))?.account, ACME.loginName);
    await customer.getByRole('link', { name: 'Order 7250070' }).click();
    await customer.getByText('the certificate authority has not answered for it yet').waitFor();
    const client = pageClient(service);
    await client.signIn();
    const numbers = Array.from({ length: 101 }, (_, index) => index + 1).join(' ');
    const many = await client.post('/follow', { numbers });
    assert.deepEqual([many.status, /must be at most 100 at a time/.test(many.body)], [422, true]);
    const crossSite = await client.post('/follow', { numbers: '5' }, { 'Sec-Fetch-Site': 'cross-site' });
    assert.equal(crossSite.status, 403);
    const other = pageClient(service);
    await other.signIn({ ...ACME, loginName: 'other' });
    assert.equal((await other.post('/follow', { numbers: '5' })).status, 404);
  });

  await t.test('the pages of upstreams can be used by all, and fit a phone', async () => {
    const page = await (await newBrowser(t)).newPage();
    await signInToConsole(page, service);
    await checkAccessibility(page);
    for (const path of ['/upstreams', `/upstreams/${NAME}`, '/orders/7250060', '/orders/7250070']) {
      await page.goto(service.console(path));
      for (const summary of await page.locator('summary').all()) await summary.click();
      await checkAccessibility(page);
    }
  });

  await t.test('many orders are paged; a removed upstream leaves them as they are', async () => {
    const upstreamID = (await store.upstreams.get(NAME))?.upstreamID ?? '';
    const orders = Array.from({ length: 40 }, (_, index) => ({
      orderNumber: String(8_000_000 + index),
      account: ACME.loginName,
    }));
    await store.followedOrders.follow(upstreamID, orders);
    await operator.goto(service.console(`/upstreams/${NAME}?state=waiting`));
    assert.equal(await operator.getByRole('row').count(), 26);
    await operator.getByRole('link', { name: 'Next page' }).click();
    assert.equal(await operator.getByRole('row').count(), 18);
    await press(operator, 'Refresh order 8000039', 'Order 8000039 is asked for next, within the budget.');
    assert.equal(await operator.getByRole('row').count(), 18);
    await operator.getByText('Remove it').click();
    await press(
      operator,
      'Remove the upstream',
      `Upstream ${NAME} is removed; 43 orders are not followed any more.`,
    );
    assert.equal((await operator.goto(service.console(`/upstreams/${NAME}`)))?.status(), 404);
    await operator.goto(service.console('/orders/7250060'));
    assert.equal(await operator.getByText(/^As of/).count(), 0);
    assert.ok(await operator.getByRole('heading', { name: 'Next steps' }).isVisible());
    const lines = service
      .logText()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const acts = lines.filter(({ msg }) => msg === 'an upstream was changed').map(({ act }) => act);
    assert.deepEqual(acts, [
      'add',
      'password',
      'test',
      'pause',
      'resume',
      'change',
      'unfollow',
      'refresh',
      'refresh',
      'remove',
    ]);
  });
});
