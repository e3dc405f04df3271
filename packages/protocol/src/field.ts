/**
 * The words in which `fields.ts` describes the fields of an order, and the types that follow from such a description.
 */

import type { CertificateStatusWord, CheckStatus, OpenWord, OrderStatusWord } from './states.ts';

/** The revision of the API that added a field to responses. */
export type ApiRevision = '1.2' | 'before 1.05' | '1.06' | '1.09';

/** The states of another field of the same object that require a field; with all others it is not allowed. */
export interface RequiredWith {
  /** The name of that other field, which stands before this one. */
  readonly when: string;
  /** Words of a `word`, meanings of a `state`; with a state of no known meaning the field is optional. */
  readonly is: readonly string[];
  /** Not required when the state's word itself holds it, as `Rejected: reason` does. */
  readonly unlessInWord?: true;
}

/**
 * How a field is written in a form: as `text`; a time to the `minute` or in `seconds` since 1970; a `check`'s number
 * -1…2; `organizations` in one of the two ways of suggested organisations; `certificates` as parameters of their own,
 * `X_Y_…`.
 */
export type FormKind = 'text' | 'minute' | 'seconds' | 'check' | 'organizations' | 'certificates';

/** How a field is part of a response. */
export interface OnWire {
  readonly form: FormKind;
  readonly since: ApiRevision;
  /** The lowest queryType whose response holds it. */
  readonly fromQueryType: 0 | 1;
  /** The field that follows it on the wire, where that is not the next one of the shape. */
  readonly before?: string;
}

/** What kind of value a field has in a record, within which limits. */
export type FieldKind =
  /** Well-formed Unicode without control characters, not empty. */
  | { readonly kind: 'text'; readonly limitCodePoints: number }
  /** A whole number from 1 in decimal digits, as a string: it may exceed what a JavaScript number holds. */
  | {
      readonly kind: 'number';
      readonly limitDigits: number;
      /** No two entries of the list that holds it have the same. */
      readonly isUnique?: true;
    }
  /** RFC 3339. */
  | { readonly kind: 'time' }
  /** One of several words. */
  | { readonly kind: 'word'; readonly words: readonly string[] }
  /** A word for a state, kept as it is given; the tables in `states.ts` say what it means. */
  | { readonly kind: 'state'; readonly of: 'order' | 'certificate' }
  /** The state of a check; `not-required` when it is left out. */
  | { readonly kind: 'check' }
  /** An even number of hex digits, in upper case once read. */
  | { readonly kind: 'hex'; readonly limitDigits: number }
  /** Two letters, ISO 3166-1 Alpha-2. */
  | { readonly kind: 'country' }
  | { readonly kind: 'object'; readonly of: Shape }
  | {
      readonly kind: 'list';
      readonly of: Shape;
      /** The most entries; the fewest is one. */
      readonly limitEntries: number;
      /** What is wrong with an entry without any field; left out where an entry has required fields. */
      readonly emptyEntryMessage?: string;
    };

/** One field. */
export type Field = FieldKind & {
  /** For the description of the management API and for the docs. */
  readonly description: string;
  /** What holds for records that are fed to the service. */
  readonly required: 'always' | 'optional' | RequiredWith;
  /** What is observed at another server may lack it, though it is required of what is fed. */
  readonly mayBeUnobserved?: true;
  /** Left out: responses do not hold it. */
  readonly wire?: OnWire;
  /** Personal data are shown to the account itself only, never on share pages, in logs, events or lists. */
  readonly privacy: 'public' | 'personal';
};

/** The fields of an object, by name, in the canonical order of a record. */
export type Shape = { readonly [name: string]: Field };

/** A field's value in a record. */
type ValueOf<F extends Field> = F extends { readonly words: readonly (infer Word)[] }
  ? Word
  : F extends { readonly kind: 'state' }
    ? StateWordOf<F>
    : F extends { readonly kind: 'check' }
      ? CheckStatus
      : F extends { readonly kind: 'object'; readonly of: infer S extends Shape }
        ? RecordOf<S>
        : F extends { readonly kind: 'list'; readonly of: infer S extends Shape }
          ? readonly RecordOf<S>[]
          : string;

/** A word for a state: this project's own, or any other. */
type StateWordOf<F> = OpenWord<F extends { readonly of: 'order' } ? OrderStatusWord : CertificateStatusWord>;

/** Whether every record has it, be it fed or observed. */
type IsAlwaysThere<F extends Field> = F extends { readonly mayBeUnobserved: true }
  ? false
  : F extends { readonly required: 'always' }
    ? true
    : false;

/** What the record reader makes of an object of this shape. */
export type RecordOf<S extends Shape> = {
  readonly [Name in keyof S as IsAlwaysThere<S[Name]> extends true ? Name : never]: ValueOf<S[Name]>;
} & {
  readonly [Name in keyof S as IsAlwaysThere<S[Name]> extends true ? never : Name]?: ValueOf<S[Name]>;
};

/** A field's value in a response: another server may have words of its own for states. */
type AnswerValueOf<F extends Field> = F extends { readonly words: readonly (infer Word extends string)[] }
  ? OpenWord<Word>
  : F extends { readonly kind: 'state' }
    ? StateWordOf<F>
    : F extends { readonly kind: 'check' }
      ? CheckStatus
      : F extends { readonly wire: { readonly form: 'seconds' } }
        ? Date
        : string;

/** What a response holds of an object of this shape, apart from objects and lists within it. */
export type AnswerOf<S extends Shape> = {
  readonly [Name in keyof S as S[Name] extends {
    readonly wire: { readonly form: 'text' | 'minute' | 'seconds' | 'check' };
  }
    ? Name
    : never]?: AnswerValueOf<S[Name]>;
};

/** A field as responses hold it, of one shape. */
export type WireField<S extends Shape> = {
  [Name in keyof S]: S[Name] extends { readonly wire: { readonly form: infer Form extends FormKind } }
    ? { readonly name: Name & string; readonly form: Form } & Pick<OnWire, 'since' | 'fromQueryType'>
    : never;
}[keyof S];

/** The names of a shape's fields of one kind. */
export type NameOfKind<S extends Shape, Kind extends Field['kind']> = {
  [Name in keyof S]: S[Name]['kind'] extends Kind ? Name & string : never;
}[keyof S];

/** The names of a shape's fields that a revision of the API added. */
type NameSince<S extends Shape, Revision extends ApiRevision> = {
  [Name in keyof S]: S[Name] extends { readonly wire: { readonly since: Revision } } ? Name & string : never;
}[keyof S];

/** The names of a shape's fields that these revisions of the API added, in canonical order. */
export function namesSince<S extends Shape, Revision extends ApiRevision>(
  shape: S,
  ...revisions: readonly Revision[]
): readonly NameSince<S, Revision>[] {
  const isOfRevision = (name: keyof S & string): name is NameSince<S, Revision> =>
    revisions.some((revision) => shape[name]?.wire?.since === revision);
  return namesOf(shape).filter(isOfRevision);
}

/** The names of a shape's fields, in canonical order. */
export function namesOf<S extends Shape>(shape: S): readonly (keyof S & string)[] {
  return Object.keys(shape);
}

/** A shape's fields with their names, in canonical order. */
export function fieldsOf<S extends Shape>(shape: S): readonly (readonly [keyof S & string, Field])[] {
  return Object.entries(shape);
}

/** The names of a shape's fields of one kind, in canonical order. */
export function namesOfKind<S extends Shape, Kind extends Field['kind']>(
  shape: S,
  kind: Kind,
): readonly NameOfKind<S, Kind>[] {
  const isOfKind = (name: keyof S & string): name is NameOfKind<S, Kind> => shape[name]?.kind === kind;
  return namesOf(shape).filter(isOfKind);
}

/** The fields of a shape that responses hold, in the wire's order. */
export function wireFieldsOf<S extends Shape>(shape: S): readonly WireField<S>[] {
  const fields: (Omit<OnWire, 'before'> & { readonly name: string })[] = [];
  for (const [name, { wire }] of Object.entries(shape)) {
    if (wire === undefined) continue;
    const next = fields.findIndex((field) => field.name === wire.before);
    fields.splice(next === -1 ? fields.length : next, 0, {
      name,
      form: wire.form,
      since: wire.since,
      fromQueryType: wire.fromQueryType,
    });
  }
  // The type is derived from what the loop above reads, which the compiler cannot follow.
  return fields as unknown as readonly WireField<S>[];
}
