/**
 * The content of a response (spec, section 2.2), under the wire's own names. Everything is optional, as in the
 * spec, because other servers leave things out; a text that is there is never empty.
 */

import type { AnswerOf } from './field.ts';
import type { CERTIFICATE_SHAPE, ORDER_SHAPE, SuggestedOrganization } from './fields.ts';
import type { CertificateStatusWord, OpenWord, OrderStatusWord, SuggestedOrgStatusWord } from './states.ts';

/** A successful response. */
export interface DetailedOrderStatus {
  /** The order asked about; for queryType 2 followed by those that replace it. */
  readonly orders: readonly OrderStatus[];
}

/** One order of a response (`X_…`). */
export interface OrderStatus extends AnswerOf<typeof ORDER_SHAPE> {
  /** Decimal digits. */
  readonly orderNumber?: string;
  /** The wire's text. This service: `YYYY-MM-DD HH:MM` in UTC. */
  readonly orderDateTime?: string;
  readonly orderStatus?: OpenWord<OrderStatusWord>;
  /** Why the order was rejected. */
  readonly orderStatusReason?: string;
  /** Only when automatic organisation validation was asked for. */
  readonly suggestedOrgDetails?: SuggestedOrgDetails;
  readonly certificates: readonly CertificateStatus[];
}

/** How automatic organisation validation went. */
export interface SuggestedOrgDetails {
  readonly status: OpenWord<SuggestedOrgStatusWord>;
  /** The matches, best first. */
  readonly organizations?: readonly SuggestedOrganization[];
}

/** One certificate of an order (`X_Y_…`). The checks come with queryType 1 and 2. */
export interface CertificateStatus extends AnswerOf<typeof CERTIFICATE_SHAPE> {
  /** Hex digits; only once there is one. */
  readonly serialNumber?: string;
  /** Valid from then on; to the second, and only when showValidityPeriod asks for it. */
  readonly notBefore?: Date;
  /** Valid until then; to the second, and only when showValidityPeriod asks for it. */
  readonly notAfter?: Date;
  readonly objectType?: string;
  readonly FQDN?: string;
  readonly certificateStatus?: OpenWord<CertificateStatusWord>;
  /** Why the certificate was rejected or revoked. */
  readonly certificateStatusReason?: string;
}
