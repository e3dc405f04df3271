/** What is chosen about an upstream, as options. */

import { parseDuration } from '@cert-order-status/client/cli';
import { type Command, InvalidArgumentError } from 'commander';
import { errorMessage, OperatorError, WrongUsage } from '../operator-error.ts';
import { readTextFile } from '../text-file.ts';
import type { QuietHours, UpstreamChoice } from '../upstreams/upstream.ts';
import type { NewUpstream, UpstreamChange } from '../upstreams/upstream-admin.ts';

/** The options of {@link addChoiceOptions}, and the two that `add` requires. */
export interface ChoiceOptions {
  readonly baseUrl?: string;
  readonly login?: string;
  readonly ca?: string | false;
  readonly account?: string | false;
  /** In seconds. */
  readonly interval?: number;
  readonly lastStepsInterval?: number | false;
  readonly requestsPerMinute?: number;
  readonly quietHours?: Hours | false;
  readonly timeZone?: string;
}

/** The same, each of which can be left out. */
export type ChangeOptions = ChoiceOptions;

type Hours = Pick<QuietHours, 'from' | 'to'>;

/** Adds the options that can be chosen. */
export function addChoiceOptions(command: Command): Command {
  return command
    .option('--ca <FILE>', 'certificates, in PEM, that are trusted for this upstream beside the usual ones')
    .option(
      '--account <LOGIN>',
      'the account here that all of its orders belong to; its customers may then name orders, too',
    )
    .option('--interval <TIME>', 'how often an order is asked for: 90m, 3h, 1d (3h unless given)', secondsOf)
    .option(
      '--last-steps-interval <TIME>',
      'the same for orders that wait for one last check, if the CA allows it',
      secondsOf,
    )
    .option('--requests-per-minute <N>', 'the most requests a minute in all (20 unless given)', wholeNumber)
    .option('--quiet-hours <FROM-TO>', 'hours without requests, such as 22:00-06:00', hoursOf)
    .option('--time-zone <ZONE>', 'whose clock the quiet hours go by, such as Europe/Berlin');
}

/** Adds what takes a setting away again. */
export function addRemovalOptions(command: Command): Command {
  return command
    .option('--no-ca', 'trust the usual certificates alone')
    .option('--no-account', 'let its orders belong to any account')
    .option('--no-last-steps-interval', 'ask for all orders at the same interval')
    .option('--no-quiet-hours', 'send requests at all hours');
}

/** What was chosen for a new upstream. */
export function choiceOf(
  options: ChoiceOptions & { readonly baseUrl: string; readonly login: string },
): NewUpstream {
  const change = changeOf(options);
  return {
    baseUrl: options.baseUrl,
    loginName: options.login,
    roots: change.roots ?? undefined,
    account: change.account ?? undefined,
    intervalSeconds: change.intervalSeconds,
    lastStepsIntervalSeconds: change.lastStepsIntervalSeconds ?? undefined,
    requestsPerMinute: change.requestsPerMinute,
    quietHours: change.quietHours ?? undefined,
  };
}

/** @param before as the upstream is, of which the other half of the quiet hours stays. */
export function changeOf(
  options: ChangeOptions,
  before?: Pick<UpstreamChoice, 'quietHours'>,
): UpstreamChange {
  const { ca, account, lastStepsInterval } = options;
  return {
    baseUrl: options.baseUrl,
    loginName: options.login,
    roots: ca === false ? null : ca && certificatesOf(ca),
    account: account === false ? null : account,
    intervalSeconds: options.interval,
    lastStepsIntervalSeconds: lastStepsInterval === false ? null : lastStepsInterval,
    requestsPerMinute: options.requestsPerMinute,
    quietHours: quietHoursOf(options, before?.quietHours),
  };
}

function quietHoursOf(
  { quietHours, timeZone: given }: ChoiceOptions,
  before: QuietHours | undefined,
): QuietHours | null | undefined {
  if (quietHours === false) return null;
  if (quietHours === undefined && given === undefined) return undefined;
  const timeZone = given ?? before?.timeZone;
  if (timeZone === undefined) {
    throw new WrongUsage(['--time-zone is missing: --quiet-hours need one, such as Europe/Berlin']);
  }
  const hours = quietHours ?? before;
  if (hours === undefined) throw new WrongUsage(['--quiet-hours are missing: --time-zone is for them']);
  return { from: hours.from, to: hours.to, timeZone };
}

function certificatesOf(file: string): string {
  try {
    return readTextFile(file);
  } catch (error) {
    throw new OperatorError(`cannot read the certificates of --ca: ${errorMessage(error)}`);
  }
}

function secondsOf(given: string): number {
  const milliseconds = parseDuration(given);
  if (milliseconds !== undefined) return milliseconds / 1000;
  throw new InvalidArgumentError('It must be a time such as 90m, 3h or 1d.');
}

/** The range is checked with the other settings. */
function wholeNumber(given: string): number {
  if (/^[0-9]{1,6}$/.test(given)) return Number(given);
  throw new InvalidArgumentError('It must be a whole number.');
}

function hoursOf(given: string): Hours {
  const [, from, to] = /^([0-9]{2}:[0-9]{2})-([0-9]{2}:[0-9]{2})$/.exec(given) ?? [];
  if (from !== undefined && to !== undefined) return { from, to };
  throw new InvalidArgumentError('It must be two times such as 22:00-06:00.');
}
