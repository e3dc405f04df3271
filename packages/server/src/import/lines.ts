/** Lines of an input of any size. */

import { ORDER_LIMIT_BYTES } from '@cert-order-status/protocol';

const NEWLINE = 0x0a;
/** The longest line that is kept, in bytes; a longer one is only counted. */
export const LINE_LIMIT_BYTES = ORDER_LIMIT_BYTES;

/** One line, without its newline. */
export interface Line {
  /** Counted from 1. */
  readonly number: number;
  /** Undefined for a line too long to be an order. */
  readonly bytes: Uint8Array | undefined;
  /** How many bytes of the input have been read so far. */
  readonly position: number;
}

/** Splits an input at its newlines, holding one line at a time. */
export async function* readLines(input: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let parts: Uint8Array[] = [];
  let length = 0;
  let number = 0;
  let position = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length <= LINE_LIMIT_BYTES) parts.push(part);
    else parts = [];
  };
  const finish = (): Line => {
    const [only] = parts;
    const whole = parts.length === 1 && only !== undefined ? only : Buffer.concat(parts);
    const line = { number: ++number, bytes: length <= LINE_LIMIT_BYTES ? whole : undefined, position };
    parts = [];
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    position += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      add(chunk.subarray(start, end));
      yield finish();
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield finish();
}
