/** Probes of the arguments (section 1), each over https with the account's credentials. */

import type { ClauseName } from './clauses.ts';
import { expectError } from './error-probes.ts';
import type { Argument } from './exchange.ts';
import { argumentsFor, type Probe, post, replacing, type Subject, without } from './probe.ts';
import { sameAsBaseline } from './transport-probes.ts';

/** Numbers that are hardly any server's, of 18 and of 16 digits. */
const UNKNOWN_ORDER = '958374610283746501';
const UNKNOWN_CERTIFICATE = '8374610283746501';

/** Values that are no order number. */
const NO_ORDER_NUMBERS = ['abc', '0', '-1', '1.5', '1 2', '٣', '9999999999999999999'];
/** Values that are no certificate ID; the last has 17 digits. */
const NO_CERTIFICATE_IDS = ['abc', '0', '-1', '12345678901234567'];
/** Values that are no query type. */
const NO_QUERY_TYPES = ['3', '-1', 'x', '1.0'];

/** All of them, to be sent in this order. */
export function argumentProbes(subject: Subject): Probe[] {
  const [orderNumber] = subject.orderNumbers;
  const args = argumentsFor(subject, orderNumber);
  const probe = (
    id: string,
    title: string,
    clause: ClauseName,
    sent: readonly Argument[],
    expected: Parameters<typeof expectError>[1],
  ): Probe => ({
    id,
    request: post(subject, title, sent),
    judge: (reply, findings) => expectError(clause, expected, reply, findings),
  });
  const same = (
    id: string,
    title: string,
    clause: ClauseName,
    sent: readonly Argument[],
    otherwise: 'fail' | 'differs' = 'fail',
  ): Probe => ({
    id,
    request: post(subject, title, sent),
    judge: (reply, findings, replies) => sameAsBaseline(clause, otherwise, reply, findings, replies),
  });
  const upper = args.map(([name, value]): Argument => [name.toUpperCase(), value]);
  const lower = args.map(([name, value]): Argument => [name.toLowerCase(), value]);
  const missing = (name: string, clause: ClauseName, names = [name]) =>
    probe(`missing-${name}`, `without ${name}`, clause, without(args, name), { errorCode: -3, names });
  return [
    same('upper-case', 'names in upper case', 'A1 letter-case', upper),
    same('lower-case', 'names in lower case', 'A1 letter-case', lower),
    probe(
      'unrecognised',
      'an argument conformanceCheck',
      'A2 unrecognised',
      [...args, ['conformanceCheck', '1']],
      {
        errorCode: -2,
        names: ['conformanceCheck'],
      },
    ),
    probe('unrecognised-encoded', "an argument é & ' =", 'A2 unrecognised', [...args, ['é & =', '1']], {
      errorCode: -2,
      names: ['é & ='],
    }),
    missing('loginName', 'A3 missing-login-name'),
    missing('loginPassword', 'A4 missing-login-password'),
    missing('orderNumber', 'A5 missing-number', ['orderNumber', 'certificateID']),
    missing('queryType', 'A6 missing-query-type'),
    probe('empty-value', 'an empty queryType', 'A7 empty-value', replacing(args, 'queryType', ''), {
      errorCode: -3,
      names: ['queryType'],
      tolerated: [-4],
    }),
    ...NO_ORDER_NUMBERS.map((value) =>
      probe(
        `order-number-${value}`,
        `orderNumber=${value}`,
        'A8 invalid-order-number',
        replacing(args, 'orderNumber', value),
        {
          errorCode: -4,
          names: ['orderNumber'],
        },
      ),
    ),
    ...NO_CERTIFICATE_IDS.map((value) =>
      probe(
        `certificate-id-${value}`,
        `certificateID=${value}`,
        'A9 invalid-certificate-id',
        [...without(args, 'orderNumber'), ['certificateID', value]],
        { errorCode: -4, names: ['certificateID'] },
      ),
    ),
    ...NO_QUERY_TYPES.map((value) =>
      probe(
        `query-type-${value}`,
        `queryType=${value}`,
        'A10 invalid-query-type',
        replacing(args, 'queryType', value),
        {
          errorCode: -4,
          names: ['queryType'],
        },
      ),
    ),
    probe('twice', 'orderNumber given twice', 'A11 twice', [...args, ['orderNumber', orderNumber]], {
      errorCode: -4,
      names: ['orderNumber'],
      tolerated: [0],
    }),
    probe(
      'unknown-order',
      `orderNumber=${UNKNOWN_ORDER}`,
      'A12 unknown-order',
      replacing(args, 'orderNumber', UNKNOWN_ORDER),
      {
        errorCode: -4,
        names: ['orderNumber'],
      },
    ),
    probe(
      'unknown-certificate',
      `certificateID=${UNKNOWN_CERTIFICATE}`,
      'A13 unknown-certificate',
      [...without(args, 'orderNumber'), ['certificateID', UNKNOWN_CERTIFICATE]],
      { errorCode: -4, names: ['certificateID'] },
    ),
    probe(
      'certificate-of-order',
      `certificateID=${UNKNOWN_CERTIFICATE} beside the order's number`,
      'A14 certificate-of-order',
      [...args, ['certificateID', UNKNOWN_CERTIFICATE]],
      { errorCode: -4, names: ['certificateID', 'orderNumber'] },
    ),
    ...precedence(subject, args),
    same(
      'leading-zeros',
      'orderNumber with a leading zero',
      'A17 decoding',
      replacing(args, 'orderNumber', `0${orderNumber}`),
      'differs',
    ),
    {
      id: 'percent-encoded',
      request: withBody(subject, args, (body) => body.replace(/queryType=0/, 'query%54ype=%30')),
      judge: (reply, findings, replies) => sameAsBaseline('A17 decoding', 'fail', reply, findings, replies),
    },
    {
      id: 'byte-order-mark',
      request: withBody(subject, args, (body) => `\ufeff${body}`, 'a byte-order mark before the body'),
      judge: (reply, findings, replies) =>
        sameAsBaseline('A18 surroundings', 'differs', reply, findings, replies),
    },
    {
      id: 'line-end',
      request: withBody(subject, args, (body) => `${body}\r\n`, 'a line end after the body'),
      judge: (reply, findings, replies) =>
        sameAsBaseline('A18 surroundings', 'differs', reply, findings, replies),
    },
  ];
}

/** Requests with several errors at once; none has a wrong login. */
function precedence(subject: Subject, args: readonly Argument[]): Probe[] {
  const both = [
    ...without(args, 'queryType'),
    ['conformanceCheck', '1'],
  ] as const satisfies readonly Argument[];
  const invalid = [...without(replacing(args, 'orderNumber', 'abc'), 'queryType')];
  return [
    {
      id: 'precedence-2-3',
      request: post(subject, 'an unrecognised argument, and no queryType', both),
      judge: (reply, findings) =>
        expectError(
          'A16 precedence',
          { errorCode: -2, names: ['conformanceCheck'], tolerated: [-3] },
          reply,
          findings,
        ),
    },
    {
      id: 'precedence-3-4',
      request: post(subject, 'an invalid orderNumber, and no queryType', invalid),
      judge: (reply, findings) =>
        expectError(
          'A16 precedence',
          { errorCode: -3, names: ['queryType'], tolerated: [-4] },
          reply,
          findings,
        ),
    },
  ];
}

function withBody(
  subject: Subject,
  args: readonly Argument[],
  change: (body: string) => string,
  title = 'a percent-encoded argument',
) {
  const { body, maskedBody, ...request } = post(subject, title, args);
  return { ...request, body: Buffer.from(change(String(body))), maskedBody: change(maskedBody) };
}
