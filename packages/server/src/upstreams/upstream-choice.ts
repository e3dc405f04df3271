/** What an operator chooses about an upstream: checked before it is stored. */

import {
  count,
  describeDuration,
  LOGIN_NAME_LIMIT,
  LOGIN_PASSWORD_LIMIT,
  textProblem,
} from '@cert-order-status/protocol';
import { unknownAccount } from '../accounts/account-admin.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { AdminError, type AdminField } from '../accounts/admin-error.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { parseOutboundUrl } from '../outbound/outbound-url.ts';
import { certificatesIn, unreadableCertificate } from '../outbound/pem-certificates.ts';
import {
  LEAST_INTERVAL_SECONDS,
  MOST_INTERVAL_SECONDS,
  MOST_REQUESTS_PER_MINUTE,
  type QuietHours,
  TIME_OF_DAY,
  TIME_ZONE_LIMIT,
  UPSTREAM_NAME,
  UPSTREAM_NAME_LIMIT,
  UPSTREAM_ROOTS_LIMIT_BYTES,
  type UpstreamChoice,
} from './upstream.ts';

/** @throws {AdminError} when no upstream can have this name. */
export function checkUpstreamName(name: string): void {
  if (name.length <= UPSTREAM_NAME_LIMIT && UPSTREAM_NAME.test(name)) return;
  const problem = `must be 1 to ${count(UPSTREAM_NAME_LIMIT, 'letter')}, digits or -._, and begin with a letter or digit`;
  throw invalid('name', 'the name of the upstream', problem);
}

/** @throws {AdminError} when no account of an upstream can have this password. */
export function checkUpstreamPassword(password: string): void {
  const problem = textProblem(password, LOGIN_PASSWORD_LIMIT);
  if (problem !== undefined) throw invalid('loginPassword', 'the password', problem);
}

/** What the check depends on. */
export interface ChoiceChecks {
  readonly accounts: Pick<Accounts, 'find'>;
  /** Checks more of a URL than its form; see `OutboundClient.checkUrl`. */
  readonly checkUrl?: ((url: string, how: { readonly isOperators: true }) => Promise<string>) | undefined;
}

/**
 * Checks a choice.
 *
 * @param before what was chosen before: an unchanged URL is not resolved again.
 * @returns it in its normal spelling.
 * @throws {AdminError} that names the field, and what it may be.
 */
export async function checkedChoice(
  choice: UpstreamChoice,
  { accounts, checkUrl }: ChoiceChecks,
  before?: UpstreamChoice,
): Promise<UpstreamChoice> {
  const { loginName, account, intervalSeconds, lastStepsIntervalSeconds, requestsPerMinute } = choice;
  const problem = textProblem(loginName, LOGIN_NAME_LIMIT);
  if (problem !== undefined) throw invalid('loginName', 'the login name', problem);
  checkInterval('intervalSeconds', 'the interval', intervalSeconds, MOST_INTERVAL_SECONDS);
  if (lastStepsIntervalSeconds !== undefined) {
    const what = 'the interval of the last steps';
    checkInterval('lastStepsIntervalSeconds', what, lastStepsIntervalSeconds, intervalSeconds);
  }
  if (!isWithin(requestsPerMinute, 1, MOST_REQUESTS_PER_MINUTE)) {
    const range = `must be a whole number, 1 to ${MOST_REQUESTS_PER_MINUTE}`;
    throw invalid('requestsPerMinute', 'the number of requests a minute', range);
  }
  const roots = choice.roots === undefined ? undefined : checkedRoots(choice.roots);
  const quietHours = choice.quietHours && checkedQuietHours(choice.quietHours);
  if (account !== undefined && account !== before?.account && (await accounts.find(account)) === undefined) {
    throw unknownAccount(account);
  }
  const baseUrl =
    choice.baseUrl === before?.baseUrl ? choice.baseUrl : await checkedBaseUrl(choice.baseUrl, checkUrl);
  return {
    baseUrl,
    loginName,
    roots,
    account,
    intervalSeconds,
    lastStepsIntervalSeconds,
    requestsPerMinute,
    quietHours,
  };
}

async function checkedBaseUrl(url: string, checkUrl: ChoiceChecks['checkUrl']): Promise<string> {
  try {
    const { href, path } = parseOutboundUrl(url);
    if (path.includes('?')) throw new AdminError('invalid', 'baseUrl', 'the URL must hold no query');
    return checkUrl === undefined ? href : await checkUrl(href, { isOperators: true });
  } catch (error) {
    if (error instanceof OutboundError) throw new AdminError('invalid', 'baseUrl', error.message);
    throw error;
  }
}

/** The certificates alone: the text may hold a private key, too, which is none of what is needed. */
function checkedRoots(pem: string): string {
  const wrong = (problem: string) => invalid('roots', "the upstream's certificates", problem);
  if (Buffer.byteLength(pem) > UPSTREAM_ROOTS_LIMIT_BYTES) {
    throw wrong(`must have at most ${UPSTREAM_ROOTS_LIMIT_BYTES / 1024} KiB`);
  }
  const certificates = certificatesIn(pem);
  if (certificates.length === 0) throw wrong('must be in PEM form: there is none in the text');
  const unreadable = unreadableCertificate(certificates);
  if (unreadable !== undefined) {
    throw wrong(`must be readable: number ${unreadable.number} is not (${unreadable.reason})`);
  }
  return `${certificates.join('\n')}\n`;
}

function checkedQuietHours({ from, to, timeZone }: QuietHours): QuietHours {
  for (const [name, time] of Object.entries({ from, to } as const)) {
    if (TIME_OF_DAY.test(time)) continue;
    const field = name === 'from' ? 'quietHours.from' : 'quietHours.to';
    throw invalid(field, `'${name}' of the quiet hours`, 'must be a time from 00:00 to 23:59');
  }
  if (from === to)
    throw invalid('quietHours.to', "'to' of the quiet hours", "must be another time than 'from'");
  if (timeZone.length > TIME_ZONE_LIMIT || !isTimeZone(timeZone)) {
    throw invalid('quietHours.timeZone', 'the time zone', 'must be one such as Europe/Berlin or UTC');
  }
  return { from, to, timeZone };
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

function checkInterval(
  field: 'intervalSeconds' | 'lastStepsIntervalSeconds',
  what: string,
  seconds: number,
  mostSeconds: number,
): void {
  if (isWithin(seconds, LEAST_INTERVAL_SECONDS, mostSeconds)) return;
  const range = [LEAST_INTERVAL_SECONDS, mostSeconds]
    .map((limit) => describeDuration(limit * 1000))
    .join(' to ');
  throw invalid(field, what, `must be ${range}, in whole seconds`);
}

function isWithin(value: number, least: number, most: number): boolean {
  return Number.isSafeInteger(value) && value >= least && value <= most;
}

function invalid(field: AdminField, what: string, problem: string): AdminError {
  return new AdminError('invalid', field, problem, `${what} ${problem}`);
}
