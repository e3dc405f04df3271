/** Reads the responses of one connection, one at a time: as little as it takes to compare each completely. */

const STATUS_LINE = Buffer.from('HTTP/1.1 200 ');
const END_OF_HEAD = Buffer.from('\r\n\r\n');
/** The end of `Content-Length: `, however it is capitalised. */
const LENGTH = Buffer.from('ength: ');
const ZERO = 0x30;
const NINE = 0x39;

/** A response that is not the expected one. */
export class WrongResponse extends Error {}

/** Collects a response. */
export class ResponseReader {
  #received: Buffer | undefined;

  /**
   * Takes what has arrived.
   *
   * @returns the body once the response is complete.
   * @throws {WrongResponse} when the status is not 200, or the response has no length.
   */
  take(chunk: Buffer): Buffer | undefined {
    const received = this.#received === undefined ? chunk : Buffer.concat([this.#received, chunk]);
    const head = received.indexOf(END_OF_HEAD);
    if (head === -1) {
      this.#received = received;
      return undefined;
    }
    const body = head + END_OF_HEAD.length;
    const end = body + lengthOf(received, head);
    if (received.length < end) {
      this.#received = received;
      return undefined;
    }
    this.#received = undefined;
    if (received.length > end)
      throw new WrongResponse(`more than one response: ${received.toString('latin1')}`);
    return received.subarray(body, end);
  }
}

function lengthOf(received: Buffer, head: number): number {
  let at = received.indexOf(LENGTH);
  if (
    at === -1 ||
    at > head ||
    received.compare(STATUS_LINE, 0, STATUS_LINE.length, 0, STATUS_LINE.length) !== 0
  )
    throw new WrongResponse(received.toString('latin1', 0, 500));
  at += LENGTH.length;
  let length = 0;
  for (let digit = received[at] ?? 0; digit >= ZERO && digit <= NINE; digit = received[++at] ?? 0)
    length = length * 10 + digit - ZERO;
  return length;
}
