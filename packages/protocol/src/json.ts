/**
 * JSON whose meaning is beyond doubt. `JSON.parse` takes the last of two fields with one name, and rounds numbers,
 * without a word: an order could be kept as something else than what was sent.
 */

import { type RecordProblem, shownName } from './object-reader.ts';

/** How many levels of lists and objects there may be: an order has four. */
export const JSON_DEPTH_LIMIT = 32;
/** How many values and lists and objects of values there may be: the largest order has 29,000. */
export const JSON_VALUES_LIMIT = 100_000;

/** What {@link parseJson} makes of a text. */
export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | {
      readonly ok: false;
      /** False when the text is no JSON at all; else the problem names the field. */
      readonly isJson: boolean;
      readonly problem: RecordProblem;
    };

/**
 * Like `JSON.parse`, but refuses an object that has a name twice (however it is escaped), a number that would lose
 * digits, and more than {@link JSON_DEPTH_LIMIT} levels or {@link JSON_VALUES_LIMIT} values: that is looked for first,
 * so a text never takes much more memory than it is long. Never throws, and never repeats a value. Takes time in
 * proportion to the text.
 */
export function parseJson(text: string): JsonResult {
  const problem = findFault(text);
  if (problem !== undefined) return { ok: false, isJson: true, problem };
  try {
    return { ok: true, value: JSON.parse(text) };
  } catch (error) {
    const [position] = /at position [0-9]+/.exec(String(error)) ?? [];
    const message = `is not valid JSON${position === undefined ? '' : ` (${position})`}`;
    return { ok: false, isJson: false, problem: { path: '', message } };
  }
}

const QUOTE = 0x22;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;
const OPENING_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING_BRACKET = 0x5d;
const LETTER_E = 0x65;
const LOWER_CASE = 0x20;
const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;

/** Up to how many names are looked through one by one: a set of them costs six times as much to make. */
const FEW_NAMES = 32;

/** The names that an object has had so far. */
class Names {
  readonly #few: string[] = [];
  #many: Set<string> | undefined;

  /** False when it has had this one already. */
  add(name: string): boolean {
    if (this.#many === undefined) {
      if (this.#few.includes(name)) return false;
      this.#few.push(name);
      if (this.#few.length === FEW_NAMES) this.#many = new Set(this.#few);
      return true;
    }
    const { size } = this.#many;
    return this.#many.add(name).size > size;
  }
}

/** A list or an object whose end has not been reached. */
interface Container {
  /** Undefined for a list. */
  readonly names: Names | undefined;
  /** Where in it the scan is: the name of the field, or the number of the entry. */
  name: string;
  index: number;
  /** Whether the next string is a name. */
  isNameDue: boolean;
}

/** The first fault of a JSON text. What is no JSON has some or none: `JSON.parse` has the last word on that. */
function findFault(text: string): RecordProblem | undefined {
  const containers: Container[] = [];
  let innermost: Container | undefined;
  let values = 1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (innermost?.isNameDue && innermost.names !== undefined) {
        innermost.isNameDue = false;
        innermost.name = nameOf(text, at, end);
        if (!innermost.names.add(innermost.name)) {
          return { path: pathOf(containers), message: 'is given more than once' };
        }
      }
      at = end;
    } else if (code === COMMA) {
      if (++values > JSON_VALUES_LIMIT) return tooMany('holds', JSON_VALUES_LIMIT, 'values');
      if (innermost !== undefined) {
        innermost.index++;
        innermost.isNameDue = true;
      }
    } else if (code === OPENING_BRACE || code === OPENING_BRACKET) {
      if (containers.length === JSON_DEPTH_LIMIT) return tooMany('has', JSON_DEPTH_LIMIT, 'levels');
      if (++values > JSON_VALUES_LIMIT) return tooMany('holds', JSON_VALUES_LIMIT, 'values');
      const names = code === OPENING_BRACE ? new Names() : undefined;
      innermost = { names, name: '', index: 0, isNameDue: true };
      containers.push(innermost);
    } else if (code === CLOSING_BRACE || code === CLOSING_BRACKET) {
      containers.pop();
      innermost = containers.at(-1);
    } else if (code === MINUS || (code >= ZERO && code <= NINE)) {
      const end = endOfNumber(text, at);
      if (!keepsItsDigits(text.slice(at, end))) {
        return {
          path: pathOf(containers),
          message: 'is a number whose digits cannot all be kept; write it as a string',
        };
      }
      at = end - 1;
    }
  }
  return undefined;
}

function tooMany(verb: string, limit: number, what: string): RecordProblem {
  return { path: '', message: `${verb} more than ${limit} ${what}` };
}

/** Where the string that begins at `start` has its closing quote; the end of the text if it has none. */
function endOfString(text: string, start: number): number {
  for (let end = text.indexOf('"', start + 1); end !== -1; end = text.indexOf('"', end + 1)) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === BACKSLASH) backslashes++;
    if (backslashes % 2 === 0) return end;
  }
  return text.length;
}

/** Where the characters end that a number can consist of. */
function endOfNumber(text: string, start: number): number {
  let end = start + 1;
  while (isOfNumber(text.charCodeAt(end))) end++;
  return end;
}

function isOfNumber(code: number): boolean {
  const isExponent = (code | LOWER_CASE) === LETTER_E;
  return (code >= ZERO && code <= NINE) || code === DOT || code === PLUS || code === MINUS || isExponent;
}

/** The name between two quotes, as `JSON.parse` has it. */
function nameOf(text: string, start: number, end: number): string {
  const name = text.slice(start + 1, end);
  if (!name.includes('\\')) return name;
  try {
    return JSON.parse(`"${name}"`);
  } catch {
    return name;
  }
}

/** Up to so many characters, an integer is always exact. */
const EXACT_LENGTH = 15;

/** Whether the double that a number becomes is still written with the same digits. What is no number is not judged. */
function keepsItsDigits(token: string): boolean {
  const value = Number(token);
  if (Number.isNaN(value)) return true;
  if (token.length <= EXACT_LENGTH && Number.isInteger(value) && value !== 0) return true;
  return Number.isFinite(value) && decimalOf(token) === decimalOf(String(value));
}

/** A number's value in one spelling: its sign, its digits without zeros around them, and its exponent. */
function decimalOf(number: string): string {
  const sign = number.startsWith('-') ? '-' : '';
  const [mantissa = '', exponent = '0'] = number.slice(sign.length).toLowerCase().split('e', 2);
  const [whole = '', fraction = ''] = mantissa.split('.', 2);
  const digits = whole + fraction;
  let start = 0;
  while (digits[start] === '0') start++;
  let end = digits.length;
  while (end > start && digits[end - 1] === '0') end--;
  if (start === end) return `${sign}0`;
  return `${sign}0.${digits.slice(start, end)}e${whole.length - start + Number(exponent)}`;
}

/** `certificates[0].FQDN` */
function pathOf(containers: readonly Container[]): string {
  return containers.reduce((path, { names, name, index }) => {
    if (names === undefined) return `${path}[${index}]`;
    return path === '' ? shownName(name) : `${path}.${shownName(name)}`;
  }, '');
}
