/** A browser in front of the real service's pages. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import { type ManagedService, runManagedService } from '../management-api/managed-service.ts';
import { ACME, type RunOptions } from '../running-service.ts';
import { launchChromium } from './chromium.ts';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

/** What a browser's console says by itself when it is refused a page, or the service is stopped under it. */
const NOT_THERE =
  /^Failed to load resource: (the server responded with a status of (404|409|422|403) |net::ERR_(CONNECTION_REFUSED|INCOMPLETE_CHUNKED_ENCODING))/;

let chromium: Awaited<ReturnType<typeof launchChromium>> | undefined;

before(async () => {
  chromium = await launchChromium();
});
after(() => chromium?.close());

/** A service with pages, and addresses of them. */
export interface PagedService extends ManagedService {
  /** Of a page of the checker. */
  at(path: string): string;
  /** Of a page of the console. */
  console(path?: string): string;
}

/** What is to be done when a test ends, before its services are stopped. */
const leaving = new WeakMap<TestContext, (() => Promise<void>)[]>();

/** Starts a service with pages. */
export async function runPages(t: TestContext, options: RunOptions = {}): Promise<PagedService> {
  if (!leaving.has(t)) {
    const all: (() => Promise<void>)[] = [];
    leaving.set(t, all);
    // Hooks run in their order, and this one comes before the one that stops the service.
    t.after(async () => {
      for (const leave of all) await leave();
    });
  }
  const service = await runManagedService(t, {
    ...options,
    settings: { pages: true, ...options.settings },
  });
  return {
    ...service,
    at: (path) => `https://127.0.0.1:${service.port}${path}`,
    console: (path = '') => `https://127.0.0.1:${service.managementPort}/console${path}`,
  };
}

/**
 * A browser of one person's own; the test has a service by then. When it ends, nothing may have been said in its
 * console, and nothing refused.
 */
export async function newBrowser(
  t: TestContext,
  options: BrowserContextOptions = {},
): Promise<BrowserContext> {
  assert.ok(chromium);
  const context = await chromium.browser.newContext({ ignoreHTTPSErrors: true, ...options });
  // The machine may have much else to do.
  context.setDefaultTimeout(60_000);
  const said: string[] = [];
  context.on('console', (message) => {
    if (!NOT_THERE.test(message.text())) said.push(`${message.type()}: ${message.text()}`);
  });
  context.on('weberror', (error) => said.push(String(error.error())));
  leaving.get(t)?.push(async () => {
    await context.close();
    assert.deepEqual(said, []);
  });
  return context;
}

/** Signs in to the checker, and is then on the first page. */
export async function signIn(page: Page, service: PagedService, login = ACME): Promise<void> {
  await page.goto(service.at('/'));
  await page.getByLabel('Login').fill(login.loginName);
  await page.getByLabel('Password').fill(login.loginPassword);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForLoadState();
}

/** Signs in to the console, and is then on the overview. */
export async function signInToConsole(page: Page, service: PagedService): Promise<void> {
  await page.goto(service.console());
  await page.getByLabel('Admin token').fill(service.tokens.admin);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'Overview' }).waitFor();
}

/** How pages are looked at: everything that can differ does, once. */
const LOOKS = [
  { colorScheme: 'light', width: 1200 },
  { colorScheme: 'dark', width: 380 },
] as const;

/** Finds what keeps people from using the page, in the light on a desk, and in the dark on a phone. */
export async function checkAccessibility(page: Page): Promise<void> {
  await page.evaluate(AXE);
  for (const { colorScheme, width } of LOOKS) {
    await page.emulateMedia({ colorScheme });
    await page.setViewportSize({ width, height: 800 });
    const found = await page.evaluate<string[]>(
      'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes.map((node) => node.html).join(" | ")))',
    );
    assert.deepEqual(found, [], `${page.url()}, ${colorScheme}, ${width} pixels`);
    const overflow = await page.evaluate('document.documentElement.scrollWidth - innerWidth');
    assert.equal(overflow, 0, `${page.url()} is wider than ${width} pixels`);
    const wideTables = await page.evaluate(
      "[...document.querySelectorAll('.table')].filter((table) => table.scrollWidth > table.clientWidth).length",
    );
    assert.equal(wideTables, 0, `${page.url()} has tables that are wider than ${width} pixels`);
  }
}
