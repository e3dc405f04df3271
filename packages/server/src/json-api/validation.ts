/** Validation by the schemas, and the messages when it fails. */

import type { ErrorObject, ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { detailOf, ENTRIES_LIMIT, Problem, type ProblemEntry } from './problem.ts';
import { RECORD_SCHEMAS } from './record-schemas.ts';

/** How much of an unknown field's name a message repeats. */
const NAME_ECHO_LIMIT = 64;

/** Thrown when a part of a request does not match its schema. */
export class ValidationProblems extends Error {
  readonly #part: string;
  readonly #errors: readonly ErrorObject[];

  constructor(part: string, errors: readonly ErrorObject[]) {
    super('a request does not match its schema');
    this.#part = part;
    this.#errors = errors;
  }

  problem(): Problem {
    const entries = this.#errors.slice(0, ENTRIES_LIMIT).map(entryOf);
    const kind = this.#part === 'body' ? 'invalid-record' : 'invalid-parameter';
    return new Problem(kind, detailOf(entries), { errors: entries });
  }
}

/**
 * Values of the address are texts that may stand for numbers; those of a body are what they are. Orders and patches of
 * them are not validated here: the record's reader, which knows more than a schema can say and stops at the first
 * problems, reads them anyway. What validates is made with the first request to a route: to make all of it takes most
 * of the time in which the management API starts.
 */
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
    if (httpPart === 'body' && RECORD_SCHEMAS.has((schema as { $ref?: string }).$ref ?? ''))
      return () => true;
    const ajv = httpPart === 'body' ? ofBody : ofAddress;
    let validate: ValidateFunction | undefined;
    return (value: unknown) => {
      validate ??= ajv.compile(schema as object);
      return validate(value) ? { value } : { error: new ValidationProblems(httpPart, validate.errors ?? []) };
    };
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
