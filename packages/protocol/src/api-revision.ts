/** The revisions of the API that a service can speak. */

/** The revisions that a service can speak, the latest last. A revision is a text: as a number, 1.10 would be 1.1. */
export const API_REVISIONS = ['1.2', '1.10'] as const;

/**
 * A revision that a service can speak: `1.2` is the letter of the spec, `1.10` what the live service has documented
 * since.
 */
export type ServedRevision = (typeof API_REVISIONS)[number];

/** What a service speaks unless its operator chooses another one. */
export const LATEST_REVISION = '1.10' satisfies ServedRevision;

/** How a response is written: as a `form`, or as `json` (argument responseFormat, revision 1.08). */
export type ResponseFormat = 'form' | 'json';

/** The values of the argument responseFormat. */
export const RESPONSE_FORMAT_VALUES = { form: '1', json: '2' } as const satisfies Record<
  ResponseFormat,
  string
>;
