/** What a webhook tells. */

/** The types of events that tell of a change of an order. */
export type WebhookChangeType =
  | 'order.created'
  | 'order.updated'
  | 'order.completed'
  | 'order.rejected'
  | 'order.cancelled'
  | 'certificate.issued'
  | 'certificate.rejected'
  | 'certificate.revoked'
  | 'certificate.expired'
  | 'certificate.replaced';

/** What an event of any type has. */
interface WebhookEventBase {
  /** The `webhook-id`: the same each time that the event comes. Keep it, to drop events that come again. */
  readonly id: string;
  /** When the change was made, or the test asked for: RFC 3339 in UTC. */
  readonly timestamp: string;
}

/** A change of an order, or of a certificate. */
export interface WebhookChangeEvent extends WebhookEventBase {
  readonly type: WebhookChangeType;
  readonly data: WebhookChange;
}

/** A test that someone asked for. */
export interface WebhookPing extends WebhookEventBase {
  readonly type: 'ping';
  readonly data: Readonly<Record<string, unknown>>;
}

/** An event of a webhook. Later versions of the service may have further types. */
export type WebhookEvent = WebhookChangeEvent | WebhookPing;

/** A change of an order. */
export interface WebhookChange {
  /** The order's version since the change. */
  readonly version: number;
  readonly orderNumber: string;
  /**
   * Of an order that the service follows at a certificate authority: when it was seen there as `order` has it, in RFC
   * 3339. It became so at some time before.
   */
  readonly observedAt?: string;
  /** Of `certificate.…`: the certificate's number within the order, from 1. */
  readonly certificate?: number;
  /** Of `certificate.…`, if the certificate has one. */
  readonly certificateID?: string;
  /** What was changed, as it was made; empty for a new order; left out when it is too large. */
  readonly changes?: readonly WebhookFieldChange[];
  readonly changesOmitted?: true;
  /** The order as it was when the event was sent, which may be later than the change. */
  readonly order: WebhookOrder;
}

/** A field that was changed. */
export interface WebhookFieldChange {
  /** The certificate's number within the order; left out for a field of the order. */
  readonly certificate?: number;
  readonly certificateID?: string;
  /** `certificates` for a certificate that was added. */
  readonly field: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** An order as a response in JSON has it (`responseFormat=2`), and the IDs of its certificates. */
export interface WebhookOrder {
  readonly orderNumber: string;
  readonly orderStatus: string;
  /** Left out when the order is too large; `certificatesOmitted` says so. */
  readonly certificates?: readonly WebhookCertificate[];
  readonly certificatesOmitted?: true;
  readonly [field: string]: unknown;
}

/** A certificate of an order. Checks are numbers, as on the wire. */
export interface WebhookCertificate {
  readonly certificateID?: string;
  readonly certificateStatus?: string;
  readonly FQDN?: string;
  readonly serialNumber?: string;
  readonly [field: string]: unknown;
}
