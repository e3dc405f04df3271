/** One line of an import: an order, nothing, or what is wrong with it. */

import {
  describeProblems,
  type OrderRecord,
  parseJson,
  type RecordTerms,
  readOrderRecord,
} from '@cert-order-status/protocol';
import { LINE_LIMIT_BYTES, type Line } from './lines.ts';

export type LineContent =
  | { readonly record: OrderRecord }
  | {
      readonly problem: string;
      /** Whether it is JSON at all. */
      readonly isJson: boolean;
    }
  /** White space only. */
  | undefined;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Reads a line. A byte order mark, which some editors put at the start of a file, is no part of it. */
export function readLine({ bytes }: Line, terms?: RecordTerms): LineContent {
  if (bytes === undefined)
    return {
      problem: `is longer than ${LINE_LIMIT_BYTES} bytes: no order takes that in UTF-8`,
      isJson: false,
    };
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    return { problem: 'is not valid UTF-8', isJson: false };
  }
  if (text.trim() === '') return undefined;
  const json = parseJson(text);
  if (!json.ok) return { problem: describeProblems([json.problem]), isJson: json.isJson };
  const read = readOrderRecord(json.value, terms);
  if (read.ok) return { record: read.record };
  return { problem: describeProblems(read.problems), isJson: true };
}
