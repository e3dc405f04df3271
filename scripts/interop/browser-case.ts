/** A person with a real browser: signs in, opens an order, and sees a change without loading the page again. */

import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { LOGIN } from './orders.ts';

const STREAM_TIMEOUT_MS = 15_000;

/** The browser's certificate check is not the subject: it has no way to trust a root for one run. */
const CONTEXT = { ignoreHTTPSErrors: true };

/**
 * Goes through the pages at an origin.
 *
 * @param change makes a change that the open page must show: the text that it waits for.
 * @param openForMs how long the page is open before the change.
 */
export async function usePages(
  browser: Browser,
  origin: string,
  orderNumber: string,
  change: () => Promise<string>,
  openForMs: number,
): Promise<void> {
  const context = await browser.newContext(CONTEXT);
  try {
    const page = await context.newPage();
    await page.goto(`${origin}/`);
    await page.fill('[name=loginName]', LOGIN.loginName);
    await page.fill('[name=loginPassword]', LOGIN.loginPassword);
    await Promise.all([page.waitForURL(`${origin}/`), page.click('form[action="/sign-in"] button')]);
    const names = (await context.cookies()).map(({ name, secure }) => [name.startsWith('__Host-'), secure]);
    assert.deepEqual(names, [[true, true]]);

    let streams = 0;
    page.on('request', (request) => {
      if (new URL(request.url()).pathname.endsWith('/events')) streams += 1;
    });
    await page.goto(`${origin}/orders/${orderNumber}`);
    await page.waitForSelector('[data-live]:not([hidden])', { timeout: STREAM_TIMEOUT_MS });
    await page.waitForTimeout(openForMs);
    const awaited = await change();
    await page.getByText(awaited).first().waitFor({ timeout: STREAM_TIMEOUT_MS });
    assert.equal(streams, 1, 'the page had to connect again');
    // The stream is still open: the browser must not wait for it when it leaves.
    await page.goto('about:blank');
  } finally {
    await context.close();
  }
}
