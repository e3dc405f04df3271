/** What the pages and the management API do with upstreams, with what this process was started with. */

import type { OnLimit } from '../limits.ts';
import { readOutboundSettings } from '../outbound/outbound-settings.ts';
import type { Store } from '../store/store.ts';
import { askOnce } from '../upstreams/ask-once.ts';
import { UpstreamAdmin } from '../upstreams/upstream-admin.ts';
import { type AdminPartSettings, secretsOf, urlCheck } from './admin-parts.ts';

/** @param store opened to write. */
export function upstreamAdminOf(
  { secretKeys, outbound }: AdminPartSettings,
  store: Store,
  onLimit: OnLimit,
): UpstreamAdmin {
  const secrets = secretsOf(secretKeys, store);
  return new UpstreamAdmin({
    store,
    secrets,
    ask: askOnce(secrets, store.upstreams, () => ({ ...readOutboundSettings(outbound ?? {}), onLimit })),
    checkUrl: outbound && urlCheck(outbound, onLimit),
    onLimit,
  });
}
