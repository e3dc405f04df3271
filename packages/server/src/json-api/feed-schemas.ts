/** What following changes is like in the management API and in the customer API. */

import { Type } from 'typebox';
import { moment, pageLimit, waitSeconds } from './schema-parts.ts';

/** The cursor that starts with the next change. */
export const LATEST = 'latest';

/**
 * The parameters of following changes.
 *
 * @param cursorPattern what a cursor looks like.
 */
export function feedQuery(cursorPattern: string) {
  return Type.Object(
    {
      after: Type.Optional(
        Type.String({
          pattern: `^(?:${cursorPattern}|${LATEST})$`,
          description: 'A cursor; left out: from the first change on; latest: from the next change on.',
        }),
      ),
      limit: pageLimit,
      wait: waitSeconds,
    },
    { additionalProperties: false },
  );
}

/** The response to following changes. What `Change#` refers to is for each API to say. */
export const FeedPage = Type.Object(
  {
    changes: Type.Array(Type.Ref('Change#')),
    cursor: Type.String({ description: 'Pass it as after of the next request.' }),
  },
  { description: 'The changes after the cursor.' },
);

/** When a change was observed, of one that was. */
export const observedAt = Type.Optional(
  moment(
    'Of an order that is followed at an upstream: when the change was observed. It was made there at some time before.',
  ),
);

/** The properties of a difference that a change has made. */
export const DIFFERENCE_PROPERTIES = {
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
};
