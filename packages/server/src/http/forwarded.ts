/** The `Forwarded` header (RFC 7239). */

/** What one proxy says of a request that it passed on. */
export interface ForwardedElement {
  /** Node that the request came from, as written: `192.0.2.7`, `[2001:db8::7]:4711`, `unknown`, `_hidden`. */
  readonly for?: string;
  /** Scheme that the request was made with. */
  readonly proto?: string;
  /** `Host` header that the request came with. */
  readonly host?: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const TAB = 0x09;
const DELETE = 0x7f;

/** Characters of a token (RFC 9110, section 5.6.2), by their code. */
const IS_TOKEN = new Uint8Array(128);
for (const character of "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
  IS_TOKEN[character.charCodeAt(0)] = 1;

/**
 * The elements of the header, the nearest proxy's last; undefined when any part of it is malformed, so that nothing
 * that a client wrote can hide or add to what a proxy wrote behind it. Each character is read a bounded number of
 * times.
 */
export function parseForwarded(value: string): readonly ForwardedElement[] | undefined {
  const elements: ForwardedElement[] = [];
  let element = new Map<string, string>();
  let at = skipSpace(value, 0);
  for (;;) {
    const nameEnd = tokenEnd(value, at);
    if (nameEnd > at) {
      const name = value.slice(at, nameEnd).toLowerCase();
      if (value.charCodeAt(nameEnd) !== EQUALS || element.has(name)) return undefined;
      const read = readValue(value, nameEnd + 1);
      if (read === undefined) return undefined;
      element.set(name, read.text);
      at = skipSpace(value, read.end);
    }
    const isOver = at >= value.length;
    const code = value.charCodeAt(at);
    if (isOver || code === COMMA) {
      if (element.size > 0) elements.push(elementOf(element));
      if (isOver) return elements;
      element = new Map();
    } else if (code !== SEMICOLON) {
      return undefined;
    }
    at = skipSpace(value, at + 1);
  }
}

function elementOf(parameters: ReadonlyMap<string, string>): ForwardedElement {
  return {
    for: parameters.get('for'),
    proto: parameters.get('proto'),
    host: parameters.get('host'),
  };
}

/** A token or a quoted string that begins there. */
function readValue(value: string, start: number): { text: string; end: number } | undefined {
  if (value.charCodeAt(start) !== QUOTE) {
    const end = tokenEnd(value, start);
    return end === start ? undefined : { text: value.slice(start, end), end };
  }
  let text = '';
  let from = start + 1;
  for (let at = from; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code === QUOTE) return { text: text + value.slice(from, at), end: at + 1 };
    if (code === BACKSLASH) {
      text += value.slice(from, at);
      at++;
      from = at;
    }
    if (!isQuotable(value.charCodeAt(at))) return undefined;
  }
  return undefined;
}

/** Also false beyond the end of a text, where the code is NaN. */
function isQuotable(code: number): boolean {
  return code === TAB || (code >= SPACE && code !== DELETE);
}

function tokenEnd(value: string, start: number): number {
  let end = start;
  while (IS_TOKEN[value.charCodeAt(end)] === 1) end++;
  return end;
}

function skipSpace(value: string, start: number): number {
  let at = start;
  for (let code = value.charCodeAt(at); code === SPACE || code === TAB; code = value.charCodeAt(at)) at++;
  return at;
}
