/** What the pages and the management API do with webhook endpoints, with what this process was started with. */

import type { OnLimit } from '../limits.ts';
import type { Store } from '../store/store.ts';
import { WebhookAdmin } from '../webhooks/webhook-admin.ts';
import { type AdminPartSettings, secretsOf, urlCheck } from './admin-parts.ts';

/** @param store opened to write. */
export function webhookAdminOf(
  { secretKeys, outbound }: AdminPartSettings,
  store: Store,
  onLimit: OnLimit,
): WebhookAdmin {
  return new WebhookAdmin({
    store,
    secrets: secretsOf(secretKeys, store),
    checkUrl: outbound && urlCheck(outbound, onLimit),
    onLimit,
  });
}
