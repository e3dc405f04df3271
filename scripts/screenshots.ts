/**
 * Makes the pictures of the pages in `docs/screenshots`: `npm run screenshots`. A real service, a real browser; only
 * the clock is set back while the database is filled, so that there is a history to see.
 */

import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mock } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import type { Page } from 'playwright-core';
import { AccountTokenAdmin } from '../packages/server/src/accounts/account-token-admin.ts';
import { hashPassword } from '../packages/server/src/accounts/password-hash.ts';
import { digestOfSecret } from '../packages/server/src/accounts/secret.ts';
import { newToken } from '../packages/server/src/accounts/token-admin.ts';
import { DEMO_ACCOUNT, DEMO_ORDERS } from '../packages/server/src/cli/demo-orders.ts';
import { serviceLog } from '../packages/server/src/cli/service-log.ts';
import { selfSignedPair } from '../packages/server/src/http/self-signed.ts';
import { type OrderPatch, patchOrder, putOrder } from '../packages/server/src/orders/change-request.ts';
import { startService } from '../packages/server/src/server/service.ts';
import { openStore } from '../packages/server/src/store/open-store.ts';
import type { Store } from '../packages/server/src/store/store.ts';
import { foundEvents } from '../packages/server/src/webhooks/feed-reader.ts';
import type { EventOutcome } from '../packages/server/src/webhooks/webhook-queue.ts';
import { launchChromium } from '../packages/server/test/web/chromium.ts';

const FOLDER = fileURLToPath(new URL('../docs/screenshots/', import.meta.url));
const SIZES = { desktop: { width: 1100, height: 800 }, phone: { width: 390, height: 780 } } as const;
const PASSWORD = 'a password for pictures';
const BY = { kind: 'token', name: 'fulfilment' } as const;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SHOWN = '7250001';
const UPSTREAM = 'big-ca';

const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-screenshots-'));
mkdirSync(FOLDER, { recursive: true });
try {
  await makePictures();
} finally {
  rmSync(folder, { recursive: true });
}

async function makePictures(): Promise<void> {
  const database = `sqlite:${join(folder, 'orders.db')}`;
  const token = newToken();
  await fill(database, token);
  const { logger } = serviceLog(2);
  logger.level = 'warn';
  const service = await startService(
    {
      database,
      host: '127.0.0.1',
      port: 0,
      tls: { pair: await selfSignedPair() },
      trustProxy: [],
      probeHost: '127.0.0.1',
      managementPort: 0,
      managementHost: '127.0.0.1',
      pages: true,
      acceptQueryArguments: false,
      suggestedOrgDetails: 'flat',
      stopTimeoutMs: 1000,
      secretKeys: { kind: 'file', path: join(folder, 'keys'), isMade: true },
    },
    logger,
  );
  const chromium = await launchChromium();
  try {
    const context = await chromium.browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const checker = `https://127.0.0.1:${service.port}`;
    const console = `https://127.0.0.1:${service.managementPort}/console`;

    await page.goto(checker);
    await takePicture(page, 'sign-in');
    await page.getByLabel('Login').fill(DEMO_ACCOUNT);
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await takePicture(page, 'orders');
    await page.goto(`${checker}/orders/${SHOWN}`);
    await page.getByText('Live.').waitFor();
    await takePicture(page, 'order');
    await takePicturesOfEndpoint(page, checker, database);
    await page.goto(`${checker}/passwords`);
    await takePicture(page, 'passwords');
    await page.goto(`${checker}/tokens`);
    await takePicture(page, 'tokens');

    await page.goto(console);
    await takePicture(page, 'console-sign-in');
    await page.getByLabel('Admin token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('heading', { name: 'Overview' }).waitFor();
    await takePicture(page, 'console-overview');
    for (const [path, name] of [
      ['/orders', 'console-orders'],
      [`/orders/${SHOWN}`, 'console-order'],
      ['/accounts', 'console-accounts'],
      ['/tokens', 'console-tokens'],
      [`/webhooks?account=${DEMO_ACCOUNT}`, 'console-webhooks'],
      ['/upstreams', 'console-upstreams'],
      [`/upstreams/${UPSTREAM}`, 'console-upstream'],
    ] as const) {
      await page.goto(console + path);
      await takePicture(page, name);
    }
  } finally {
    await chromium.close();
    await service.stop();
  }
}

/** Of an endpoint that was told of the changes of an order, and fails since. */
async function takePicturesOfEndpoint(page: Page, checker: string, database: string): Promise<void> {
  await page.goto(`${checker}/notifications`);
  await page.getByLabel('URL, which').fill('https://hooks.example.com/orders');
  await page.getByLabel('Description').fill('our ticket system');
  await page.getByLabel('Current password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Add it' }).click();
  await page.getByRole('status').waitFor();
  await page.getByRole('link', { name: 'https://hooks.example.com/orders' }).click();
  const endpoint = page.url();
  await deliver(database, endpoint.replace(/^.*\//, ''));
  await page.goto(`${checker}/notifications`);
  await takePicture(page, 'notifications');
  await page.goto(endpoint);
  await page.getByText('2 attempts').click();
  await takePicture(page, 'endpoint');
}

/** Delivers the events of an order, but for the last, of which two attempts fail. */
async function deliver(database: string, endpointID: string): Promise<void> {
  const store = await openStore(database, 'write');
  const { history, webhookQueue } = store;
  const accountID = (await store.accounts.find(DEMO_ACCOUNT))?.accountID ?? 0;
  const changes = await history.forWebhooks({ after: 0, upTo: 1000, accountID }, 1000);
  const events = changes.filter(({ orderNumber }) => orderNumber === SHOWN).flatMap(foundEvents);
  const now = Date.now();
  await webhookQueue.replay(endpointID, events);
  const attempt = async (attempt: NonNullable<EventOutcome['attempt']>, next: EventOutcome['next']) => {
    const outcomes = (await webhookQueue.dueEvents(endpointID, 1)).map((event) => ({
      event,
      attempt,
      next,
    }));
    const isSuccess = next === 'delivered';
    await webhookQueue.record(outcomes, [{ endpointID, isSuccess, failures: 0 }]);
  };
  const delivered = { atMs: now - 3 * HOUR, status: 204, durationMs: 84 };
  const failed = {
    status: 503,
    durationMs: 127,
    error: 'it responded 503',
    response: 'Down for maintenance',
  };
  for (let index = 1; index < events.length; index++) await attempt(delivered, 'delivered');
  await attempt({ ...failed, atMs: now - 5000 }, { waitMs: 0 });
  await attempt({ ...failed, atMs: now }, { waitMs: 300_000 });
  await store.close();
}

async function takePicture(page: Page, name: string): Promise<void> {
  for (const [device, viewport] of Object.entries(SIZES)) {
    await page.setViewportSize(viewport);
    await page.screenshot({ fullPage: true, path: join(FOLDER, `${name}-${device}.png`) });
  }
}

async function fill(database: string, token: string): Promise<void> {
  const store = await openStore(database, 'write');
  await store.accounts.add(DEMO_ACCOUNT, await hashPassword(PASSWORD));
  const accountTokens = new AccountTokenAdmin(store);
  for (const [name, days] of [
    ['order dashboard', 300],
    ['nightly report', 30],
  ] as const) {
    await accountTokens.create(DEMO_ACCOUNT, { name, expiresAtMs: Date.now() + days * DAY });
  }
  await accountTokens.revoke(DEMO_ACCOUNT, 'nightly report');
  await store.tokens.add({ name: 'operations', scope: 'admin', digest: digestOfSecret(token) });
  await store.tokens.add({ name: BY.name, scope: 'write', digest: digestOfSecret(newToken()) });
  const now = Date.now();
  for (const { record } of DEMO_ORDERS) {
    const orderDateTime = rfc3339(now - (record.orderNumber === SHOWN ? 2 : 20) * DAY);
    await at(now - 2 * DAY, () => change(store, putOrder({ ...record, orderDateTime })));
  }
  await historyOfShown(store, now);
  await follow(store);
  for (let week = 11; week >= 0; week--) await issueSome(store, now - week * 7 * DAY, week);
  await store.close();
}

/** The order that is shown by itself has come some way. */
async function historyOfShown(store: Store, now: number): Promise<void> {
  const steps = [
    [30, { dcvStatus: 'not-completed' }],
    [20, { csrStatus: 'in-progress' }],
    [19, { csrStatus: 'completed' }],
    [3, { dcvStatus: 'in-progress' }],
  ] as const;
  for (const [hours, patch] of steps) {
    await at(now - hours * HOUR, () => change(store, patchOf(SHOWN, '5550001', patch)));
  }
}

/** Orders that are followed at an upstream: some have been observed, one is unknown there, and one waits. */
async function follow(store: Store): Promise<void> {
  const upstreamID = 'up_0123456789abcdef01234567';
  await store.upstreams.add({
    upstreamID,
    name: UPSTREAM,
    baseUrl: 'https://ca.example.com/',
    loginName: 'our-reseller-account',
    account: DEMO_ACCOUNT,
    intervalSeconds: 3 * 3600,
    requestsPerMinute: 20,
    quietHours: { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' },
  });
  const lease = (await store.jobLeases.hold(['upstreams'], 'pictures', HOUR)).get('upstreams');
  if (lease === undefined) throw new Error('the lease is taken');
  const numbers = ['9250001', '9250002', '9250003', '9250004'];
  const account = DEMO_ACCOUNT;
  await store.followedOrders.follow(
    upstreamID,
    numbers.map((orderNumber) => ({ orderNumber, account })),
  );
  const answered = {
    kind: 'answered',
    step: 0,
    nextRequestInMs: 3 * HOUR,
    isObserved: true,
    notes: [],
  } as const;
  for (const [number, state] of [
    ['9250001', 'open'],
    ['9250002', 'open'],
    ['9250003', 'unknown'],
  ] as const) {
    const isObserved = state !== 'unknown';
    if (isObserved) {
      const observed = putOrder(waiting(number, '2026-01-01T00:00:00Z'));
      const options = { exemption: { kind: 'observed' }, lease } as const;
      await store.orders.change([observed], { kind: 'upstream', name: UPSTREAM }, options);
    }
    await store.followedOrders.record(upstreamID, number, { ...answered, state, isObserved }, lease);
  }
  await store.jobLeases.release('pictures');
}

/** Orders of a week that were issued in it, each some days after it was ordered. */
async function issueSome(store: Store, end: number, week: number): Promise<void> {
  for (let index = 0; index < 10; index++) {
    const number = String(8_000_000 + week * 100 + index);
    const took = (0.2 + index * 0.15 + week * 0.12 + (index === 9 ? 2.5 : 0)) * DAY;
    const issued = end - (index / 10) * DAY;
    const order = waiting(number, rfc3339(issued - took));
    await at(issued - took, () => change(store, putOrder(order)));
    const patch = {
      dcvStatus: 'completed',
      caaStatus: 'completed',
      certificateStatus: 'Issued',
      serialNumber: number.padStart(8, '0'),
    };
    await at(issued, () => change(store, patchOf(number, number, patch)));
    await at(issued, () => change(store, patchOrder(number, { order: { orderStatus: 'Completed' } })));
  }
  for (let index = 0; index < (week % 3) + 1; index++) {
    const number = String(8_000_050 + week * 100 + index);
    await at(end, () => change(store, putOrder(waiting(number, rfc3339(end)))));
  }
}

function waiting(number: string, orderDateTime: string): OrderRecord {
  const certificate: CertificateRecord = {
    certificateID: number,
    objectType: 'SSL',
    FQDN: `host-${number}.example.com`,
    certificateStatus: 'Awaiting Validation',
    csrStatus: 'completed',
    dcvStatus: Number(number) % 2 === 0 ? 'in-progress' : 'not-completed',
    ovCallBackStatus: 'not-required',
    organizationValidationStatus: 'not-required',
    freeDVUPStatus: 'not-required',
    evClickThroughStatus: 'not-required',
    caaStatus: 'not-completed',
  };
  return {
    account: DEMO_ACCOUNT,
    orderNumber: number,
    orderDateTime,
    orderStatus: 'Pending',
    certificates: [certificate],
  };
}

function patchOf(orderNumber: string, certificateID: string, patch: object) {
  const certificates: OrderPatch['certificates'] = new Map([[certificateID, { ...patch }]]);
  return patchOrder(orderNumber, { certificates });
}

async function change(
  store: Store,
  request: Parameters<Store['orders']['change']>[0][number],
): Promise<void> {
  const [outcome] = await store.orders.change([request], BY);
  if (outcome?.kind === 'refused') throw new Error(JSON.stringify(outcome.refusal));
}

/** Does something as if it were another time. */
async function at(time: number, act: () => Promise<void>): Promise<void> {
  mock.timers.enable({ apis: ['Date'], now: time });
  try {
    await act();
  } finally {
    mock.timers.reset();
  }
}

function rfc3339(time: number): string {
  return new Date(time).toISOString().replace(/\.\d+/, '');
}
