/**
 * Asks a GetDetailedOrderStatus service (API versions 1.2 to 1.10) whether a certificate is issued, and if not, what it
 * waits for: once, or until it is settled.
 *
 * @module
 */

export {
  type Actor,
  type CertificateExplanation,
  type CertificateMeaning,
  type CheckName,
  type CheckStatus,
  certificateMeaning,
  type Explanation,
  type ExtraParameters,
  explain,
  isSettled,
  isSuccess,
  KNOWN_CERTIFICATE_STATES,
  KNOWN_ORDER_STATES,
  type KnownState,
  type OpenWord,
  type OrderExplanation,
  type OrderMeaning,
  type OrderRecord,
  type Outcome,
  orderMeaning,
  outcomeOf,
  type QueryType,
  type ReceivedCertificate,
  type ReceivedOrder,
  type ReceivedOrderStatus,
  type ReceivedSuggestedOrgDetails,
  type ResponseFormat,
  type StateSource,
  type SuggestedOrganization,
  type Wait,
} from '@cert-order-status/protocol';
export { TRUST_PROVIDER_BASE_URL } from './base-url.ts';
export { changesBetween, type StatusChange } from './changes.ts';
export {
  CallLimitError,
  ErrorCodeError,
  InvalidArgumentError,
  MissingArgumentError,
  NotHttpsError,
  NotPostError,
  OrderStatusError,
  PermissionDeniedError,
  TransportError,
  type TransportFailure,
  UnknownServiceError,
  UnrecognisedArgumentError,
} from './errors.ts';
export { ChangeNotices, type ChangeNoticesOptions, type NoticesState } from './feed/change-notices.ts';
export { FeedError, FeedNotOfferedError, UnknownCursorError } from './feed/feed-errors.ts';
export type { ChangesOptions } from './feed/follow-feed.ts';
export type { FieldChange, OrderChange } from './feed/order-change.ts';
export { type CallOptions, OrderStatusClient, type OrderStatusClientOptions } from './order-status-client.ts';
export type { DecimalNumber, OrderStatusQuery } from './query.ts';
export type { RetryPolicy } from './retry.ts';
export { DEFAULT_INTERVAL_MS, type StatusUpdate, type WatchFailure, type WatchOptions } from './watch.ts';
export {
  type VerifyWebhookOptions,
  verifyWebhook,
  type WebhookFailure,
  type WebhookHeaders,
  WebhookVerificationError,
} from './webhooks/verify-webhook.ts';
export type {
  WebhookCertificate,
  WebhookChange,
  WebhookChangeEvent,
  WebhookChangeType,
  WebhookEvent,
  WebhookFieldChange,
  WebhookOrder,
  WebhookPing,
} from './webhooks/webhook-event.ts';
