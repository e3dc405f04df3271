/** What webhooks tell of. */

/** Every type of event. */
export const WEBHOOK_EVENT_TYPES = [
  'order.created',
  'order.updated',
  'order.completed',
  'order.rejected',
  'order.cancelled',
  'certificate.issued',
  'certificate.rejected',
  'certificate.revoked',
  'certificate.expired',
  'certificate.replaced',
  'ping',
] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];

/** An event that tells of a change. A ping tells of none, and every endpoint gets those that are asked for. */
export type ChangeEventType = Exclude<WebhookEventType, 'ping'>;

/** The types that an endpoint can choose among. */
export const CHANGE_EVENT_TYPES: readonly ChangeEventType[] = WEBHOOK_EVENT_TYPES.filter(
  (type) => type !== 'ping',
);
