/**
 * What JavaScript's parsers of forms make of the largest order; those of other languages are tried with their clients.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseQuerystring } from 'node:querystring';
import { orderArguments } from './client-cases.ts';
import { versionOf } from './clients.ts';
import { bodyOf, LARGE_ORDER } from './orders.ts';
import { run } from './processes.ts';
import { send } from './requests.ts';
import type { Results } from './results.ts';
import { STATUS_PATH } from './service.ts';

/** Where Debian puts the packages of Node.js. */
const DEBIAN_MODULES = { NODE_PATH: '/usr/share/nodejs' };
const QS = 'JavaScript qs';
const ALL = LARGE_ORDER.parameterCount;
/** Where these two parsers stop, unless they are told otherwise. */
const DEFAULT_LIMIT = 1000;

/** Reads the file, and prints how many parameters there are by default and without a limit. */
const COUNT_WITH_QS = `
  const qs = require('qs');
  const body = require('node:fs').readFileSync(process.argv[1], 'utf8');
  const count = (options) => Object.keys(qs.parse(body, options)).length;
  console.log(count({}), count({ parameterLimit: Infinity }));`;

/** Asks for the largest order once, and lets each parser read the response. */
export async function runParserCases(
  origin: string,
  root: string,
  folder: string,
  results: Results,
  versions: Map<string, string>,
): Promise<void> {
  const { orderNumber } = LARGE_ORDER;
  const { body } = await send(origin + STATUS_PATH, { root, body: bodyOf(orderArguments({ orderNumber })) });
  const native = 'Node.js';
  versions.set(native, process.versions.node);
  await results.run(native, `URLSearchParams: ${ALL} of ${ALL} parameters`, async () => {
    assert.equal(new URLSearchParams(body).size, ALL);
  });
  await results.run(native, `querystring.parse: ${DEFAULT_LIMIT} of ${ALL} parameters`, async () => {
    assert.equal(Object.keys(parseQuerystring(body)).length, DEFAULT_LIMIT);
  });
  await results.run(native, `querystring.parse with maxKeys 0: ${ALL} of ${ALL} parameters`, async () => {
    assert.equal(Object.keys(parseQuerystring(body, '&', '=', { maxKeys: 0 })).length, ALL);
  });

  const node = (script: string, ...args: string[]) => ({
    file: process.execPath,
    args: ['--eval', script, ...args],
    env: DEBIAN_MODULES,
  });
  const version = versionOf(node("console.log(require('qs/package.json').version)"));
  if (version === undefined) {
    results.skip(QS, 'not installed: apt-get install -y --no-install-recommends node-qs');
    return;
  }
  versions.set(QS, version);
  const name = `${DEFAULT_LIMIT} of ${ALL} parameters by default, all with parameterLimit: Infinity`;
  await results.run(QS, name, async () => {
    const file = join(folder, 'largest-order.txt');
    writeFileSync(file, body);
    const { stdout } = await run(node(COUNT_WITH_QS, file));
    assert.equal(stdout, `${DEFAULT_LIMIT} ${ALL}\n`);
  });
}
