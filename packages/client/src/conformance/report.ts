/** The report of a conformance run: as text, JSON and JUnit XML. */

import { count } from '@cert-order-status/protocol';
import { CLAUSES, GROUPS, type Group, groupOf } from './clauses.ts';
import {
  type Exchange,
  type ProbeRequest,
  type ProbeResponse,
  type Target,
  withoutSecrets,
} from './exchange.ts';
import type { ClauseResult, Verdict } from './findings.ts';
import type { Subject } from './probe.ts';
import type { Report } from './run.ts';

/** The most bytes of a response body in a report. */
const BODY_SHOWN_BYTES = 4096;
const VERDICTS: readonly Verdict[] = ['pass', 'fail', 'differs', 'not testable'];

/** Colours for people; without a terminal every one returns the text as it is. */
export interface ReportStyle {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

/** How many clauses have each verdict. */
export function countsOf({ results }: Report): Record<Verdict, number> {
  const counts = { pass: 0, fail: 0, differs: 0, 'not testable': 0 };
  for (const { verdict } of results) counts[verdict]++;
  return counts;
}

/** The report for people: every clause, and for those that do not pass what was sent and what came back. */
export function textReport(report: Report, subject: Subject, style: ReportStyle): string {
  const lines = [headline(report, subject)];
  let group: Group | undefined;
  for (const result of report.results) {
    if (groupOf(result.clause) !== group) {
      group = groupOf(result.clause);
      lines.push('', GROUPS[group]);
    }
    lines.push(...clauseLines(result, subject.target, style));
  }
  const counts = countsOf(report);
  lines.push('', `${VERDICTS.map((verdict) => `${counts[verdict]} ${verdict}`).join(', ')}`);
  return lines.join('\n');
}

function headline({ requestsSent, durationMs }: Report, { target, profile, orderNumbers }: Subject): string {
  const orders = `order${orderNumbers.length === 1 ? '' : 's'} ${orderNumbers.join(', ')}`;
  return `Conformance of ${target.endpoint.href}\nprofile ${profile}, ${orders}, ${count(requestsSent, 'request')} in ${Math.round(durationMs / 1000)} s`;
}

function clauseLines(
  { clause, verdict, findings }: ClauseResult,
  target: Target,
  style: ReportStyle,
): string[] {
  const [number = '', ...name] = clause.split(' ');
  const paint = verdict === 'pass' ? style.good : verdict === 'fail' ? style.bad : style.dim;
  const first = `  ${paint((verdict === 'fail' ? 'FAIL' : verdict).padEnd(12))}  ${number.padEnd(3)}  ${CLAUSES[clause]} [${name.join(' ')}]`;
  return [
    first,
    ...findings.flatMap((finding) => [
      `                     ${withoutSecrets(finding.message, target)}`,
      ...exchangeLines(finding.exchange, target),
    ]),
  ];
}

function exchangeLines(exchange: Exchange | undefined, target: Target): string[] {
  if (exchange === undefined) return [];
  const { request, response } = exchange;
  const sent = [`${request.method} ${request.scheme}:${request.path}`, request.maskedBody].filter(
    (line) => line !== '',
  );
  const came =
    response === undefined
      ? [`no response: ${exchange.failure}`]
      : [statusLine(response), bodyText(response, target)];
  return [
    ...sent.map((line) => `                     > ${line}`),
    ...came.map((line) => `                     < ${line}`),
  ];
}

function statusLine({ httpVersion, status, statusMessage }: ProbeResponse): string {
  return `HTTP/${httpVersion} ${status} ${statusMessage}`;
}

/** Bytes beyond ASCII stay visible as they are on the wire. */
function bodyText({ body }: ProbeResponse, target: Target): string {
  const shown = body.subarray(0, BODY_SHOWN_BYTES).toString('utf8');
  return `${withoutSecrets(shown, target)}${body.length > BODY_SHOWN_BYTES ? `… (${count(body.length, 'byte')})` : ''}`;
}

/** The report as one JSON object. Requests are masked; response bodies are cut. */
export function jsonReport(report: Report, subject: Subject): object {
  const { endpoint } = subject.target;
  return {
    endpoint: endpoint.href,
    profile: subject.profile,
    orderNumbers: subject.orderNumbers,
    startedAt: report.startedAt,
    durationMs: report.durationMs,
    requestsSent: report.requestsSent,
    counts: countsOf(report),
    clauses: report.results.map(({ clause, verdict, findings }) => ({
      ...identity(clause),
      requirement: CLAUSES[clause],
      verdict,
      findings: findings.map(({ message, exchange }) => ({
        message: withoutSecrets(message, subject.target),
        request: exchange && requestObject(exchange.request),
        response: exchange?.response && responseObject(exchange.response, subject.target),
        failure: exchange?.failure,
      })),
    })),
  };
}

function identity(clause: string): { clause: string; name: string } {
  const at = clause.indexOf(' ');
  return { clause: clause.slice(0, at), name: clause.slice(at + 1) };
}

function requestObject({ title, scheme, method, path, headers, maskedBody }: ProbeRequest): object {
  return { title, scheme, method, path, headers, body: maskedBody };
}

function responseObject(response: ProbeResponse, target: Target): object {
  const { status, rawHeaders } = response;
  return {
    status,
    rawHeaders: rawHeaders.map((text) => withoutSecrets(text, target)),
    body: bodyText(response, target),
  };
}

/** The report as JUnit XML: one test case a clause. What differs tolerably passes, with the difference as output. */
export function junitReport(report: Report, subject: Subject): string {
  const counts = countsOf(report);
  const cases = report.results.map((result) => junitCase(result, subject.target));
  const totals = `tests="${report.results.length}" failures="${counts.fail}" skipped="${counts['not testable']}"`;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="GetDetailedOrderStatus conformance" ${totals}>`,
    `<testsuite name="${xml(subject.target.endpoint.href)} profile ${subject.profile}" ${totals} timestamp="${report.startedAt}" time="${report.durationMs / 1000}">`,
    ...cases,
    '</testsuite>',
    '</testsuites>',
  ].join('\n');
}

function junitCase({ clause, verdict, findings }: ClauseResult, target: Target): string {
  const open = `<testcase classname="${GROUPS[groupOf(clause)]}" name="${xml(`${clause}: ${CLAUSES[clause]}`)}"`;
  const details = findings
    .map(({ message, exchange }) =>
      [withoutSecrets(message, target), ...exchangeLines(exchange, target).map((line) => line.trim())].join(
        '\n',
      ),
    )
    .join('\n');
  const message = xml(withoutSecrets(findings[0]?.message ?? '', target));
  if (verdict === 'fail') return `${open}><failure message="${message}">${xml(details)}</failure></testcase>`;
  if (verdict === 'not testable') return `${open}><skipped message="${message}"/></testcase>`;
  return details === '' ? `${open}/>` : `${open}><system-out>${xml(details)}</system-out></testcase>`;
}

/** Escapes a text for XML, and leaves out what XML 1.0 cannot hold. */
function xml(text: string): string {
  return [...text]
    .map((character) => {
      const code = character.codePointAt(0) ?? 0;
      const isAllowed = code >= 0x20 || code === 9 || code === 10 || code === 13;
      if (!isAllowed || code === 0xfffe || code === 0xffff || (code >= 0xd800 && code <= 0xdfff))
        return '\ufffd';
      return ENTITIES[character] ?? character;
    })
    .join('');
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
