/** A value read as an order record, and what becomes of it. */

import assert from 'node:assert/strict';
import { describeProblems, type OrderRecord, readOrderRecord } from '../src/index.ts';

/** The record that a good order makes. */
export function read(value: unknown): OrderRecord {
  const result = readOrderRecord(value);
  assert.ok(result.ok, result.ok ? '' : describeProblems(result.problems));
  return result.record;
}

/** Where the problems are; nowhere when the order is good. */
export function problemPaths(value: unknown): string[] {
  const result = readOrderRecord(value);
  return result.ok ? [] : result.problems.map(({ path }) => path);
}
