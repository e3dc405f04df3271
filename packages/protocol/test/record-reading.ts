/** A value read as an order record, and what becomes of it. */

import assert from 'node:assert/strict';
import {
  describeProblems,
  type OrderRecord,
  type RecordProblem,
  type RecordTerms,
  readOrderRecord,
} from '../src/index.ts';

/** The record that a good order makes. */
export function read(value: unknown): OrderRecord {
  const result = readOrderRecord(value);
  assert.ok(result.ok, result.ok ? '' : describeProblems(result.problems));
  return result.record;
}

/** What is wrong with it; nothing when the order is good. */
export function problemsOf(value: unknown, terms?: RecordTerms): readonly RecordProblem[] {
  const result = readOrderRecord(value, terms);
  return result.ok ? [] : result.problems;
}

/** Where the problems are; nowhere when the order is good. */
export function problemPaths(value: unknown, terms?: RecordTerms): string[] {
  return problemsOf(value, terms).map(({ path }) => path);
}
