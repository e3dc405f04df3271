/** What the use cases of webhook endpoints and of upstreams share, made of what this process was started with. */

import type { OnLimit } from '../limits.ts';
import { OutboundClient, type OutboundRequest } from '../outbound/outbound-client.ts';
import { type OutboundSettings, readOutboundSettings } from '../outbound/outbound-settings.ts';
import { KeyRing, type KeySource } from '../secrets/key-ring.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../store/store.ts';

/** Settings that webhook endpoints and upstreams need. They can be sent to another process: they hold no key. */
export interface AdminPartSettings {
  /** Where the keys of secrets are; without, no secret can be stored. */
  readonly secretKeys?: KeySource | undefined;
  /** How URLs are checked; without, only their form is. */
  readonly outbound?: OutboundSettings | undefined;
}

const NO_KEYS: KeySource = {
  kind: 'none',
  reason: 'the service was started without a place for keys of secrets',
};

/** The secrets of a store; without a place for keys none can be read or stored. */
export function secretsOf(keys: KeySource = NO_KEYS, { secretRows }: Pick<Store, 'secretRows'>): Secrets {
  return new Secrets(secretRows, new KeyRing(keys));
}

/** Most processes never check a URL, and a client has all the roots that are trusted: it is made when it is needed. */
export function urlCheck(
  outbound: OutboundSettings,
  onLimit: OnLimit,
): (url: string, how: Pick<OutboundRequest, 'isOperators'>) => Promise<string> {
  let client: OutboundClient | undefined;
  return (url, how) => {
    client ??= new OutboundClient({ ...readOutboundSettings(outbound), onLimit });
    return client.checkUrl(url, how);
  };
}
