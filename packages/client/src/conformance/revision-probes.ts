/** Probes of what revisions after 1.2 added: showValidityPeriod (before 1.05) and responseFormat (1.08). */

import { expectError } from './error-probes.ts';
import { headerOf } from './exchange.ts';
import type { Findings } from './findings.ts';
import { readForm } from './form-reading.ts';
import {
  argumentsFor,
  named,
  type Probe,
  post,
  type Replies,
  type Reply,
  type Subject,
  without,
} from './probe.ts';
import { readStatusForm, VALIDITY_PARAMETERS } from './status-form.ts';
import { sameAsBaseline } from './transport-probes.ts';

/** All of them, to be sent in this order. Under the profile 1.2 a server must not know the new arguments. */
export function revisionProbes(subject: Subject): Probe[] {
  const args = argumentsFor(subject, subject.orderNumbers[0]);
  const ask = (name: string, value: string) => post(subject, `${name}=${value}`, [...args, [name, value]]);
  if (subject.profile === '1.2') {
    return (['showValidityPeriod', 'responseFormat'] as const).map((name) => ({
      id: `unknown-${name}`,
      request: ask(name, name === 'showValidityPeriod' ? 'Y' : '1'),
      judge: (reply, findings) =>
        expectError('A2 unrecognised', { errorCode: -2, names: [name], tolerated: [0] }, reply, findings),
    }));
  }
  return [
    {
      id: 'validity-period',
      request: ask('showValidityPeriod', 'Y'),
      judge: judgeValidityPeriod,
    },
    {
      id: 'no-validity-period',
      request: ask('showValidityPeriod', 'N'),
      judge: (reply, findings, replies) =>
        sameAsBaseline('V1 show-validity-period', 'fail', reply, findings, replies),
    },
    {
      id: 'invalid-validity-period',
      request: ask('showValidityPeriod', 'maybe'),
      judge: (reply, findings) =>
        expectError(
          'V3 invalid-show-validity-period',
          { errorCode: -4, names: ['showValidityPeriod'], tolerated: [0] },
          reply,
          findings,
        ),
    },
    {
      id: 'response-format-1',
      request: ask('responseFormat', '1'),
      judge: (reply, findings, replies) =>
        sameAsBaseline('V4 response-format-1', 'fail', reply, findings, replies),
    },
    {
      id: 'response-format-2',
      request: ask('responseFormat', '2'),
      isForm: false,
      judge: judgeJson,
    },
    {
      id: 'json-error',
      request: post(subject, 'responseFormat=2 without queryType', [
        ...without(args, 'queryType'),
        ['responseFormat', '2'],
      ]),
      isForm: false,
      judge: (reply, findings) => {
        const code = objectOf(reply)?.['errorCode'];
        findings.expect(
          'V6 json-errors',
          Number(code) === -3,
          code === undefined ? 'fail' : 'differs',
          `expected {"errorCode":-3,…}, got ${code === undefined ? 'no JSON object with an errorCode' : `errorCode ${JSON.stringify(code)}`}`,
          reply.exchange,
        );
      },
    },
    {
      id: 'invalid-response-format',
      request: ask('responseFormat', '3'),
      judge: (reply, findings) =>
        expectError(
          'V7 invalid-response-format',
          { errorCode: -4, names: ['responseFormat'], tolerated: [0] },
          reply,
          findings,
        ),
    },
  ];
}

function judgeValidityPeriod(reply: Reply, findings: Findings, replies: Replies): void {
  const { errorCode, exchange, form } = reply;
  findings.expect(
    'V1 show-validity-period',
    errorCode === 0,
    'fail',
    `showValidityPeriod=Y: ${named(errorCode)}`,
    exchange,
  );
  const baseline = replies.get('baseline');
  if (errorCode !== 0 || baseline === undefined) return;
  const periods = readStatusForm(form).orders.flatMap(({ certificates }) =>
    certificates.flatMap(({ parameters }) => {
      const [notBefore, notAfter] = [parameters.get('notBefore'), parameters.get('notAfter')];
      return notBefore === undefined && notAfter === undefined ? [] : [{ notBefore, notAfter }];
    }),
  );
  const isPeriod = (name: string) => VALIDITY_PARAMETERS.includes(name.replace(/^\d+_\d+_/, ''));
  const rest = form.parameters
    .filter(({ name }) => !isPeriod(name))
    .map(({ name, value }) => `${name}=${value}`);
  const before = baseline.form.parameters.map(({ name, value }) => `${name}=${value}`);
  findings.expect(
    'V1 show-validity-period',
    String(rest.sort()) === String(before.sort()),
    'fail',
    'it adds more than notBefore and notAfter',
    exchange,
  );
  if (periods.length === 0) {
    findings.add(
      'V2 validity-period',
      'not testable',
      'no certificate of the first order has a validity period: give an order with an issued certificate',
    );
    return;
  }
  for (const { notBefore = '', notAfter = '' } of periods) {
    const isSeconds = /^\d{1,12}$/.test(notBefore) && /^\d{1,12}$/.test(notAfter);
    findings.expect(
      'V2 validity-period',
      isSeconds,
      'differs',
      `notBefore is '${notBefore}', notAfter '${notAfter}'`,
      exchange,
    );
    if (isSeconds)
      findings.expect(
        'V2 validity-period',
        Number(notBefore) < Number(notAfter),
        'fail',
        `notBefore ${notBefore} is not before notAfter ${notAfter}`,
        exchange,
      );
  }
}

function judgeJson(reply: Reply, findings: Findings, replies: Replies): void {
  const { exchange, response } = reply;
  const body = objectOf(reply);
  if (body === undefined || body['errorCode'] === undefined) {
    findings.add(
      'V5 response-format-2',
      'fail',
      `no JSON object with an errorCode${reply.errorCode === undefined ? '' : `, but a form with ${named(reply.errorCode)}`}`,
      exchange,
    );
    return;
  }
  const type = headerOf(response, 'content-type') ?? 'absent';
  findings.expect(
    'V5 response-format-2',
    /^application\/json\b/i.test(type),
    'differs',
    `the Content-Type is ${type}`,
    exchange,
  );
  findings.expect(
    'V5 response-format-2',
    body['errorCode'] === 0,
    Number(body['errorCode']) === 0 ? 'differs' : 'fail',
    `errorCode is ${JSON.stringify(body['errorCode'])}`,
    exchange,
  );
  const values = valuesIn(body);
  const missing = replies
    .get('baseline')
    ?.form.parameters.find((parameter) =>
      textsIn(parameter).some((text) => text !== '' && !values.has(text)),
    );
  findings.expect(
    'V5 response-format-2',
    missing === undefined,
    'differs',
    `the JSON does not contain the value of ${missing?.name}`,
    exchange,
  );
}

function objectOf({ response }: Reply): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(response.body.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

/** The value of a parameter; of nested suggested organisations, those in it. */
function textsIn({ name, value }: { readonly name: string; readonly value: string }): string[] {
  if (!name.endsWith('_suggestedOrgDetails') || !value.includes('=')) return [value];
  return readForm(Buffer.from(value)).parameters.map((parameter) => parameter.value);
}

/** Every text and number in a JSON value, as text. */
function valuesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (typeof value === 'object' && value !== null)
    for (const each of Object.values(value)) valuesIn(each, found);
  else found.add(String(value));
  return found;
}
