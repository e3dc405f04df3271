/** Values for a JSON schema of the OpenAPI document: most of them good, and some that are not. */

import fc from 'fast-check';

/** As much of JSON schema as the document uses. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What is good for no schema, or for another. */
const anything = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(
    '__proto__',
    1e308,
    -0,
    '9'.repeat(40),
    '\u0000',
    '\ud800',
    'Issued',
    '7250060',
    {},
    [],
  ),
);

/** @param components the document's schemas, by name. */
export function valuesOf(
  schema: Schema,
  components: Readonly<Record<string, Schema>>,
): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 12, arbitrary: goodOf(schema, components) }, { weight: 1, arbitrary: anything });
}

function goodOf(schema: Schema, components: Readonly<Record<string, Schema>>): fc.Arbitrary<unknown> {
  const { $ref, properties, items, pattern } = schema;
  if ($ref !== undefined) return valuesOf(components[$ref.replace(/^.*\//, '')] ?? {}, components);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fc.oneof(...choices.map((choice) => valuesOf(choice, components)));
  if ('const' in schema) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  switch (schema.type) {
    case 'object':
      return fc.record(
        Object.fromEntries(
          Object.entries(properties ?? {}).map(([name, value]) => [name, valuesOf(value, components)]),
        ),
        { requiredKeys: [...(schema.required ?? [])] },
      );
    case 'array':
      return fc.array(valuesOf(items ?? {}, components), { maxLength: 3 });
    case 'string':
      return pattern === undefined
        ? fc.oneof(
            fc.string({ minLength: schema.minLength ?? 0, maxLength: (schema.minLength ?? 0) + 20 }),
            fc.constantFrom('2026-06-11T11:57:00Z', 'acme-hosting', 'a reason'),
          )
        : fc.oneof(fc.stringMatching(new RegExp(pattern)), fc.constantFrom('7250060', '5550001'));
    case 'integer':
      return fc.integer({ min: schema.minimum ?? 0, max: schema.maximum ?? 1000 });
    case 'boolean':
      return fc.boolean();
    default:
      return anything;
  }
}
