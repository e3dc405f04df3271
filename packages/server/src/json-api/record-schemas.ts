/**
 * The schemas of orders and of changes to them, made of the shapes that `protocol` gives. They describe: the record
 * reader validates.
 */

import {
  CERTIFICATE_SHAPE,
  CHECK_STATUSES,
  type Field,
  ORDER_SHAPE,
  type Shape,
  STATE_WORD_LIMIT,
} from '@cert-order-status/protocol';
import { type TSchema, Type } from 'typebox';
import { EXACT, number, text, word } from './schema-parts.ts';

/** What refers to {@link OrderRecord}. */
export const ORDER_RECORD = 'OrderRecord#';
/** What refers to {@link OrderPatch}. */
export const ORDER_PATCH = 'OrderPatch#';
/** What refers to {@link CertificatePatch}. */
export const CERTIFICATE_PATCH = 'CertificatePatch#';

/** What refers to a schema that only describes: the record's reader validates. */
export const RECORD_SCHEMAS: ReadonlySet<string> = new Set([ORDER_RECORD, ORDER_PATCH, CERTIFICATE_PATCH]);

/**
 * Whether a schema is that of a whole, with or without personal data, or of a merge patch: there every field may be
 * left out, and null removes one.
 */
type Use = 'record' | 'public' | 'patch';

/** A certificate. */
export const CertificateRecord = Type.Object(propertiesOf(CERTIFICATE_SHAPE, 'record'), {
  ...EXACT,
  $id: 'CertificateRecord',
});

/** A certificate as the account may follow it: without personal data. */
export const PublicCertificate = Type.Object(propertiesOf(CERTIFICATE_SHAPE, 'public'), {
  ...EXACT,
  $id: 'CertificateRecord',
});
/** An order of such certificates. */
export const PublicOrder = Type.Object(propertiesOf(ORDER_SHAPE, 'public'), { ...EXACT, $id: 'OrderRecord' });

/** What changes a certificate. */
export const CertificatePatch = Type.Object(propertiesOf(CERTIFICATE_SHAPE, 'patch'), {
  ...EXACT,
  $id: 'CertificatePatch',
  description: 'A JSON merge patch (RFC 7396): fields to set; null removes one.',
});

/** An order. */
export const OrderRecord = Type.Object(propertiesOf(ORDER_SHAPE, 'record'), {
  ...EXACT,
  $id: 'OrderRecord',
});

/** What changes an order. */
export const OrderPatch = Type.Object(propertiesOf(ORDER_SHAPE, 'patch'), {
  ...EXACT,
  $id: 'OrderPatch',
  description:
    'A JSON merge patch (RFC 7396): fields to set; null removes one. A list of certificates replaces the whole list.',
});

function propertiesOf(shape: Shape, use: Use): Record<string, TSchema> {
  const shown = Object.entries(shape).filter(([, { privacy }]) => use !== 'public' || privacy === 'public');
  const properties = shown.map(([name, field]) => {
    const schema = schemaOf(field, use);
    // What was observed at another server may lack some.
    const isAlwaysThere = field.required === 'always' && (use !== 'public' || field.mayBeUnobserved !== true);
    if (isAlwaysThere) return [name, use === 'patch' ? Type.Optional(schema) : schema];
    return [name, Type.Optional(use === 'patch' ? orNull(schema) : schema)];
  });
  return Object.fromEntries(properties);
}

function schemaOf(field: Field, use: Use): TSchema {
  const { description } = field;
  switch (field.kind) {
    case 'text':
      return text(field.limitCodePoints, description);
    case 'number':
      return number(field.limitDigits, description);
    case 'time':
      return Type.String({ description, format: 'date-time' });
    case 'word':
      return word(field.words, description);
    case 'state':
      return text(STATE_WORD_LIMIT, description);
    case 'check':
      return word(CHECK_STATUSES, description);
    case 'hex':
      return Type.String({ pattern: `^(?:[0-9A-Fa-f]{2}){1,${field.limitDigits / 2}}$`, description });
    case 'country':
      return Type.String({ pattern: '^[A-Za-z]{2}$', description });
    case 'object':
      return Type.Object(propertiesOf(field.of, use), { ...EXACT, description });
    case 'list':
      return Type.Array(entryOf(field), { minItems: 1, maxItems: field.limitEntries, description });
  }
}

/** A list is replaced as a whole, so its entries are whole in a patch, too. */
function entryOf({ of, emptyEntryMessage }: Extract<Field, { kind: 'list' }>): TSchema {
  if (of === CERTIFICATE_SHAPE) return Type.Ref('CertificateRecord#');
  const minProperties = emptyEntryMessage === undefined ? 0 : 1;
  return Type.Object(propertiesOf(of, 'record'), { ...EXACT, minProperties });
}

function orNull(schema: TSchema): TSchema {
  const { type, enum: words, ...others } = schema as TSchema & { type: string | string[]; enum?: unknown[] };
  return Type.Unsafe({
    ...others,
    type: [...(Array.isArray(type) ? type : [type]), 'null'],
    ...(words !== undefined && { enum: [...words, null] }),
  });
}
