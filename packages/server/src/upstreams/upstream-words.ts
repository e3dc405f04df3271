/** Upstreams in words, for operators: on the command line and in the console. */

import { count, describeDuration } from '@cert-order-status/protocol';
import type { PollingPolicy, Upstream, UpstreamFigures, UpstreamProblem } from './upstream.ts';

const NUMBERS = new Intl.NumberFormat('en-GB');

/** What each problem means, and what to do. */
export const PROBLEM_WORDS: Readonly<
  Record<UpstreamProblem, { readonly what: string; readonly advice: string }>
> = {
  'login-refused': {
    what: 'it does not accept the login',
    advice: 'set the login name and the password again, as they are at the CA',
  },
  'call-limit': {
    what: 'it wants fewer requests',
    advice: 'allow fewer requests a minute, or a longer interval, as the terms of the CA say',
  },
  unreachable: {
    what: 'it cannot be reached',
    advice: 'check the base URL, its certificate and the network; requests go on by themselves',
  },
  'invalid-response': {
    what: 'it sends something else than a response of the API',
    advice: 'check the base URL, and whether a proxy responds in its place',
  },
  'api-error': {
    what: 'it does not accept the request',
    advice: 'ask the CA what the error means, and whether the account may use the API',
  },
  'no-password': {
    what: 'its password cannot be read',
    advice: 'set the password again, or bring back the key of the secrets',
  },
};

/** What is wrong with an upstream, and what to do; undefined while requests succeed. */
export function describeProblem({
  problem,
  notBefore,
}: Pick<Upstream, 'problem' | 'notBefore'>): string | undefined {
  if (problem === undefined) return undefined;
  const { what, advice } = PROBLEM_WORDS[problem.kind];
  const attempts = `${count(problem.failures, 'request')} in a row since ${problem.since}`;
  const next = notBefore === undefined ? '' : `; the next request is made at ${notBefore} at the earliest`;
  return `${what} (${attempts}): ${problem.message}${next}. What to do: ${advice}`;
}

/** The interval that is wanted, and, if the budget does not allow it, the one that is reached. */
export function describePace(
  { intervalSeconds, lastStepsIntervalSeconds, requestsPerMinute }: PollingPolicy,
  { waiting, open, neededRequestsPerMinute, reachedIntervalSeconds }: UpstreamFigures,
): string {
  const interval = describeSeconds(intervalSeconds);
  const lastSteps =
    lastStepsIntervalSeconds === undefined
      ? ''
      : ` (${describeSeconds(lastStepsIntervalSeconds)} in the last steps)`;
  const allowed = `${NUMBERS.format(requestsPerMinute)} ${requestsPerMinute === 1 ? 'is' : 'are'} allowed`;
  const asked = waiting + open;
  if (asked === 0) return `every ${interval}${lastSteps}; no order is open now, and ${allowed}`;
  const orders = `${NUMBERS.format(asked)} ${asked === 1 ? 'order' : 'orders'}`;
  const needed = `${orders} every ${interval}${lastSteps} would be ${perMinute(neededRequestsPerMinute)}; ${allowed}`;
  return `${needed}, so each is asked about every ${describeSeconds(reachedIntervalSeconds)}`;
}

/** When requests are made. */
export function describeQuietHours({ quietHours }: PollingPolicy): string {
  if (quietHours === undefined) return 'none';
  const { from, to, timeZone } = quietHours;
  return `${from} to ${to}, ${timeZone}`;
}

function perMinute(requests: number): string {
  if (requests < 1) return 'less than 1 request a minute';
  const rounded = Math.ceil(requests);
  return `${NUMBERS.format(rounded)} ${rounded === 1 ? 'request' : 'requests'} a minute`;
}

function describeSeconds(seconds: number): string {
  return describeDuration(seconds * 1000);
}
