/**
 * Probes of the transport: scheme, methods, content types, paths. Over plain http only made-up credentials are sent.
 */

import { expectError } from './error-probes.ts';
import type { Argument } from './exchange.ts';
import { headerOf } from './exchange.ts';
import { argumentsFor, named, type Probe, post, type Reply, type Subject, without } from './probe.ts';

const MADE_UP: readonly Argument[] = [
  ['loginName', 'conformance-made-up'],
  ['loginPassword', 'conformance-made-up'],
  ['orderNumber', '1'],
  ['queryType', '0'],
];
const CALL = 'GetDetailedOrderStatus';
/** Spellings under which the API's documents publish it; those that the base URL does not have are tried. */
const PUBLISHED = [`/products/!${CALL}`, `/products!/${CALL}`, `/products/download/!${CALL}`];

/** All of them, to be sent in this order. */
export function transportProbes(subject: Subject): Probe[] {
  return [
    plainHttp(subject),
    ...methods(subject),
    ...contentTypes(subject),
    ...paths(subject),
    urlArguments(subject),
  ];
}

function plainHttp(subject: Subject): Probe {
  const port = subject.target.httpPort;
  return {
    id: 'plain-http',
    request: post(subject, `plain http to port ${port}, with made-up credentials`, MADE_UP, {
      scheme: 'http',
    }),
    judge: (reply, findings) => {
      const location = headerOf(reply.response, 'location');
      if (reply.errorCode === undefined && location !== undefined) {
        findings.add(
          'T1 plain-http',
          'differs',
          `port ${port} redirects to ${location.slice(0, 200)}`,
          reply.exchange,
        );
      } else expectError('T1 plain-http', { errorCode: -1 }, reply, findings);
    },
    unanswered: ({ failure }, findings) =>
      findings.add(
        'T1 plain-http',
        'not testable',
        `no response over plain http on port ${port}: ${failure}`,
      ),
  };
}

function methods(subject: Subject): Probe[] {
  const { target } = subject;
  const request = (method: string) => ({
    title: method,
    scheme: 'https' as const,
    method,
    path: target.endpoint.pathname,
    headers: {},
    body: undefined,
    maskedBody: '',
  });
  return [
    {
      id: 'get',
      request: request('GET'),
      judge: (reply, findings) => expectError('T2 get', { errorCode: -17 }, reply, findings),
      unanswered: ({ failure }, findings) => findings.add('T2 get', 'fail', `GET: no response: ${failure}`),
    },
    ...['PUT', 'DELETE'].map(
      (method): Probe => ({
        id: `method-${method}`,
        request: request(method),
        isForm: false,
        judge: (reply, findings) => {
          const isServed = reply.response.status < 400 && reply.errorCode !== -17;
          findings.expect(
            'T3 other-methods',
            !isServed,
            'fail',
            `${method}: status ${reply.response.status} and ${named(reply.errorCode)}`,
            reply.exchange,
          );
        },
        unanswered: ({ failure }, findings) =>
          findings.add('T3 other-methods', 'differs', `${method}: no response: ${failure}`),
      }),
    ),
  ];
}

function contentTypes(subject: Subject): Probe[] {
  const [orderNumber] = subject.orderNumbers;
  const types = ['application/x-www-form-urlencoded; charset=UTF-8', 'Application/X-WWW-Form-URLEncoded'];
  return types.map((type, index) => ({
    id: `content-type-${index + 1}`,
    request: post(subject, `Content-Type: ${type}`, argumentsFor(subject, orderNumber), {
      headers: { 'Content-Type': type },
    }),
    judge: (reply, findings, replies) => sameAsBaseline('T6 content-type', 'fail', reply, findings, replies),
  }));
}

function paths(subject: Subject): Probe[] {
  const { pathname } = subject.target.endpoint;
  const prefix = pathname.slice(0, Math.max(0, pathname.lastIndexOf('/products')));
  const args = argumentsFor(subject, subject.orderNumbers[0]);
  const spellings = PUBLISHED.map((path) => prefix + path).filter((path) => path !== pathname);
  if (pathname.includes('!')) spellings.unshift(pathname.replace('!', '%21'));
  const misspelt = [`${prefix}/products/${CALL}`, `${pathname}/`, pathname.toLowerCase()].filter(
    (path) => path !== pathname && !spellings.includes(path),
  );
  return [
    ...spellings.map(
      (path): Probe => ({
        id: `path-${path}`,
        request: post(subject, `POST ${path}`, args, { path }),
        isForm: false,
        judge: (reply, findings, replies) =>
          sameAsBaseline('T7 path-variants', 'differs', reply, findings, replies),
        unanswered: ({ failure }, findings) =>
          findings.add('T7 path-variants', 'differs', `${path}: no response: ${failure}`),
      }),
    ),
    ...misspelt.map(
      (path): Probe => ({
        id: `misspelt-${path}`,
        // Without the password: it must not reach whatever serves that path.
        request: post(subject, `POST ${path}`, MADE_UP.slice(2), { path }),
        isForm: false,
        judge: (reply, findings) => {
          const type = headerOf(reply.response, 'content-type') ?? '';
          const isPage = reply.errorCode === undefined && /html/i.test(type);
          findings.expect(
            'T8 misspelt-path',
            !isPage,
            'differs',
            `${path}: a page (${type}, status ${reply.response.status})`,
            reply.exchange,
          );
        },
        unanswered: ({ failure }, findings) =>
          findings.add('T8 misspelt-path', 'differs', `${path}: no response: ${failure}`),
      }),
    ),
  ];
}

function urlArguments(subject: Subject): Probe {
  const args = without(argumentsFor(subject, subject.orderNumbers[0]), 'queryType');
  return {
    id: 'url-arguments',
    request: post(subject, 'queryType in the URL', args, {
      path: `${subject.target.endpoint.pathname}?queryType=0`,
    }),
    judge: (reply, findings) =>
      expectError(
        'T9 url-arguments',
        { errorCode: -3, names: ['queryType'], tolerated: [0] },
        reply,
        findings,
      ),
  };
}

/** Compares with the first request for the first order, whose body this must be. */
export function sameAsBaseline(
  clause: Parameters<typeof expectError>[0],
  otherwise: 'fail' | 'differs',
  reply: Reply,
  findings: Parameters<typeof expectError>[3],
  replies: ReadonlyMap<string, Reply>,
): void {
  const baseline = replies.get('baseline');
  if (baseline === undefined || baseline.errorCode !== 0) {
    findings.add(clause, 'not testable', 'there is no successful response to compare with');
    return;
  }
  findings.expect(
    clause,
    reply.response.body.equals(baseline.response.body),
    otherwise,
    `${reply.exchange.request.title}: ${named(reply.errorCode)}, and not the response without it`,
    reply.exchange,
  );
}
