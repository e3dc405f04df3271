/**
 * The GetDetailedOrderStatus API, version 1.2, as pure functions and types: no input or output, no
 * dependencies. Requests are read, responses written and read, and the records behind them validated.
 *
 * @module
 */

export * from './api-error.ts';
export * from './api-revision.ts';
export * from './decode.ts';
export { looksLikeJson } from './decode-json.ts';
export * from './detailed-order-status.ts';
export * from './encode.ts';
export * from './encode-json.ts';
export * from './encode-request.ts';
export { endpointUnder } from './endpoint.ts';
export * from './explain.ts';
export * from './field.ts';
export * from './fields.ts';
export { encodeFormText, type FormPair, parseForm, parseFormText, withoutBodyFraming } from './form.ts';
export * from './json.ts';
export * from './numbers.ts';
export {
  RECORD_PROBLEMS_LIMIT,
  type RecordProblem,
  type RecordTerms,
  shownName,
  textProblem,
} from './object-reader.ts';
export * from './order-date-time.ts';
export * from './order-record.ts';
export * from './settled.ts';
export { stateOf, wordOf } from './state-field.ts';
export * from './states.ts';
export * from './status-request.ts';
export { asciiLowerCase, codePointLength, count, describeDuration, withoutByteOrderMark } from './text.ts';
export * from './webhook-body.ts';
export * from './webhook-events.ts';
export type { Writable } from './writable.ts';
