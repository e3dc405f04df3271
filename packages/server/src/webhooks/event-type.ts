/** What webhooks tell of. */

import { CHANGE_EVENT_TYPES } from '@cert-order-status/protocol';

/** Every type of event. A ping tells of no change, and every endpoint gets those that are asked for. */
export const WEBHOOK_EVENT_TYPES = [...CHANGE_EVENT_TYPES, 'ping'] as const;
export type WebhookEventType = (typeof WEBHOOK_EVENT_TYPES)[number];
