/** Runs the conformance kit against a server. */

import { count } from '@cert-order-status/protocol';
import { pause } from '../pause.ts';
import { argumentProbes } from './argument-probes.ts';
import { type Exchange, exchange, headerOf } from './exchange.ts';
import { type ClauseResult, Findings } from './findings.ts';
import { loginProbes } from './login-probes.ts';
import { named, type Probe, type Reply, replyOf, type Subject } from './probe.ts';
import { baselineProbe, responseProbes } from './response-probes.ts';
import { revisionProbes } from './revision-probes.ts';
import { transportProbes } from './transport-probes.ts';

/** "Call limit reached": some servers give it to clients that ask too often. */
const CALL_LIMIT_REACHED = -42;
const PERMISSION_DENIED = -16;
const OK = 200;

/** Why the kit cannot test a server. */
export class NotTestable extends Error {
  override readonly name = 'NotTestable';
}

/** How the run goes. */
export interface RunOptions {
  /** Infinity: without pauses. */
  readonly requestsPerSecond: number;
  readonly signal: AbortSignal;
  /** Called before each request. */
  readonly onRequest?: ((sent: number, total: number, probe: Probe) => void) | undefined;
}

/** What a run found. */
export interface Report {
  readonly results: readonly ClauseResult[];
  readonly requestsSent: number;
  readonly startedAt: string;
  readonly durationMs: number;
}

/** Every request that a run sends, in order. */
export function planOf(subject: Subject): Probe[] {
  return [
    baselineProbe(subject),
    ...transportProbes(subject),
    ...argumentProbes(subject),
    ...responseProbes(subject),
    ...revisionProbes(subject),
    ...loginProbes(subject),
  ];
}

/**
 * Sends every request of the plan, one after the other, and judges the responses. When the server says that the call
 * limit is reached, no further request is sent.
 *
 * @throws NotTestable when the server cannot be reached, or refuses the credentials.
 */
export async function runConformance(
  subject: Subject,
  { requestsPerSecond, signal, onRequest }: RunOptions,
): Promise<Report> {
  const findings = new Findings();
  const replies = new Map<string, Reply>();
  const plan = planOf(subject);
  const startedAt = new Date();
  let sent = 0;
  let unasked = 'no response showed it';
  for (const probe of plan) {
    if (sent > 0 && Number.isFinite(requestsPerSecond)) await pause(1000 / requestsPerSecond, signal);
    signal.throwIfAborted();
    onRequest?.(sent, plan.length, probe);
    const result = await exchange(subject.target, probe.request, signal);
    sent++;
    if (probe.id === 'baseline') refuseUntestable(result, subject);
    if (result.response === undefined) {
      judgeSilence(probe, result, findings);
      continue;
    }
    const reply = replyOf(result, result.response);
    replies.set(probe.id, reply);
    if (reply.errorCode === CALL_LIMIT_REACHED) {
      unasked = `the server limits calls (errorCode ${CALL_LIMIT_REACHED} after ${count(sent, 'request')}): try again later`;
      break;
    }
    judgeAny(probe, reply, findings);
    probe.judge(reply, findings, replies);
  }
  return {
    results: findings.results(unasked),
    requestsSent: sent,
    startedAt: startedAt.toISOString(),
    durationMs: Date.now() - startedAt.getTime(),
  };
}

function refuseUntestable({ response, failure, request }: Exchange, { target }: Subject): void {
  if (response === undefined) throw new NotTestable(`${target.endpoint.host} cannot be reached: ${failure}`);
  const { errorCode } = replyOf({ request, response }, response);
  if (errorCode === PERMISSION_DENIED) {
    throw new NotTestable(
      `${target.endpoint.host} refuses the login (${named(errorCode)}): nothing more is sent, so that it does not lock the account`,
    );
  }
}

function judgeSilence(probe: Probe, result: Exchange, findings: Findings): void {
  if (probe.unanswered !== undefined) probe.unanswered(result, findings);
  else findings.add('R1 success', 'fail', `${probe.request.title}: no response: ${result.failure}`, result);
}

/** What holds of every response of the API. */
function judgeAny({ isForm = true, request }: Probe, reply: Reply, findings: Findings): void {
  const { exchange: exchanged, response, form, errorCode, errorMessage } = reply;
  if (!isForm || (request.scheme === 'http' && errorCode === undefined)) return;
  const { title } = request;
  const type = headerOf(response, 'content-type');
  const isExact = type?.toLowerCase() === 'application/x-www-form-urlencoded';
  const isTolerable = type === undefined || /^application\/x-www-form-urlencoded\s*;/i.test(type);
  findings.expect(
    'T4 mime-type',
    isExact,
    isTolerable ? 'differs' : 'fail',
    `${title}: the Content-Type is ${type ?? 'absent'}`,
    exchanged,
  );
  findings.expect(
    'T5 http-status',
    response.status === OK,
    'differs',
    `${title}: HTTP status ${response.status}`,
    exchanged,
  );
  const caching = headerOf(response, 'cache-control') ?? 'absent';
  findings.expect(
    'T10 caching',
    /no-store/i.test(caching),
    'differs',
    `Cache-Control is ${caching}`,
    exchanged,
  );
  findings.expect('E1 form', form.problems.length === 0, 'fail', `${title}: ${form.problems[0]}`, exchanged);
  findings.expect(
    'E2 serialisation',
    form.isCanonical,
    'differs',
    `${title}: another serialisation`,
    exchanged,
  );
  findings.expect(
    'E3 nothing-around',
    form.around === undefined,
    'differs',
    `${title}: ${form.around} around the form`,
    exchanged,
  );
  if (errorCode === undefined) findings.add('R1 success', 'fail', `${title}: no errorCode`, exchanged);
  else if (errorCode !== 0) {
    const others = form.parameters.filter(({ name }) => name !== 'errorCode' && name !== 'errorMessage');
    const [other] = others;
    findings.expect(
      'R2 errors',
      errorMessage !== undefined,
      'fail',
      `${title}: ${named(errorCode)} without an errorMessage`,
      exchanged,
    );
    const isDetail = others.every(({ name }) => name === 'errorItem' || name === 'errorDetail');
    findings.expect(
      'R2 errors',
      other === undefined,
      isDetail ? 'differs' : 'fail',
      `${title}: ${other?.name} beside ${named(errorCode)}`,
      exchanged,
    );
  }
}
