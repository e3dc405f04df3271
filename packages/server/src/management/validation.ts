/** Validation by the schemas, and what is said when it fails. */

import { readOrderRecord } from '@cert-order-status/protocol';
import type { ErrorObject } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifyRequest, FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { detailOf, invalidRecord, Problem, type ProblemEntry } from './problem.ts';
import { ORDER_RECORD } from './schemas.ts';

/** How many problems of a request are told. */
const ENTRIES_LIMIT = 100;
/** How much of an unknown field's name a message repeats. */
const NAME_ECHO_LIMIT = 64;

/** Thrown when a part of a request does not match its schema. */
export class ValidationProblems extends Error {
  readonly #part: string;
  readonly #schema: unknown;
  readonly #errors: readonly ErrorObject[];

  constructor(part: string, schema: unknown, errors: readonly ErrorObject[]) {
    super('a request does not match its schema');
    this.#part = part;
    this.#schema = schema;
    this.#errors = errors;
  }

  /** For orders in the words of the record's own reader, which knows more than a schema can say. */
  problemOf({ body }: Pick<FastifyRequest, 'body'>): Problem {
    if ((this.#schema as { $ref?: string }).$ref === ORDER_RECORD) {
      const read = readOrderRecord(body);
      if (!read.ok) return invalidRecord(read.problems.slice(0, ENTRIES_LIMIT));
    }
    const entries = this.#errors.slice(0, ENTRIES_LIMIT).map(entryOf);
    const kind = this.#part === 'body' ? 'invalid-record' : 'invalid-parameter';
    return new Problem(kind, detailOf(entries), entries);
  }
}

/** Values of the address are texts that may stand for numbers; those of a body are what they are. */
export function validatorCompiler(components: readonly TSchema[]): FastifySchemaCompiler<unknown> {
  const options = {
    allErrors: true,
    allowUnionTypes: true,
    strictTypes: false,
    // The schemas are ours, and tests hold them to be valid: a service that starts need not look again.
    validateSchema: false,
    // Times are judged by the code that reads them.
    formats: { 'date-time': true },
  } as const;
  const ofBody = new Ajv2020(options);
  const ofAddress = new Ajv2020({ ...options, coerceTypes: true });
  for (const component of components) ofBody.addSchema(component);
  return ({ schema, httpPart = 'body' }) => {
    const validate = (httpPart === 'body' ? ofBody : ofAddress).compile(schema as object);
    return (value: unknown) =>
      validate(value)
        ? { value }
        : { error: new ValidationProblems(httpPart, schema, validate.errors ?? []) };
  };
}

function entryOf({ instancePath, keyword, params, message }: ErrorObject): ProblemEntry {
  const path = fieldOf(instancePath);
  switch (keyword) {
    case 'required':
      return { field: joined(path, params['missingProperty']), message: 'is missing' };
    case 'additionalProperties': {
      const name = String(params['additionalProperty']).slice(0, NAME_ECHO_LIMIT).toWellFormed();
      return { field: joined(path, name), message: 'is not known here' };
    }
    case 'enum':
      return { field: path, message: `must be one of ${oneOf(params['allowedValues'])}` };
    case 'type':
      return { field: path, message: `must be ${[params['type']].flat().join(' or ')}` };
    default:
      return { field: path, message: message ?? 'is not valid' };
  }
}

function oneOf(values: readonly unknown[]): string {
  return values.map((value) => String(value)).join(', ');
}

/** `/certificates/0/dcvStatus` as `certificates[0].dcvStatus`. */
function fieldOf(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .reduce(
      (path, name) =>
        /^[0-9]+$/.test(name)
          ? `${path}[${name}]`
          : joined(path, name.replaceAll('~1', '/').replaceAll('~0', '~')),
      '',
    );
}

function joined(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}
