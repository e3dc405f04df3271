/** Certificates whose validity is over: which they are, and the change that makes them expired. */

import {
  type CertificateRecord,
  certificateMeaning,
  certificateWord,
  parseDateTime,
} from '@cert-order-status/protocol';
import type { ChangeRequest } from './change-request.ts';

/** The certificates that are issued or replaced, by the end of their validity. */
export interface ExpiringCertificates {
  /**
   * Those whose validity is over by the database's clock, the longest first. Those of followed orders are left out:
   * their upstream says what becomes of them.
   *
   * @param after where an earlier list ended.
   */
  expired(limit: number, after?: ExpiredCertificate): Promise<ExpiredCertificates>;
}

/** A certificate whose validity is over. */
export interface ExpiredCertificate {
  readonly orderNumber: string;
  /** Its place in its order, from 0. */
  readonly position: number;
  /** The last second of its validity, since 1970. */
  readonly notAfterSeconds: number;
}

interface ExpiredCertificates {
  readonly certificates: readonly ExpiredCertificate[];
  /** The time by the database's clock when they were looked for, in whole seconds since 1970. */
  readonly nowSeconds: number;
}

/**
 * Makes every certificate of an order expired that is issued or replaced and whose validity ended before the moment;
 * nothing else of the order changes.
 *
 * @param nowSeconds since 1970, by the database's clock.
 */
export function expireCertificates(orderNumber: string, nowSeconds: number): ChangeRequest {
  return {
    orderNumber,
    apply(current) {
      if (current === undefined) {
        return { refusal: { kind: 'not found', message: `there is no order ${orderNumber}` } };
      }
      const { record } = current;
      const certificates = record.certificates.map((certificate) =>
        isOver(certificate, nowSeconds)
          ? { ...certificate, certificateStatus: certificateWord('expired') }
          : certificate,
      );
      return { record: { ...record, certificates } };
    },
  };
}

function isOver({ certificateStatus, notAfter }: CertificateRecord, nowSeconds: number): boolean {
  const meaning = certificateMeaning(certificateStatus);
  if (notAfter === undefined || (meaning !== 'issued' && meaning !== 'replaced')) return false;
  // The last second belongs to the validity.
  return (parseDateTime(notAfter) ?? nowSeconds) < nowSeconds;
}
