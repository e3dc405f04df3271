/** Reads the fields of a record as their shape describes them, and collects what is wrong with them. */

import type { Field, RecordOf, RequiredWith, Shape } from './field.ts';
import { canonicalNumber } from './numbers.ts';
import { formatDateTime, parseDateTime } from './order-date-time.ts';
import { knownWordsOf, stateOf, wordOf } from './state-field.ts';
import { CHECK_STATUSES, reasonInWord, STATE_WORD_LIMIT } from './states.ts';
import { codePointLength } from './text.ts';

/** What is wrong with one field of a record. The message never repeats the value. */
export interface RecordProblem {
  /** The field, as `certificates[0].serialNumber`; empty for the record itself. */
  readonly path: string;
  readonly message: string;
}

/**
 * What is asked of a record: `fed` by a system, all that the fields require; `as-is`, the same but for the words of
 * states, which may be of no known meaning; `observed` at another server, next to nothing, and a check that is left out
 * stays so.
 */
export type RecordTerms = 'fed' | 'as-is' | 'observed';

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
  readonly #terms: RecordTerms;

  /**
   * @param path of the object within the record; empty for the record itself.
   * @param problems to which those of this object are added.
   */
  constructor(value: unknown, path: string, problems: RecordProblem[], terms: RecordTerms) {
    this.#values = isObject(value) ? value : undefined;
    this.#path = path;
    this.#problems = problems;
    this.#terms = terms;
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
      const value = this.#field(name, field, record, shape);
      if (value !== undefined) {
        if (field.kind === 'number' && field.isUnique) {
          if (taken.has(value)) this.report(name, 'is given more than once in this order');
          taken.add(value);
        }
        record[name] = value;
      } else if (field.kind === 'check' && this.#terms !== 'observed') {
        record[name] = 'not-required';
      }
    }
    this.#noOthers(shape);
    return record as RecordOf<S>;
  }

  #field(name: string, field: Field, before: Readonly<Record<string, unknown>>, shape: Shape): unknown {
    const isThere = this.#has(name);
    switch (this.#demandOf(field, before, shape)) {
      case 'required':
        return this.#value(name, field);
      case 'optional':
        return isThere ? this.#value(name, field) : undefined;
      case 'required with':
        return isThere ? this.#value(name, field) : this.#reportMissingWith(name, field, before, shape);
      case 'refused':
        return isThere ? this.#reportRefused(name, field, shape) : undefined;
    }
  }

  #demandOf(
    { required, mayBeUnobserved }: Field,
    before: Readonly<Record<string, unknown>>,
    shape: Shape,
  ): 'required' | 'required with' | 'optional' | 'refused' {
    if (required === 'optional') return 'optional';
    const isObserved = this.#terms === 'observed';
    if (required === 'always') return isObserved && mayBeUnobserved ? 'optional' : 'required';
    const word = before[required.when];
    if (isObserved || typeof word !== 'string') return 'optional';
    const state = stateOf(shape[required.when], word);
    if (state === 'unknown') return 'optional';
    if (!required.is.includes(state)) return 'refused';
    return required.unlessInWord && reasonInWord(word) !== undefined ? 'optional' : 'required with';
  }

  #reportMissingWith(
    name: string,
    { required }: Field,
    before: Readonly<Record<string, unknown>>,
    shape: Shape,
  ): undefined {
    const { when } = required as RequiredWith;
    const state = wordOf(shape[when], stateOf(shape[when], String(before[when])));
    return this.report(name, `is missing; it is required when ${when} is ${state}`);
  }

  #reportRefused(name: string, { required }: Field, shape: Shape): undefined {
    const { when, is } = required as RequiredWith;
    const states = is.map((state) => wordOf(shape[when], state)).join(' or ');
    return this.report(name, `is only allowed when ${when} is ${states}`);
  }

  /** Missing and null are reported. */
  #value(name: string, field: Field): unknown {
    if (!this.#has(name)) return this.#values && this.report(name, 'is missing');
    const value = this.#values?.[name];
    if (field.kind === 'object') {
      return new ObjectReader(value, this.#pathOf(name), this.#problems, this.#terms).read(field.of);
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
      case 'state':
        return this.#state(name, value, field);
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

  #state(name: string, value: unknown, field: Field): string | undefined {
    const text = this.#text(name, value, STATE_WORD_LIMIT);
    if (text === undefined || this.#terms !== 'fed' || stateOf(field, text) !== 'unknown') return text;
    return this.report(
      name,
      `must be a word whose meaning is known, such as ${knownWordsOf(field).join(', ')}`,
    );
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
      const path = `${this.#pathOf(name)}[${index}]`;
      const reader = new ObjectReader(entry, path, this.#problems, this.#terms);
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
