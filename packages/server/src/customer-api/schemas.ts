/** The schemas of the customer API: they validate what comes in, and its OpenAPI document is made of them. */

import { Type } from 'typebox';
import { PublicCertificate, PublicOrder } from '../json-api/record-schemas.ts';
import { moment, ProblemSchema, word } from '../json-api/schema-parts.ts';

const difference = Type.Object({
  certificate: Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'The number within the order of the certificate that it is about; of the order if left out. Changes that earlier versions made have only certificateID.',
    }),
  ),
  certificateID: Type.Optional(Type.String({ description: "The certificate's ID, if it has one." })),
  field: Type.String({ description: 'certificates stands for a certificate that was added.' }),
  after: Type.Optional(Type.Unknown({ description: 'Left out when the field is no longer there.' })),
});

const Change = Type.Object(
  {
    cursor: Type.String({ description: 'Its place in the feed; opaque.' }),
    orderNumber: Type.String(),
    version: Type.Integer({ minimum: 1, description: "The order's since this change." }),
    at: moment('When it was made.'),
    kind: word(['created', 'changed'], 'Whether the order was new.'),
    order: Type.Optional(Type.Ref('OrderRecord#')),
    differences: Type.Optional(
      Type.Array(difference, { description: 'With changed: the fields that have become others.' }),
    ),
  },
  { $id: 'Change' },
);

export const COMPONENTS = [PublicCertificate, PublicOrder, Change, ProblemSchema];
