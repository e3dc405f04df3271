/** The schemas of the customer API: they validate what comes in, and its OpenAPI document is made of them. */

import { Type } from 'typebox';
import { DIFFERENCE_PROPERTIES, observedAt } from '../json-api/feed-schemas.ts';
import { PublicCertificate, PublicOrder } from '../json-api/record-schemas.ts';
import { moment, ProblemSchema, word } from '../json-api/schema-parts.ts';

const Change = Type.Object(
  {
    cursor: Type.String({ description: 'Its place in the feed; opaque.' }),
    orderNumber: Type.String(),
    version: Type.Integer({ minimum: 1, description: "The order's since this change." }),
    at: moment('When it was made.'),
    observedAt,
    kind: word(['created', 'changed'], 'Whether the order was new.'),
    order: Type.Optional(Type.Ref('OrderRecord#')),
    differences: Type.Optional(
      Type.Array(Type.Object(DIFFERENCE_PROPERTIES), {
        description: 'With changed: the fields that have become others.',
      }),
    ),
  },
  { $id: 'Change' },
);

/** The schemas that others refer to. */
export const COMPONENTS = [PublicCertificate, PublicOrder, Change, ProblemSchema];
