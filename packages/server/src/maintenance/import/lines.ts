/** Lines of an input of any size. */

import { ORDER_LIMIT_BYTES } from '@cert-order-status/protocol';
import { GrowingBuffer } from '../../growing-buffer.ts';

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
  /** What has been read of a line whose end is not there yet. */
  const begun = new GrowingBuffer();
  let length = 0;
  let number = 0;
  let position = 0;
  const add = (part: Uint8Array) => {
    length += part.length;
    if (length <= LINE_LIMIT_BYTES) begun.add(part);
    else begun.take();
  };
  const finish = (last: Uint8Array): Line => {
    if (length > 0) add(last);
    else length = last.length;
    const whole = begun.length > 0 ? begun.take() : last;
    const line = { number: ++number, bytes: length <= LINE_LIMIT_BYTES ? whole : undefined, position };
    length = 0;
    return line;
  };
  for await (const chunk of input) {
    position += chunk.length;
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      yield finish(chunk.subarray(start, end));
      start = end + 1;
    }
    if (start < chunk.length) add(chunk.subarray(start));
  }
  if (length > 0) yield finish(new Uint8Array());
}
