/** What commands that follow the change feed share: where to begin, when to end, and what is told of failures. */

import { describeDuration } from '@cert-order-status/protocol';
import { type Command, Option } from 'commander';
import { OrderStatusError } from '../errors.ts';
import { LATEST } from '../feed/change-feed.ts';
import { FeedNotOfferedError, UnknownCursorError } from '../feed/feed-errors.ts';
import { isCursor, type OrderChange } from '../feed/order-change.ts';
import type { OrderStatusClient } from '../order-status-client.ts';
import type { WatchFailure } from '../watch.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { describeFailure } from './describe-failure.ts';
import { durationOf } from './duration.ts';
import { printError } from './output.ts';

/** What {@link addFollowing}'s options come to. */
export interface FollowOptions {
  readonly after?: string;
  readonly fromStart?: true;
  /** In milliseconds, named as its flag is. */
  readonly timeout?: number;
}

/** Gives a command the options that say which changes it follows. */
export function addFollowing(command: Command): Command {
  return command
    .addOption(
      new Option('--after <CURSOR>', "begin behind this change: the cursor of a line of 'changes --json'")
        .argParser(cursorOf)
        .conflicts('fromStart'),
    )
    .option('--from-start', 'begin with the first change that the service still has, not with the next')
    .option('--timeout <TIME>', 'end after so long, such as 30s, 10m or 3h', durationOf);
}

/** How {@link followChanges} ends, for the help text. */
export const FOLLOWING_HELP = `
Failures that may pass are told and survived. Exits with 0 when the time is up, 1
when the service does not offer the change feed, refuses the credentials or does
not know the cursor, 2 on wrong usage.`;

/**
 * Acts on each change, one after the other, until the time is up; then the signal is aborted.
 *
 * @throws CommandFailure when the feed cannot be followed.
 */
export async function followChanges(
  client: OrderStatusClient,
  { fromStart, after = fromStart ? undefined : LATEST, timeout }: FollowOptions,
  act: (change: OrderChange, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const stop = new AbortController();
  const { signal } = stop;
  const timer = timeout === undefined ? undefined : setTimeout(() => stop.abort(), timeout);
  try {
    for await (const change of client.changes({ after, signal, onFailure: tellFailure })) {
      await act(change, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw commandFailure(error);
  } finally {
    clearTimeout(timer);
  }
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
