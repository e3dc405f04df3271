/** `changes`: follows the changes of all of an account's orders. */

import { count } from '@cert-order-status/protocol';
import { Command, Option } from 'commander';
import { OrderStatusError } from '../errors.ts';
import { LATEST } from '../feed/change-feed.ts';
import { FeedNotOfferedError, UnknownCursorError } from '../feed/feed-errors.ts';
import { type FieldChange, isCursor, type OrderChange } from '../feed/order-change.ts';
import type { WatchFailure } from '../watch.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { describeFailure } from './describe-failure.ts';
import { describeDuration, durationOf } from './duration.ts';
import { jsonLine, print, printable, printError } from './output.ts';
import { addService, addToken, feedClientOf } from './service-options.ts';

interface ChangesOptions {
  readonly after?: string;
  readonly fromStart?: true;
  /** In milliseconds, named as its flag is. */
  readonly timeout?: number;
  readonly json?: true;
}

/** Makes the command. */
export function changesCommand(): Command {
  const command = new Command('changes')
    .description("follow the changes of all of the account's orders, a line each (cert-order-status only)")
    .addOption(
      new Option('--after <CURSOR>', 'begin behind this change: the cursor of a line of --json')
        .argParser(cursorOf)
        .conflicts('fromStart'),
    )
    .option('--from-start', 'begin with the first change that the service still has, not with the next')
    .option('--timeout <TIME>', 'end after so long, such as 30s, 10m or 3h', durationOf)
    .option('--json', 'one line of JSON for each change, with its cursor')
    .addHelpText(
      'after',
      `
Failures that may pass are told and survived. Exits with 0 when the time is up, 1
when the service does not offer the change feed, refuses the credentials or does
not know the cursor, 2 on wrong usage.`,
    )
    .action(async (options: ChangesOptions, self: Command) => {
      const client = await feedClientOf(self.opts(), false);
      const { fromStart, after = fromStart ? undefined : LATEST, timeout, json } = options;
      const stop = new AbortController();
      const timer = timeout === undefined ? undefined : setTimeout(() => stop.abort(), timeout);
      try {
        for await (const change of client.changes({ after, signal: stop.signal, onFailure: tellFailure })) {
          print(json ? jsonLine(change) : describeChange(change));
        }
      } catch (error) {
        if (!stop.signal.aborted) throw commandFailure(error);
      } finally {
        clearTimeout(timer);
      }
    });
  return addService(addToken(command));
}

function cursorOf(given: string): string {
  if (isCursor(given)) return given;
  throw new CommandFailure('--after takes the cursor of a change', WRONG_USAGE);
}

function tellFailure({ error, nextInMs }: WatchFailure): void {
  printError(`${describeFailure(error)}; next request in ${describeDuration(nextInMs)}`);
}

function commandFailure(error: unknown): unknown {
  if (error instanceof RangeError) {
    return new CommandFailure(`${error.message}: --token-file FILE or CERT_ORDER_STATUS_TOKEN`, WRONG_USAGE);
  }
  if (!(error instanceof OrderStatusError)) return error;
  if (error instanceof FeedNotOfferedError) {
    return new CommandFailure(`${error.message}; 'watch' polls orders of any service`, FAILED);
  }
  const hint =
    error instanceof UnknownCursorError ? ': changes may have been missed; begin without --after' : '';
  return new CommandFailure(`${describeFailure(error)}${hint}`, FAILED);
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
