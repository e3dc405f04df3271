/** One line of an import: an order, nothing, or what is wrong with it. */

import { describeProblems, type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import type { Line } from './lines.ts';

export type LineContent =
  | { readonly record: OrderRecord }
  | { readonly problem: string }
  /** White space only. */
  | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a line. A byte order mark, which some editors put at the start of a file, is no part of it. */
export function readLine({ bytes }: Line): LineContent {
  if (bytes === undefined) return { problem: 'is too long to be an order' };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { problem: 'is not valid UTF-8' };
  }
  if (text.trim() === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const [position] = /at position [0-9]+/.exec((error as Error).message) ?? [];
    return { problem: `is not valid JSON${position === undefined ? '' : ` (${position})`}` };
  }
  const read = readOrderRecord(value);
  return read.ok ? { record: read.record } : { problem: describeProblems(read.problems) };
}
