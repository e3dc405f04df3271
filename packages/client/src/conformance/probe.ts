/** What a probe is, and the requests that probes are made of. */

import {
  type Argument,
  type Exchange,
  formBody,
  type ProbeRequest,
  type ProbeResponse,
  type Target,
} from './exchange.ts';
import type { Findings } from './findings.ts';
import { type FormReading, parameterOf, readForm } from './form-reading.ts';

/** The revision of the API that a server is tested against. */
export type Profile = '1.2' | '1.10';

/** A response of the API. */
export interface Reply {
  readonly exchange: Exchange;
  readonly response: ProbeResponse;
  readonly form: FormReading;
  /** Undefined when there is none, or it is not an integer. */
  readonly errorCode: number | undefined;
  readonly errorMessage: string | undefined;
}

/** Replies so far, by the ID of their probe. */
export type Replies = ReadonlyMap<string, Reply>;

/** One request, and what its response says about clauses. */
export interface Probe {
  /** Later probes compare with it by this ID. */
  readonly id: string;
  readonly request: ProbeRequest;
  /** Whether the body of the response is a form; otherwise the general clauses about forms do not apply. */
  readonly isForm?: boolean | undefined;
  /** Called with the reply, if there was a response. */
  judge(reply: Reply, findings: Findings, replies: Replies): void;
  /** Called when there was no response. Without it, a missing response fails clause R1. */
  unanswered?(exchange: Exchange, findings: Findings): void;
}

/** What probes are made for. */
export interface Subject {
  readonly target: Target;
  readonly profile: Profile;
  /** Orders of the account, at least one. */
  readonly orderNumbers: readonly [string, ...string[]];
  /** A certificate of the first order, if one is known. */
  readonly certificateID: string | undefined;
  /** Whether a wrong password may be tried with the real login name. */
  readonly probesLogin: boolean;
}

const FORM = 'application/x-www-form-urlencoded';

/** A POST of arguments. */
export function post(
  { target }: Subject,
  title: string,
  args: readonly Argument[],
  more: Partial<Pick<ProbeRequest, 'headers' | 'path' | 'scheme' | 'body' | 'maskedBody'>> = {},
): ProbeRequest {
  return {
    title,
    scheme: 'https',
    method: 'POST',
    path: target.endpoint.pathname,
    headers: { 'Content-Type': FORM },
    ...formBody(args),
    ...more,
  };
}

/** The arguments of a request for an order, with the account's credentials. */
export function argumentsFor({ target }: Subject, orderNumber: string, queryType = '0'): Argument[] {
  return [
    ['loginName', target.loginName],
    ['loginPassword', target.loginPassword],
    ['orderNumber', orderNumber],
    ['queryType', queryType],
  ];
}

/** The same arguments without one of them. */
export function without(args: readonly Argument[], name: string): Argument[] {
  return args.filter(([each]) => each !== name);
}

/** The same arguments with another value for one of them. */
export function replacing(args: readonly Argument[], name: string, value: string): Argument[] {
  return args.map(([each, old]) => [each, each === name ? value : old]);
}

/** Reads a response. */
export function replyOf(exchange: Exchange, response: ProbeResponse): Reply {
  const form = readForm(response.body);
  const code = parameterOf(form, 'errorCode');
  return {
    exchange,
    response,
    form,
    errorCode: code !== undefined && /^-?\d{1,9}$/.test(code) ? Number(code) : undefined,
    errorMessage: parameterOf(form, 'errorMessage'),
  };
}

/** An errorCode for people. */
export function named(errorCode: number | undefined): string {
  return errorCode === undefined ? 'no errorCode' : `errorCode ${errorCode}`;
}
