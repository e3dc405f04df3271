/** `changes`: follows the changes of all of an account's orders. */

import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import type { FieldChange, OrderChange } from '../feed/order-change.ts';
import { addFollowing, FOLLOWING_HELP, type FollowOptions, followChanges } from './follow-changes.ts';
import { jsonLine, print, printable } from './output.ts';
import { addService, addToken, feedClientOf } from './service-options.ts';

interface ChangesOptions extends FollowOptions {
  readonly json?: true;
}

/** Makes the command. */
export function changesCommand(): Command {
  const command = new Command('changes').description(
    "follow the changes of all of the account's orders, a line each (cert-order-status only)",
  );
  addFollowing(command)
    .option('--json', 'one line of JSON for each change, with its cursor')
    .addHelpText('after', FOLLOWING_HELP)
    .action(async ({ json, ...following }: ChangesOptions, self: Command) => {
      const client = await feedClientOf(self.opts(), false);
      await followChanges(client, following, async (change) =>
        print(json ? jsonLine(change) : describeChange(change)),
      );
    });
  return addService(addToken(command));
}

/** One line, whatever the service sends. */
function describeChange(change: OrderChange): string {
  const what =
    change.kind === 'created'
      ? `created: ${change.order.orderStatus}, ${count(change.order.certificates.length, 'certificate')}`
      : change.differences.map(describeField).join(', ');
  return printable(`${change.at} order ${change.orderNumber} version ${change.version} ${what}`);
}

function describeField({ certificate, field, after }: FieldChange): string {
  const value = typeof after === 'string' ? after : JSON.stringify(after);
  return `${certificate === undefined ? '' : `certificate ${certificate} `}${field}: ${value ?? '(none)'}`;
}
