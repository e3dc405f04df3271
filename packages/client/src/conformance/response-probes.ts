/** Probes of successful responses (2.2): each order at each queryType. */

import {
  CHECKS,
  certificateMeaning,
  orderMeaning,
  SUGGESTED_ORG_STATUSES,
} from '@cert-order-status/protocol';
import type { ClauseName } from './clauses.ts';
import type { Exchange } from './exchange.ts';
import type { Findings } from './findings.ts';
import { type FormReading, parameterOf, readForm } from './form-reading.ts';
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
import {
  isAbsentAtQueryType0,
  isInDocumentedOrder,
  type Numbered,
  type NumberedOrder,
  readStatusForm,
  type StatusForm,
  VALIDITY_PARAMETERS,
} from './status-form.ts';

const QUERY_TYPES = ['0', '1', '2'] as const;

/** The request that others are compared with: the first order at queryType 0. */
export function baselineProbe(subject: Subject): Probe {
  const [orderNumber] = subject.orderNumbers;
  return { ...statusProbe(subject, orderNumber, '0'), id: 'baseline' };
}

/** All others, to be sent in this order. */
export function responseProbes(subject: Subject): Probe[] {
  const probes = subject.orderNumbers.flatMap((orderNumber, index) =>
    QUERY_TYPES.filter((queryType) => index > 0 || queryType !== '0').map((queryType) =>
      statusProbe(subject, orderNumber, queryType),
    ),
  );
  return subject.certificateID === undefined
    ? probes
    : [...probes, ...certificateProbes(subject, subject.certificateID)];
}

function idOf(subject: Subject, orderNumber: string, queryType: string): string {
  return orderNumber === subject.orderNumbers[0] && queryType === '0'
    ? 'baseline'
    : `order-${orderNumber}-${queryType}`;
}

function statusProbe(subject: Subject, orderNumber: string, queryType: (typeof QUERY_TYPES)[number]): Probe {
  return {
    id: idOf(subject, orderNumber, queryType),
    request: post(
      subject,
      `order ${orderNumber}, queryType ${queryType}`,
      argumentsFor(subject, orderNumber, queryType),
    ),
    judge: (reply, findings, replies) => {
      const { exchange, form, errorCode } = reply;
      const isSuccess = errorCode === 0 && parameterOf(form, 'errorMessage') === undefined;
      const message = `${exchange.request.title}: expected errorCode 0 alone, got ${named(errorCode)}${
        errorCode === 0 ? ' and an errorMessage' : ''
      }: is the order the account's?`;
      findings.expect('R1 success', isSuccess, 'fail', message, exchange);
      if (errorCode !== 0) return;
      const status = readStatusForm(form);
      judgeForm(status, form, exchange, findings);
      judgeOrders(status, exchange, findings);
      const [first] = status.orders;
      const number = first?.parameters.get('orderNumber');
      findings.expect(
        'R3 order-number',
        number === orderNumber,
        'fail',
        `${exchange.request.title}: 1_orderNumber is ${number ?? 'absent'}`,
        exchange,
      );
      judgeQueryType(queryType, status, exchange, findings);
      compareQueryTypes(subject, orderNumber, queryType, reply, findings, replies);
    },
  };
}

function judgeForm(status: StatusForm, form: FormReading, exchange: Exchange, findings: Findings): void {
  const { unknown, duplicates, empty } = status;
  const later = form.parameters.find(({ name }) =>
    VALIDITY_PARAMETERS.includes(name.replace(/^\d+_\d+_/, '')),
  );
  findings.expect(
    'R17 no-duplicates',
    duplicates.length === 0,
    'fail',
    `${duplicates[0]} occurs twice`,
    exchange,
  );
  findings.expect('R18 no-empty-values', empty.length === 0, 'differs', `${empty[0]} is empty`, exchange);
  findings.expect(
    'R19 documented-names',
    unknown.length === 0,
    'differs',
    `${unknown[0]?.slice(0, 80)} is not documented`,
    exchange,
  );
  findings.expect(
    'R20 parameter-order',
    isInDocumentedOrder(form),
    'differs',
    'the parameters have another order',
    exchange,
  );
  findings.expect(
    'V8 only-when-asked',
    later === undefined,
    'fail',
    `${later?.name} was not asked for`,
    exchange,
  );
}

function judgeOrders({ orders }: StatusForm, exchange: Exchange, findings: Findings): void {
  const places = [orders, ...orders.map(({ certificates }) => certificates)];
  const isNumbered =
    orders.length > 0 && places.every((list) => list.every(({ number }, index) => number === index + 1));
  findings.expect(
    'R4 numbering',
    isNumbered,
    'fail',
    'orders or certificates are not numbered 1, 2, …',
    exchange,
  );
  for (const order of orders) {
    judgeOrder(order, exchange, findings);
    for (const certificate of order.certificates) judgeCertificate(certificate, exchange, findings);
  }
}

/** A state of an order or a certificate, with the clauses about it. */
interface StateClauses {
  readonly name: 'orderStatus' | 'certificateStatus';
  readonly meaningOf: (word: string | undefined) => string;
  readonly status: ClauseName;
  readonly reason: ClauseName;
  /** The meanings that may have a reason. */
  readonly withReason: readonly string[];
}

const ORDER_STATE: StateClauses = {
  name: 'orderStatus',
  meaningOf: orderMeaning,
  status: 'R6 order-status',
  reason: 'R7 order-status-reason',
  withReason: ['rejected', 'unknown'],
};
const CERTIFICATE_STATE: StateClauses = {
  name: 'certificateStatus',
  meaningOf: certificateMeaning,
  status: 'R10 certificate-status',
  reason: 'R11 certificate-status-reason',
  withReason: ['rejected', 'revoked', 'awaiting-caa', 'failed-after-signing', 'unknown'],
};

function judgeState(
  { name, meaningOf, status, reason, withReason }: StateClauses,
  parameters: ReadonlyMap<string, string>,
  exchange: Exchange,
  findings: Findings,
): void {
  const word = parameters.get(name);
  const meaning = meaningOf(word);
  const shown = `${name} is ${quoted(word)}`;
  findings.expect(status, meaning !== 'unknown', 'differs', `${shown}, whose meaning is not known`, exchange);
  const mayHaveReason = !parameters.has(`${name}Reason`) || withReason.includes(meaning);
  findings.expect(reason, mayHaveReason, 'fail', `a reason although ${shown}`, exchange);
}

function judgeOrder({ parameters }: NumberedOrder, exchange: Exchange, findings: Findings): void {
  const time = parameters.get('orderDateTime');
  if (time !== undefined) {
    const isDocumented = isTime(time);
    const message = `orderDateTime is '${time}'`;
    findings.expect(
      'R5 order-date-time',
      isDocumented,
      Number.isNaN(Date.parse(time)) ? 'fail' : 'differs',
      message,
      exchange,
    );
  }
  judgeState(ORDER_STATE, parameters, exchange, findings);
  const suggested = parameters.get('suggestedOrgDetails');
  if (suggested !== undefined) judgeSuggestions(suggested, parameters, exchange, findings);
}

function isTime(text: string): boolean {
  const [, date, time] = /^(\d{4}-\d{2}-\d{2}) (\d{2}:\d{2})$/.exec(text) ?? [];
  return date !== undefined && !Number.isNaN(Date.parse(`${date}T${time}Z`));
}

function judgeSuggestions(
  value: string,
  parameters: ReadonlyMap<string, string>,
  exchange: Exchange,
  findings: Findings,
): void {
  const nested = value.includes('=') ? readForm(Buffer.from(value)) : undefined;
  const status =
    nested === undefined
      ? value
      : nested.parameters.find(({ name }) => name.toLowerCase() === 'status')?.value;
  const known = SUGGESTED_ORG_STATUSES.find((word) => word.toLowerCase() === status?.toLowerCase());
  findings.expect(
    'R8 suggested-org-details',
    known !== undefined,
    'fail',
    `the status is ${quoted(status)}`,
    exchange,
  );
  const country = parameters.get('countryName');
  if (country !== undefined) {
    findings.expect(
      'R8 suggested-org-details',
      /^[A-Z]{2}$/i.test(country),
      'fail',
      `countryName is ${quoted(country)}`,
      exchange,
    );
  }
  const hasOrganization = parameters.get('organizationName') !== undefined;
  findings.expect(
    'R8 suggested-org-details',
    !hasOrganization || known === 'Found',
    'fail',
    `an organisation although the status is ${quoted(status)}`,
    exchange,
  );
}

function judgeCertificate({ parameters }: Numbered, exchange: Exchange, findings: Findings): void {
  const serialNumber = parameters.get('serialNumber');
  if (serialNumber !== undefined) {
    const isHex = /^[0-9A-F]+$/i.test(serialNumber);
    const isReadable = /^[0-9A-F]+$/i.test(serialNumber.replaceAll(/[: ]/g, ''));
    findings.expect(
      'R9 serial-number',
      isHex,
      isReadable ? 'differs' : 'fail',
      `serialNumber is ${quoted(serialNumber)}`,
      exchange,
    );
  }
  judgeState(CERTIFICATE_STATE, parameters, exchange, findings);
  for (const check of CHECKS) {
    const value = parameters.get(check);
    if (value === undefined) continue;
    findings.expect(
      'R12 check-values',
      /^(-1|0|1|2)$/.test(value),
      'fail',
      `${check} is ${quoted(value)}`,
      exchange,
    );
  }
}

function judgeQueryType(
  queryType: string,
  { orders }: StatusForm,
  exchange: Exchange,
  findings: Findings,
): void {
  const certificates = orders.flatMap((order) => order.certificates);
  if (queryType === '0') {
    const check = CHECKS.find((name) => certificates.some(({ parameters }) => parameters.has(name)));
    findings.expect('R13 query-type-0', check === undefined, 'fail', `${check} at queryType 0`, exchange);
    return;
  }
  const missing = CHECKS.find((name) => certificates.some(({ parameters }) => !parameters.has(name)));
  const clause = queryType === '1' ? 'R14 query-type-1' : 'R16 query-type-2';
  findings.expect(
    clause,
    missing === undefined,
    'fail',
    `a certificate has no ${missing} at queryType ${queryType}`,
    exchange,
  );
}

function compareQueryTypes(
  subject: Subject,
  orderNumber: string,
  queryType: string,
  reply: Reply,
  findings: Findings,
  replies: Replies,
): void {
  const before = queryType === '1' ? '0' : '1';
  const earlier = queryType === '0' ? undefined : replies.get(idOf(subject, orderNumber, before));
  if (earlier === undefined || earlier.errorCode !== 0) return;
  const isOfFirst = (name: string) => name === 'errorCode' || name.startsWith('1_');
  const comparable = ({ form }: Reply) =>
    form.parameters
      .filter(({ name }) => (queryType === '1' ? !isAbsentAtQueryType0(name) : isOfFirst(name)))
      .map(({ name, value }) => `${name}=${value}`)
      .sort();
  const [was, is] = [comparable(earlier), comparable(reply)];
  const difference = is.find((each, index) => each !== was[index]) ?? was[is.length];
  const clause = queryType === '1' ? 'R15 consistency' : 'R16 query-type-2';
  findings.expect(
    clause,
    difference === undefined,
    'fail',
    `order ${orderNumber}: ${difference?.slice(0, 120)} is not the same at queryType ${before}`,
    reply.exchange,
  );
}

/** A value for a message, cut to a readable length. */
function quoted(value: string | undefined): string {
  return value === undefined ? 'absent' : `'${value.slice(0, 80)}'`;
}

/** A certificate beside the number of the first order, and alone. */
function certificateProbes(subject: Subject, certificateID: string): Probe[] {
  const [orderNumber] = subject.orderNumbers;
  const both = [...argumentsFor(subject, orderNumber, '1'), ['certificateID', certificateID]] as const;
  const judge = (reply: Reply, findings: Findings, replies: Replies) => {
    const { errorCode, exchange, form } = reply;
    if (errorCode !== 0) {
      findings.add(
        'R21 one-certificate',
        'fail',
        `${exchange.request.title}: ${named(errorCode)}: is it a certificate of the first order?`,
        exchange,
      );
      return;
    }
    const [order] = readStatusForm(form).orders;
    const whole = replies.get(idOf(subject, orderNumber, '1'));
    const certificates =
      whole === undefined ? [] : (readStatusForm(whole.form).orders[0]?.certificates ?? []);
    const [certificate] = order?.certificates ?? [];
    const isOne = order?.certificates.length === 1 && certificate?.number === 1;
    findings.expect(
      'R21 one-certificate',
      isOne,
      'fail',
      `${exchange.request.title}: not one certificate with Y = 1`,
      exchange,
    );
    const isOfOrder = certificates.some(
      ({ parameters }) => String([...parameters]) === String([...(certificate?.parameters ?? [])]),
    );
    findings.expect(
      'R21 one-certificate',
      isOfOrder,
      'fail',
      `${exchange.request.title}: not a certificate of order ${orderNumber}`,
      exchange,
    );
  };
  return [
    {
      id: 'certificate-of-order-known',
      request: post(subject, `certificate ${certificateID} beside its order`, both),
      judge,
    },
    {
      id: 'certificate-alone',
      request: post(subject, `certificate ${certificateID} alone`, without(both, 'orderNumber')),
      judge,
    },
  ];
}
