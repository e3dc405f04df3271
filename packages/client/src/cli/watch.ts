/** `watch`: follows orders until they are settled. */

import { isSettled, type ReceivedOrderStatus } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { OrderStatusError, TransportError } from '../errors.ts';
import type { ChangeNotices, NoticesState } from '../feed/change-notices.ts';
import { FeedNotOfferedError } from '../feed/feed-errors.ts';
import type { OrderStatusClient } from '../order-status-client.ts';
import type { OrderStatusQuery } from '../query.ts';
import { DEFAULT_INTERVAL_MS, type StatusUpdate } from '../watch.ts';
import { CommandFailure, FAILED, WRONG_USAGE } from './command-failure.ts';
import { describeFailure, isAboutTheOrder } from './describe-failure.ts';
import { durationOf } from './duration.ts';
import { certificateIDOf, orderNumberOf } from './numbers.ts';
import { addService, addToken, feedClientOf } from './service-options.ts';
import { WatchDisplay } from './watch-display.ts';

/** Every order is settled, and one of them without a certificate to use. */
const NOT_ISSUED = 3;
/** Not every order was settled in time. */
const TIMED_OUT = 4;

interface WatchOptions {
  readonly certificate?: readonly string[];
  /** In milliseconds, named as its flag is. */
  readonly interval: number;
  /** Likewise. */
  readonly timeout?: number;
  readonly json?: true;
}

/** How the watch of one order ended. */
type Outcome = 'success' | 'not-issued' | 'timed-out' | 'failed';

/** Makes the command. */
export function watchCommand(): Command {
  const command = new Command('watch')
    .description('follow orders until each is settled, and tell every change')
    .argument('[NUMBER...]', 'order numbers', (given: string, before: readonly string[] | undefined) => [
      ...(before ?? []),
      orderNumberOf(given),
    ])
    .option(
      '--certificate <ID>',
      'also this certificate; repeatable',
      (given: string, before: readonly string[] | undefined) => [...(before ?? []), certificateIDOf(given)],
    )
    .option(
      '--interval <TIME>',
      'the interval between requests where the service has no change feed, such as 30s, 10m or 3h; the live service allows one every 3h',
      durationOf,
      DEFAULT_INTERVAL_MS,
    )
    .option('--timeout <TIME>', 'give up after so long', durationOf)
    .option('--json', 'one line of JSON for each change')
    .addHelpText(
      'after',
      `
Where the service offers its change feed, one connection tells of the changes of
all orders within a second, and each order is asked for at the start and after a
change. Elsewhere, and while the feed fails, each is asked for in each interval.

Exits with 0 when every order has an issued certificate, ${NOT_ISSUED} when all are settled
and one has not, ${TIMED_OUT} when the time was up before, 1 when it could not ask, 2 on wrong
usage.`,
    )
    .action(async (numbers: readonly string[] | undefined, options: WatchOptions, self: Command) => {
      const queries = queriesOf(numbers ?? [], options.certificate ?? []);
      const client = await feedClientOf(self.opts(), true);
      const outcomes = await follow(client, queries, options);
      process.exitCode = exitCodeFor(outcomes);
    });
  // Shown as people write it.
  for (const option of command.options)
    if (option.long === '--interval') option.defaultValueDescription = '3h';
  return addService(addToken(command));
}

/** What is asked about, by the name that it is shown under. */
type Queries = ReadonlyMap<string, OrderStatusQuery>;

function queriesOf(numbers: readonly string[], certificates: readonly string[]): Queries {
  const queries = new Map<string, OrderStatusQuery>([
    ...numbers.map((orderNumber) => [`order ${orderNumber}`, { orderNumber }] as const),
    ...certificates.map((certificateID) => [`certificate ${certificateID}`, { certificateID }] as const),
  ]);
  if (queries.size > 0) return queries;
  throw new CommandFailure('which orders? Give their NUMBERs, or --certificate ID', WRONG_USAGE);
}

function exitCodeFor(outcomes: readonly Outcome[]): number {
  if (outcomes.includes('failed')) return FAILED;
  if (outcomes.includes('timed-out')) return TIMED_OUT;
  return outcomes.includes('not-issued') ? NOT_ISSUED : 0;
}

/** Watches all orders. The first request about each waits for the previous one, so that a wrong password fails once. */
async function follow(
  client: OrderStatusClient,
  queries: Queries,
  options: WatchOptions,
): Promise<Outcome[]> {
  const { timeout: timeoutMs, interval: intervalMs, json } = options;
  const stop = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => stop.abort('timed-out'), timeoutMs);
  const display = new WatchDisplay([...queries.keys()], intervalMs, json === true);
  const notices = client.changeNotices({ onState: (state) => tellState(state, display) });
  try {
    const ends: Promise<Outcome>[] = [];
    for (const [name, query] of queries) {
      const { promise: asked, resolve: wasAsked } = Promise.withResolvers<void>();
      ends.push(
        followOne(client, name, query, { intervalMs, notices, display, stop, wasAsked }).finally(wasAsked),
      );
      await asked;
    }
    return await Promise.all(ends);
  } finally {
    clearTimeout(timer);
    notices.close();
    display.end();
  }
}

/**
 * A service that does not offer the feed is watched as it always was, without a word; one that cannot be reached is
 * told of with the order.
 */
function tellState({ isFollowing, error }: NoticesState, display: WatchDisplay): void {
  const isExpected = error instanceof FeedNotOfferedError || error instanceof TransportError;
  if (isFollowing) display.follows();
  else if (error !== undefined && (display.isFollowing || !isExpected)) display.polls(describeReason(error));
}

function describeReason(error: Error): string {
  return error instanceof OrderStatusError ? describeFailure(error) : error.message;
}

interface Watch {
  readonly intervalMs: number;
  readonly notices: ChangeNotices;
  readonly display: WatchDisplay;
  readonly stop: AbortController;
  /** Called when the first request has succeeded or failed. */
  readonly wasAsked: () => void;
}

async function followOne(
  client: OrderStatusClient,
  name: string,
  query: OrderStatusQuery,
  { intervalMs, notices, display, stop, wasAsked }: Watch,
): Promise<Outcome> {
  let last: StatusUpdate | undefined;
  const until = (status: ReceivedOrderStatus) => {
    display.heard(name);
    return isSettled(status);
  };
  const onFailure = ({ error, nextInMs }: { error: OrderStatusError; nextInMs: number }) => {
    display.missed(name, describeFailure(error), nextInMs);
    wasAsked();
  };
  try {
    const options = { intervalMs, notices, until, onFailure, signal: stop.signal };
    for await (const update of client.watch(query, options)) {
      last = update;
      display.update(name, update);
      wasAsked();
    }
  } catch (error) {
    if (stop.signal.aborted) {
      const outcome = stop.signal.reason === 'timed-out' ? 'timed-out' : 'failed';
      if (outcome === 'timed-out') display.gaveUp(name);
      return outcome;
    }
    if (!(error instanceof OrderStatusError)) {
      stop.abort('failed');
      throw error;
    }
    display.failed(name, describeFailure(error));
    // What is wrong with the service or the login is wrong for every order.
    if (!isAboutTheOrder(error)) stop.abort('failed');
    return 'failed';
  }
  return last?.success ? 'success' : 'not-issued';
}
