/** Reads the fields of a record and collects what is wrong with them. */

import { canonicalNumber } from './numbers.ts';
import { formatDateTime, parseDateTime } from './order-date-time.ts';
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
/** With how many problems of a record its reading ends: what is wrong everywhere costs no more than what is wrong in places. */
export const RECORD_PROBLEMS_LIMIT = 20;

/** The fields of one JSON object. Each reader reports what is wrong with a field and then gives undefined. */
export class Fields {
  readonly #values: Readonly<Record<string, unknown>>;
  /** What is not an object is reported as that, not for every field that it lacks. */
  readonly #isObject: boolean;
  readonly #path: string;
  readonly #problems: RecordProblem[];
  readonly #known = new Set<string>();

  private constructor(value: unknown, path: string, problems: RecordProblem[]) {
    this.#isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    this.#values = this.#isObject ? (value as Record<string, unknown>) : {};
    this.#path = path;
    this.#problems = problems;
  }

  static of(value: unknown, path: string, problems: RecordProblem[]): Fields {
    const fields = new Fields(value, path, problems);
    if (!fields.#isObject) fields.report('', 'must be a JSON object');
    return fields;
  }

  report(name: string, message: string): undefined {
    if (!this.#isAtLimit) this.#problems.push({ path: this.#pathOf(name), message });
  }

  get #isAtLimit(): boolean {
    return this.#problems.length >= RECORD_PROBLEMS_LIMIT;
  }

  isEmpty(): boolean {
    return this.#isObject && Object.keys(this.#values).length === 0;
  }

  /** The field's value; missing and null are reported. */
  required(name: string): unknown {
    this.#known.add(name);
    if (!this.#has(name)) return this.#isObject ? this.report(name, 'is missing') : undefined;
    const value = this.#values[name];
    return value === null ? this.report(name, 'must not be null; leave it out instead') : value;
  }

  /** Reads the field if it is there. */
  optional<Value>(name: string, read: (name: string) => Value | undefined): Value | undefined {
    this.#known.add(name);
    return this.#has(name) ? read(name) : undefined;
  }

  /** Reads a field that some states require and the others do not allow. */
  onlyWith<State extends string, Value>(
    stateName: string,
    state: State | undefined,
    states: readonly State[],
    name: string,
    read: (name: string) => Value | undefined,
  ): Value | undefined {
    if (state === undefined) return this.optional(name, read);
    if (states.includes(state)) {
      if (this.#has(name)) return this.optional(name, read);
      this.#known.add(name);
      return this.report(name, `is missing; it is required when ${stateName} is ${state}`);
    }
    return this.optional(name, () =>
      this.report(name, `is only allowed when ${stateName} is ${states.join(' or ')}`),
    );
  }

  text(name: string, limit: number): string | undefined {
    const value = this.required(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.report(name, 'must be a string');
    const problem = textProblem(value, limit);
    return problem === undefined ? value : this.report(name, problem);
  }

  number(name: string, mostDigits: number): string | undefined {
    const value = this.required(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      return this.report(name, 'is not a whole number that JSON holds exactly; write it as a string');
    }
    const isText = typeof value === 'string' || typeof value === 'number';
    const canonical = isText ? canonicalNumber(String(value), mostDigits) : undefined;
    return canonical ?? this.report(name, `must be a whole number of 1 to ${mostDigits} digits, at least 1`);
  }

  dateTime(name: string): string | undefined {
    const value = this.required(name);
    if (value === undefined) return undefined;
    const second = typeof value === 'string' ? parseDateTime(value) : undefined;
    if (typeof value === 'string' && second !== undefined) {
      return CANONICAL_DATE_TIME.test(value) ? value : formatDateTime(second);
    }
    return this.report(name, 'must be an RFC 3339 time such as 2025-06-11T11:57:00Z');
  }

  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.required(name);
    if (value === undefined) return undefined;
    return words.find((word) => word === value) ?? this.report(name, `must be one of ${words.join(', ')}`);
  }

  object(name: string): Fields {
    return Fields.of(this.#values[name], this.#pathOf(name), this.#problems);
  }

  list<Item>(name: string, most: number, read: (fields: Fields) => Item | undefined): Item[] | undefined {
    const value = this.required(name);
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) return this.report(name, 'must be a list');
    if (value.length === 0) return this.report(name, 'must hold at least one entry');
    if (value.length > most) return this.report(name, `must hold at most ${most} entries`);
    const items: Item[] = [];
    for (const [index, entry] of value.entries()) {
      if (this.#isAtLimit) break;
      const item = read(Fields.of(entry, `${this.#pathOf(name)}[${index}]`, this.#problems));
      if (item !== undefined) items.push(item);
    }
    return items;
  }

  /** Reports every field that none of the readers above asked for. */
  noOthers(): void {
    for (const name of Object.keys(this.#values)) {
      if (this.#isAtLimit) break;
      if (!this.#known.has(name)) this.report(shownName(name), 'is not a field of this record');
    }
  }

  #has(name: string): boolean {
    return Object.hasOwn(this.#values, name) && this.#values[name] !== undefined;
  }

  #pathOf(name: string): string {
    return this.#path !== '' && name !== '' ? `${this.#path}.${name}` : this.#path + name;
  }
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
