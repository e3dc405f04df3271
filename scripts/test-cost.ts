/**
 * Imported by the module of a test file, with `npm test -- --costs`: writes what the file took, in seconds of a core,
 * when its process ends. What PostgreSQL took is told for all files together. Linux only.
 */

import { appendFileSync } from 'node:fs';
import { cpuSecondsOfTree } from '../packages/server/test/processes.ts';

/** The path of the file to which costs are written. */
export const COST_FILE = 'TEST_COST_FILE';

const file = new URL(import.meta.url).searchParams.get('file');
const costs = process.env[COST_FILE];
if (costs !== undefined && file !== null) {
  process.once('exit', () => {
    appendFileSync(costs, `${cpuSecondsOfTree(process.pid).toFixed(1)} ${file}\n`);
  });
}
