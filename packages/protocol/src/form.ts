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
/** For the bytes of one short text at a time: a buffer for each would cost more than the text. */
const scratch = Buffer.alloc(256);
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The pieces of a form, one after the other: where the name and the value of each are, without a copy of either. */
export class FormPieces {
  nameStart = 0;
  nameEnd = 0;
  valueStart = 0;
  valueEnd = 0;
  readonly #form: Uint8Array;
  #next = 0;

  constructor(form: Uint8Array) {
    this.#form = form;
  }

  /** Goes to the next piece that is not empty; false at the end. */
  next(): boolean {
    const form = this.#form;
    let at = this.#next;
    while (at < form.length && form[at] === AMPERSAND) at++;
    if (at >= form.length) return false;
    this.nameStart = at;
    while (at < form.length && form[at] !== EQUALS && form[at] !== AMPERSAND) at++;
    this.nameEnd = at;
    if (at < form.length && form[at] === EQUALS) at++;
    this.valueStart = at;
    while (at < form.length && form[at] !== AMPERSAND) at++;
    this.valueEnd = at;
    this.#next = at + 1;
    return true;
  }
}

/** Splits and decodes a form body. Never throws, for any bytes. */
export function parseForm(body: Uint8Array): FormPair[] {
  const pairs: FormPair[] = [];
  const pieces = new FormPieces(body);
  while (pieces.next()) {
    const value = formText(body, pieces.valueStart, pieces.valueEnd);
    pairs.push({
      name: lossyFormText(body, pieces.nameStart, pieces.nameEnd),
      value: value ?? lossyFormText(body, pieces.valueStart, pieces.valueEnd),
      isUtf8: value !== undefined,
    });
  }
  return pairs;
}

const CARRIAGE_RETURN = 0x0d;
const LINE_FEED = 0x0a;

/**
 * The body without one leading byte-order mark and one final line end (CR LF or LF), which clients send that take a
 * body from a file. The result shares the body's memory.
 */
export function withoutBodyFraming(body: Uint8Array): Uint8Array {
  const isMarked = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf;
  const start = isMarked ? 3 : 0;
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

/** The decoded text of these bytes of a form; undefined when they stand for bytes that are not UTF-8. */
export function formText(form: Uint8Array, start: number, end: number): string | undefined {
  const ascii = asciiFormText(form, start, end);
  if (ascii !== undefined) return ascii;
  const bytes = percentDecode(form, start, end);
  const text = decoder.decode(bytes);
  return !text.includes('\uFFFD') || sameBytes(encoder.encode(text), bytes) ? text : undefined;
}

/** {@link formText}, where what is not UTF-8 becomes U+FFFD. */
export function lossyFormText(form: Uint8Array, start: number, end: number): string {
  return asciiFormText(form, start, end) ?? decoder.decode(percentDecode(form, start, end));
}

/**
 * The decoded text, if it is ASCII, as most texts are: what decodes UTF-8 costs more. It is a copy, so that what
 * remembers a name does not hold on to the whole body, with its password.
 */
function asciiFormText(form: Uint8Array, start: number, end: number): string | undefined {
  const bytes = end - start <= scratch.length ? scratch : Buffer.allocUnsafe(end - start);
  const length = decodeInto(bytes, form, start, end);
  for (let at = 0; at < length; at++) {
    if ((bytes[at] as number) > 0x7f) return undefined;
  }
  return length === 1 ? String.fromCharCode(bytes[0] as number) : bytes.toString('latin1', 0, length);
}

/** What bytes of a form stand for, before they are read as UTF-8. */
export function percentDecode(form: Uint8Array, start: number, end: number): Uint8Array {
  const bytes = new Uint8Array(end - start);
  return bytes.subarray(0, decodeInto(bytes, form, start, end));
}

/** @returns how many bytes it has written. */
function decodeInto(bytes: Uint8Array, form: Uint8Array, start: number, end: number): number {
  let length = 0;
  for (let at = start; at < end; at++) {
    let byte = form[at] as number;
    if (byte === PLUS) {
      byte = SPACE;
    } else if (byte === PERCENT && at + 2 < end) {
      const high = hexDigit(form[at + 1]);
      const low = hexDigit(form[at + 2]);
      if (high !== undefined && low !== undefined) {
        byte = high * 16 + low;
        at += 2;
      }
    }
    bytes[length++] = byte;
  }
  return length;
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

/** By character code: 1 for what the WHATWG form serialiser leaves as it is, `*-._0-9A-Za-z`. */
const IS_KEPT = Uint8Array.from({ length: 128 }, (_, code) =>
  Number(/[*\-._0-9A-Za-z]/.test(String.fromCharCode(code))),
);
/** What other ASCII characters become. */
const ESCAPES: readonly string[] = Array.from(IS_KEPT, (_, code) =>
  code === SPACE ? '+' : `%${code.toString(16).toUpperCase().padStart(2, '0')}`,
);

/**
 * Encodes a name or a value as the WHATWG form serialiser does: space is `+`, only `*-._0-9A-Za-z` stay. What it
 * returns is ASCII: as many bytes as characters.
 */
export function encodeFormText(text: string): string {
  let encoded = '';
  let copied = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return encodeUnicode(text);
    if (IS_KEPT[code] === 1) continue;
    encoded += text.slice(copied, at) + ESCAPES[code];
    copied = at + 1;
  }
  return copied === 0 ? text : encoded + text.slice(copied);
}

function encodeUnicode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replace(/%20|[!'()~]/g, (found) =>
    found === '%20' ? '+' : `%${found.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
