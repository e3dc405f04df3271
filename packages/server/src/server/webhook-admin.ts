/** What the pages and the management API do with webhook endpoints, with what this process was started with. */

import type { OnLimit } from '../limits.ts';
import { OutboundClient } from '../outbound/outbound-client.ts';
import { type OutboundSettings, readOutboundSettings } from '../outbound/outbound-settings.ts';
import { KeyRing, type KeySource } from '../secrets/key-ring.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../store/store.ts';
import { WebhookAdmin, type WebhookParts } from '../webhooks/webhook-admin.ts';

/** Settings that webhook endpoints and upstreams need. They can be sent to another process: they hold no key. */
export interface WebhookSettings {
  /** Where the keys of secrets are; without, no secret can be stored. */
  readonly secretKeys?: KeySource | undefined;
  /** How URLs are checked; without, only their form is. */
  readonly outbound?: OutboundSettings | undefined;
}

const NO_KEYS: KeySource = {
  kind: 'none',
  reason: 'the service was started without a place for keys of secrets',
};

/** @param store opened to write. */
export function webhookAdminOf(
  { secretKeys, outbound }: WebhookSettings,
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

/** The secrets of a store; without a place for keys none can be read or stored. */
export function secretsOf(keys: KeySource = NO_KEYS, { secretRows }: Pick<Store, 'secretRows'>): Secrets {
  return new Secrets(secretRows, new KeyRing(keys));
}

/** Most processes never check a URL, and a client has all the roots that are trusted: it is made when it is needed. */
export function urlCheck(
  outbound: OutboundSettings,
  onLimit: OnLimit,
): NonNullable<WebhookParts['checkUrl']> {
  let client: OutboundClient | undefined;
  return (url, how) => {
    client ??= new OutboundClient({ ...readOutboundSettings(outbound), onLimit });
    return client.checkUrl(url, how);
  };
}
