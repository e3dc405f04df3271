/** Reads the fields of a record as their shape describes them, and collects what is wrong with them. */

import type { Field, RecordOf, Shape } from './field.ts';
import { canonicalNumber } from './numbers.ts';
import { formatDateTime, parseDateTime } from './order-date-time.ts';
import { CHECK_STATUSES } from './states.ts';
import { codePointLength } from './text.ts';

/** What is wrong with one field of a record. The message never repeats the value. */
export interface RecordProblem {
  /** The field, as `certificates[0].serialNumber`; empty for the record itself. */
  readonly path: string;
  readonly message: string;
}

/** How much of an unknown field's name a message repeats. */
const NAME_ECHO_LIMIT = 64;
/** Times that {@link formatDateTime} would give back as they are: most are written so. */
const CANONICAL_DATE_TIME = /^.{10}T.{8}Z$/;
/**
 * With how many problems of a record its reading ends: what is wrong everywhere costs no more than what is wrong in
 * places.
 */
export const RECORD_PROBLEMS_LIMIT = 20;

/** One JSON object. Each reader reports what is wrong with a field and then gives undefined. */
export class ObjectReader {
  readonly #values: Readonly<Record<string, unknown>> | undefined;
  readonly #path: string;
  readonly #problems: RecordProblem[];

  /**
   * @param path of the object within the record; empty for the record itself.
   * @param problems to which those of this object are added.
   */
  constructor(value: unknown, path: string, problems: RecordProblem[]) {
    this.#values = isObject(value) ? value : undefined;
    this.#path = path;
    this.#problems = problems;
    // A value that is not an object is reported once, not for every field that it lacks.
    if (this.#values === undefined) this.report('', 'must be a JSON object');
  }

  report(name: string, message: string): undefined {
    if (!this.#isAtLimit) this.#problems.push({ path: this.#pathOf(name), message });
  }

  get #isAtLimit(): boolean {
    return this.#problems.length >= RECORD_PROBLEMS_LIMIT;
  }

  /**
   * Reads the fields of a shape and reports all others. The result is what its type says only if no problem was
   * reported.
   *
   * @param taken the values of the field that is unique among the entries of a list, in the entries before this one.
   */
  read<S extends Shape>(shape: S, taken = new Set<unknown>()): RecordOf<S> {
    const record: Record<string, unknown> = {};
    for (const [name, field] of Object.entries<Field>(shape)) {
      const value = this.#field(name, field, record);
      if (value !== undefined) {
        if (field.kind === 'number' && field.isUnique) {
          if (taken.has(value)) this.report(name, 'is given more than once in this order');
          taken.add(value);
        }
        record[name] = value;
      } else if (field.kind === 'check') {
        record[name] = 'not-required';
      }
    }
    this.#noOthers(shape);
    return record as RecordOf<S>;
  }

  #field(name: string, field: Field, before: Readonly<Record<string, unknown>>): unknown {
    const { required } = field;
    if (required === 'always') return this.#value(name, field);
    const isThere = this.#has(name);
    if (required !== 'optional') {
      const state = before[required.when];
      if (typeof state === 'string' && required.is.includes(state)) {
        if (isThere) return this.#value(name, field);
        return this.report(name, `is missing; it is required when ${required.when} is ${state}`);
      }
      if (isThere && state !== undefined) {
        return this.report(name, `is only allowed when ${required.when} is ${required.is.join(' or ')}`);
      }
    }
    return isThere ? this.#value(name, field) : undefined;
  }

  /** Missing and null are reported. */
  #value(name: string, field: Field): unknown {
    if (!this.#has(name)) return this.#values && this.report(name, 'is missing');
    const value = this.#values?.[name];
    if (field.kind === 'object') {
      return new ObjectReader(value, this.#pathOf(name), this.#problems).read(field.of);
    }
    if (value === null) return this.report(name, 'must not be null; leave it out instead');
    switch (field.kind) {
      case 'text':
        return this.#text(name, value, field.limitCodePoints);
      case 'number':
        return this.#number(name, value, field.limitDigits);
      case 'time':
        return this.#time(name, value);
      case 'word':
        return this.#word(name, value, field.words);
      case 'check':
        return this.#word(name, value, CHECK_STATUSES);
      case 'hex':
        return this.#hex(name, value, field.limitDigits);
      case 'country':
        return this.#country(name, value);
      case 'list':
        return this.#list(name, value, field);
    }
  }

  #text(name: string, value: unknown, limitCodePoints: number): string | undefined {
    if (typeof value !== 'string') return this.report(name, 'must be a string');
    const problem = textProblem(value, limitCodePoints);
    return problem === undefined ? value : this.report(name, problem);
  }

  #number(name: string, value: unknown, limitDigits: number): string | undefined {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      return this.report(name, 'is not a whole number that JSON holds exactly; write it as a string');
    }
    const isText = typeof value === 'string' || typeof value === 'number';
    const canonical = isText ? canonicalNumber(String(value), limitDigits) : undefined;
    return canonical ?? this.report(name, `must be a whole number of 1 to ${limitDigits} digits, at least 1`);
  }

  #time(name: string, value: unknown): string | undefined {
    const second = typeof value === 'string' ? parseDateTime(value) : undefined;
    if (typeof value === 'string' && second !== undefined) {
      return CANONICAL_DATE_TIME.test(value) ? value : formatDateTime(second);
    }
    return this.report(name, 'must be an RFC 3339 time such as 2025-06-11T11:57:00Z');
  }

  #word(name: string, value: unknown, words: readonly string[]): string | undefined {
    return words.find((word) => word === value) ?? this.report(name, `must be one of ${words.join(', ')}`);
  }

  #hex(name: string, value: unknown, limitDigits: number): string | undefined {
    const isHex =
      typeof value === 'string' && value.length <= limitDigits && /^(?:[0-9A-Fa-f]{2})+$/.test(value);
    return isHex
      ? value.toUpperCase()
      : this.report(name, `must be an even number of hex digits, at most ${limitDigits}`);
  }

  #country(name: string, value: unknown): string | undefined {
    if (typeof value === 'string' && /^[A-Za-z]{2}$/.test(value)) return value;
    return this.report(name, 'must be a two-letter country code (ISO 3166-1 Alpha-2)');
  }

  #list(
    name: string,
    value: unknown,
    { of, limitEntries, emptyEntryMessage }: Extract<Field, { kind: 'list' }>,
  ): unknown[] | undefined {
    if (!Array.isArray(value)) return this.report(name, 'must be a list');
    if (value.length === 0) return this.report(name, 'must hold at least one entry');
    if (value.length > limitEntries) return this.report(name, `must hold at most ${limitEntries} entries`);
    const taken = new Set<unknown>();
    const items: unknown[] = [];
    for (const [index, entry] of value.entries()) {
      if (this.#isAtLimit) break;
      const reader = new ObjectReader(entry, `${this.#pathOf(name)}[${index}]`, this.#problems);
      items.push(reader.read(of, taken));
      if (emptyEntryMessage !== undefined && reader.#isEmpty()) reader.report('', emptyEntryMessage);
    }
    return items;
  }

  #isEmpty(): boolean {
    return this.#values !== undefined && Object.keys(this.#values).length === 0;
  }

  #noOthers(shape: Shape): void {
    for (const name of Object.keys(this.#values ?? {})) {
      if (this.#isAtLimit) break;
      if (!Object.hasOwn(shape, name)) this.report(shownName(name), 'is not a field of this record');
    }
  }

  #has(name: string): boolean {
    return (
      this.#values !== undefined && Object.hasOwn(this.#values, name) && this.#values[name] !== undefined
    );
  }

  #pathOf(name: string): string {
    return this.#path !== '' && name !== '' ? `${this.#path}.${name}` : this.#path + name;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What keeps a text out of the database, or undefined when nothing does. */
export function textProblem(text: string, limit: number): string | undefined {
  if (text === '') return 'must not be empty';
  if (!text.isWellFormed()) return 'is not well-formed Unicode (half a surrogate pair)';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return 'must not hold control characters';
  // Code units are counted already, and there are never fewer of them.
  if (text.length > limit && codePointLength(text) > limit) return `must be at most ${limit} characters long`;
  return undefined;
}

/** A name that was never ours may hold anything; it stays on one line and short. */
export function shownName(name: string): string {
  return /^\w+$/.test(name) && name.length <= NAME_ECHO_LIMIT
    ? name
    : JSON.stringify(name.slice(0, NAME_ECHO_LIMIT).toWellFormed());
}
