/** What the commands of upstreams work with. */

import type { Command } from 'commander';
import type { SettingKey } from '../config.ts';
import type { OutboundOptions } from '../outbound/outbound-client.ts';
import { readOutboundSettings } from '../outbound/outbound-settings.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { StoreMode } from '../store/store.ts';
import { askOnce } from '../upstreams/ask-once.ts';
import { UpstreamAdmin } from '../upstreams/upstream-admin.ts';
import { withStore } from './database-option.ts';
import { keyRingOf } from './secret-key-option.ts';
import { addSettings, settingsOf } from './setting-options.ts';

const STORE_KEYS = ['database', 'secretKeyFile'] as const satisfies readonly SettingKey[];
const OUTBOUND_KEYS = [
  'outboundCa',
  'outboundProxy',
  'outboundProxyCredentials',
  'outboundAllow',
] as const satisfies readonly SettingKey[];

/** Adds the options of the database and its secrets, and of requests to other hosts where the command sends some. */
export function addUpstreamOptions(command: Command, sends?: 'with requests'): Command {
  return addSettings(command, sends === undefined ? STORE_KEYS : [...STORE_KEYS, ...OUTBOUND_KEYS]);
}

/** Opens the order database that a command was given, does the work, and closes it, however the work ends. */
export function withUpstreamAdmin<Result>(
  command: Command,
  mode: StoreMode,
  work: (admin: UpstreamAdmin) => Promise<Result>,
): Promise<Result> {
  const keys = keyRingOf(command);
  return withStore(command, mode, (store) => {
    const secrets = new Secrets(store.secretRows, keys);
    return work(
      new UpstreamAdmin({
        store,
        secrets,
        ask: askOnce(secrets, store.upstreams, () => outboundOf(command)),
      }),
    );
  });
}

function outboundOf(command: Command): OutboundOptions {
  const { outboundCa, outboundProxy, outboundProxyCredentials, outboundAllow } = settingsOf(
    command,
    OUTBOUND_KEYS,
  );
  return readOutboundSettings({
    caFile: outboundCa,
    proxyUrl: outboundProxy,
    proxyCredentialsFile: outboundProxyCredentials,
    allowNetworks: outboundAllow,
  });
}
