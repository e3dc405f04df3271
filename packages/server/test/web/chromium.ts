/** Where a Chromium is: the one that came with `npm ci`, or, where that does not run, one that is installed. */

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import chromium from '@sparticuz/chromium';
import { type Browser, chromium as launcher } from 'playwright-core';

/** Names, for the processes of a test run, the Chromium that it has unpacked for all of them. */
export const SHARED_CHROMIUM = 'TEST_CHROMIUM';

const INSTALLED = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** It asks nobody on the network but whom a test asks; a container's root has no sandbox. */
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Unpacks the Chromium that came with `npm ci` into a folder, and says where it is. */
export async function unpackChromium(folder: string): Promise<string> {
  const before = process.env['TMPDIR'];
  // It goes where temporary files go.
  process.env['TMPDIR'] = folder;
  try {
    return await chromium.executablePath();
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

/** Starts a browser; whoever does closes it. */
export async function launchChromium(): Promise<{ readonly browser: Browser; close(): Promise<void> }> {
  const shared = process.env[SHARED_CHROMIUM];
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  const removeFolder = () => rmSync(folder, { recursive: true, force: true });
  try {
    const installed = INSTALLED.filter((path) => existsSync(path)).map((path) => async () => path);
    const own = async () => shared ?? (await unpackChromium(folder));
    const browser = await launchFirst([own, ...installed]);
    return {
      browser,
      async close() {
        await browser.close();
        removeFolder();
      },
    };
  } catch (error) {
    removeFolder();
    throw error;
  }
}

async function launchFirst(paths: readonly (() => Promise<string>)[]): Promise<Browser> {
  const failures: unknown[] = [];
  for (const find of paths) {
    try {
      return await launcher.launch({ executablePath: await find(), args: ARGUMENTS });
    } catch (error) {
      failures.push(error);
    }
  }
  throw new AggregateError(failures, 'no Chromium could be started');
}
