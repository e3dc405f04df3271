/** Reads what an order that is stored is to become: as much is asked of it as the stored order has itself. */

import {
  CHECKS,
  certificateMeaning,
  type OrderRecord,
  type OrderRecordResult,
  orderMeaning,
  type RecordTerms,
  readOrderRecord,
} from '@cert-order-status/protocol';

/**
 * What was fed obeys every requirement. An order that came as it was, or was observed, may still hold the words of no
 * known meaning that it has, and lack what it lacks; it gets no other such words.
 */
export function readRevision(before: OrderRecord, revised: unknown): OrderRecordResult {
  const terms = termsOf(before);
  const read = readOrderRecord(revised, terms);
  if (terms === 'fed' || !read.ok) return read;
  const known = new Set(unknownWords(before));
  const isNew = unknownWords(read.record).some((word) => !known.has(word));
  return isNew ? readOrderRecord(revised) : read;
}

function termsOf(record: OrderRecord): RecordTerms {
  const { orderDateTime, certificates } = record;
  const isObserved =
    orderDateTime === undefined ||
    certificates.some(
      (certificate) =>
        certificate.objectType === undefined ||
        certificate.certificateStatus === undefined ||
        CHECKS.some((check) => certificate[check] === undefined),
    );
  if (isObserved) return 'observed';
  return unknownWords(record).length > 0 ? 'as-is' : 'fed';
}

/** The words for states whose meaning is not known. */
function unknownWords({ orderStatus, certificates }: OrderRecord): string[] {
  const words = certificates.flatMap(({ certificateStatus }) =>
    certificateStatus !== undefined && certificateMeaning(certificateStatus) === 'unknown'
      ? [certificateStatus]
      : [],
  );
  return orderMeaning(orderStatus) === 'unknown' ? [orderStatus, ...words] : words;
}
