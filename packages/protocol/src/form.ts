/**
 * `application/x-www-form-urlencoded` as the WHATWG URL standard parses and serialises it. Written out here,
 * rather than left to `URLSearchParams`, because a request must tell an invalid byte sequence from U+FFFD.
 */

/** One `name=value` of a form, decoded. */
export interface FormPair {
  /** Decoded; byte sequences that are not UTF-8 have become U+FFFD. */
  readonly name: string;
  /** Decoded; byte sequences that are not UTF-8 have become U+FFFD. */
  readonly value: string;
  /** Whether the value's bytes were valid UTF-8. */
  readonly isUtf8: boolean;
}

export const AMPERSAND = 0x26;
export const EQUALS = 0x3d;
const PLUS = 0x2b;
export const PERCENT = 0x25;
const SPACE = 0x20;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Splits and decodes a form body. Never throws, for any bytes. */
export function parseForm(body: Uint8Array): FormPair[] {
  const pairs: FormPair[] = [];
  for (let start = 0; start < body.length; ) {
    const found = body.indexOf(AMPERSAND, start);
    const end = found === -1 ? body.length : found;
    if (end > start) pairs.push(parsePair(body.subarray(start, end)));
    start = end + 1;
  }
  return pairs;
}

const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;
const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * The body without one leading byte-order mark and one final line end (CR LF or LF), which clients send that take a
 * body from a file. The result shares the body's memory.
 */
export function withoutBodyFraming(body: Uint8Array): Uint8Array {
  const isMarked = BYTE_ORDER_MARK.every((byte, at) => body[at] === byte);
  const start = isMarked ? BYTE_ORDER_MARK.length : 0;
  let end = body.length;
  if (end > start && body[end - 1] === LINE_FEED) {
    end--;
    if (end > start && body[end - 1] === CARRIAGE_RETURN) end--;
  }
  return start === 0 && end === body.length ? body : body.subarray(start, end);
}

/** {@link parseForm} for text that is a form already, such as a form inside a form's value. */
export function parseFormText(text: string): FormPair[] {
  return parseForm(encoder.encode(text));
}

function parsePair(piece: Uint8Array): FormPair {
  const equals = piece.indexOf(EQUALS);
  const name = decode(equals === -1 ? piece : piece.subarray(0, equals));
  const value = decode(equals === -1 ? piece.subarray(piece.length) : piece.subarray(equals + 1));
  return { name: name.text, value: value.text, isUtf8: value.isUtf8 };
}

function decode(encoded: Uint8Array): { text: string; isUtf8: boolean } {
  const bytes = percentDecode(encoded);
  const text = decoder.decode(bytes);
  return { text, isUtf8: !text.includes('\uFFFD') || sameBytes(encoder.encode(text), bytes) };
}

function percentDecode(encoded: Uint8Array): Uint8Array {
  if (!encoded.includes(PERCENT) && !encoded.includes(PLUS)) return encoded;
  const bytes = new Uint8Array(encoded.length);
  let length = 0;
  for (let i = 0; i < encoded.length; i++) {
    let byte = encoded[i] as number;
    if (byte === PLUS) {
      byte = SPACE;
    } else if (byte === PERCENT) {
      const high = hexDigit(encoded[i + 1]);
      const low = hexDigit(encoded[i + 2]);
      if (high !== undefined && low !== undefined) {
        byte = high * 16 + low;
        i += 2;
      }
    }
    bytes[length++] = byte;
  }
  return bytes.subarray(0, length);
}

function hexDigit(byte: number | undefined): number | undefined {
  if (byte === undefined) return undefined;
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : undefined;
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Encodes a name or a value as the WHATWG form serialiser does: space is `+`, only `*-._0-9A-Za-z` stay. */
export function encodeFormText(text: string): string {
  if (/^[*\-._0-9A-Za-z]*$/.test(text)) return text;
  return encodeURIComponent(text.toWellFormed()).replace(/%20|[!'()~]/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
