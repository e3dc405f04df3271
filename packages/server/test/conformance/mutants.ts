/** Servers of the API that are wrong in one respect, and the clause that each of them breaks. */

import type { ClauseName } from '../../../client/src/conformance/clauses.ts';
import type { Mutation, PassingRequest, PassingResponse } from './mutating-proxy.ts';

/** A wrong server. */
export interface Mutant extends Mutation {
  readonly name: string;
  readonly breaks: ClauseName;
  /** `differs` where clients tolerate what is wrong. */
  readonly verdict?: 'differs';
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded', 'cache-control': 'no-store' };

function form(body: string): PassingResponse {
  return { status: 200, headers: FORM, body };
}

function error(code: number, text: string): PassingResponse {
  return form(`errorCode=${code}&errorMessage=${new URLSearchParams({ text }).toString().slice(5)}`);
}

const isSuccess = (response: PassingResponse) => response.body.startsWith('errorCode=0');
const codeOf = (response: PassingResponse) => /^errorCode=(-?\d+)/.exec(response.body)?.[1];
const argumentOf = (request: PassingRequest, name: string) => new URLSearchParams(request.body).get(name);

/** Changes successful responses. */
function success(change: (body: string, request: PassingRequest) => string): Mutation['response'] {
  return (response, request) =>
    isSuccess(response) ? { ...response, body: change(response.body, request) } : response;
}

/** Gives requests with this error another response. */
function insteadOf(
  code: number,
  change: (response: PassingResponse, request: PassingRequest) => PassingResponse,
): Mutation['response'] {
  return (response, request) => (codeOf(response) === String(code) ? change(response, request) : response);
}

/** Gives requests with this value of an argument another response. */
function forArgument(
  name: string,
  value: string,
  change: (response: PassingResponse) => PassingResponse,
): Mutation['response'] {
  return (response, request) => (argumentOf(request, name) === value ? change(response) : response);
}

/** A response as if the request were the one for the order. */
function asOrder(
  matches: (request: PassingRequest) => boolean,
  change: (parameters: URLSearchParams) => void,
): Mutation['request'] {
  return (request) => {
    if (request.scheme !== 'https' || !matches(request)) return request;
    const parameters = new URLSearchParams(request.body);
    change(parameters);
    return { ...request, body: parameters.toString() };
  };
}

const ORDER = '7250060';
const names = (message: string) => /%27(.*?)%27/.exec(message)?.[1];

/** All of them. */
export const MUTANTS: readonly Mutant[] = [
  {
    name: 'serves plain http',
    breaks: 'T1 plain-http',
    response: (response, { scheme }) => (scheme === 'http' ? error(-16, 'Permission denied!') : response),
  },
  {
    name: 'redirects plain http',
    breaks: 'T1 plain-http',
    verdict: 'differs',
    response: (response, { scheme }) =>
      scheme === 'http' ? { status: 301, headers: { location: 'https://example.com/' }, body: '' } : response,
  },
  {
    name: 'takes GET for a request without arguments',
    breaks: 'T2 get',
    response: (response, { method }) =>
      method === 'GET' ? error(-3, "The 'loginName' argument is missing") : response,
  },
  {
    name: 'serves a page for GET',
    breaks: 'T2 get',
    response: (response, { method }) =>
      method === 'GET'
        ? { status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Hello' }
        : response,
  },
  {
    name: 'cuts the connection of GET',
    breaks: 'T2 get',
    response: (response, { method }) => (method === 'GET' ? undefined : response),
  },
  {
    name: 'serves PUT',
    breaks: 'T3 other-methods',
    response: (response, { method }) =>
      method === 'PUT' ? error(-3, "The 'loginName' argument is missing") : response,
  },
  {
    name: 'says text/plain',
    breaks: 'T4 mime-type',
    response: (response) => ({ ...response, headers: { ...response.headers, 'content-type': 'text/plain' } }),
  },
  {
    name: 'adds a charset',
    breaks: 'T4 mime-type',
    verdict: 'differs',
    response: (response) => ({
      ...response,
      headers: { ...response.headers, 'content-type': `${response.headers['content-type']}; charset=utf-8` },
    }),
  },
  {
    name: 'answers errors with HTTP status 400',
    breaks: 'T5 http-status',
    verdict: 'differs',
    response: (response) => ({ ...response, status: isSuccess(response) ? 200 : 400 }),
  },
  {
    name: 'takes a Content-Type with a charset for another type',
    breaks: 'T6 content-type',
    response: (response, { headers }) =>
      headers['content-type']?.includes('charset') === true
        ? error(-3, "The 'loginName' argument is missing")
        : response,
  },
  {
    name: 'does not know %21',
    breaks: 'T7 path-variants',
    verdict: 'differs',
    response: (response, { path }) =>
      path.includes('%21')
        ? { status: 404, headers: { 'content-type': 'text/plain' }, body: 'not found' }
        : response,
  },
  {
    name: 'answers a misspelt path with a page',
    breaks: 'T8 misspelt-path',
    verdict: 'differs',
    response: (response) =>
      response.status === 404
        ? { status: 404, headers: { 'content-type': 'text/html' }, body: '<p>Not found' }
        : response,
  },
  {
    name: 'reads arguments in the URL',
    breaks: 'T9 url-arguments',
    verdict: 'differs',
    request: asOrder(
      ({ path }) => path.includes('?queryType'),
      (all) => all.set('queryType', '0'),
    ),
  },
  {
    name: 'lets proxies cache responses',
    breaks: 'T10 caching',
    verdict: 'differs',
    response: (response) => ({
      ...response,
      headers: { ...response.headers, 'cache-control': 'max-age=60' },
    }),
  },
  {
    name: 'knows names in one letter case only',
    breaks: 'A1 letter-case',
    response: (response, { body }) =>
      body.startsWith('LOGINNAME') ? error(-2, "'LOGINNAME' is an unrecognised argument!") : response,
  },
  {
    name: 'ignores unrecognised arguments',
    breaks: 'A2 unrecognised',
    request: asOrder(
      ({ body }) => body.includes('conformanceCheck'),
      (all) => all.delete('conformanceCheck'),
    ),
  },
  {
    name: 'names another unrecognised argument',
    breaks: 'A2 unrecognised',
    response: insteadOf(-2, () => error(-2, "'queryType' is an unrecognised argument!")),
  },
  {
    name: 'denies without a loginName',
    breaks: 'A3 missing-login-name',
    response: insteadOf(-3, (response) =>
      names(response.body) === 'loginName' ? error(-16, 'Permission denied!') : response,
    ),
  },
  {
    name: 'denies without a loginPassword',
    breaks: 'A4 missing-login-password',
    response: insteadOf(-3, (response) =>
      names(response.body) === 'loginPassword' ? error(-16, 'Permission denied!') : response,
    ),
  },
  {
    name: 'takes no number for an invalid one',
    breaks: 'A5 missing-number',
    response: insteadOf(-3, (response) =>
      names(response.body) === 'orderNumber'
        ? error(-4, "The value of the 'orderNumber' argument is invalid!")
        : response,
    ),
  },
  {
    name: 'names the wrong missing argument',
    breaks: 'A6 missing-query-type',
    response: insteadOf(-3, (response) =>
      names(response.body) === 'queryType' ? error(-3, "The 'loginName' argument is missing") : response,
    ),
  },
  {
    name: 'has a default for queryType',
    breaks: 'A6 missing-query-type',
    request: asOrder(
      ({ body }) => argumentOf({ body } as PassingRequest, 'queryType') === null && body.includes(ORDER),
      (all) => all.set('queryType', '0'),
    ),
  },
  {
    name: 'serves an empty queryType',
    breaks: 'A7 empty-value',
    request: asOrder(
      ({ body }) => /queryType=(&|$)/.test(body),
      (all) => all.set('queryType', '0'),
    ),
  },
  {
    name: 'reads the digits of an order number and ignores the rest',
    breaks: 'A8 invalid-order-number',
    response: (response, request) =>
      argumentOf(request, 'orderNumber') === '1.5' ? form(`errorCode=0&1_orderNumber=1`) : response,
  },
  {
    name: 'takes an order number of 19 digits for a failure of its own',
    breaks: 'A8 invalid-order-number',
    response: (response, request) =>
      (argumentOf(request, 'orderNumber') ?? '').length === 19
        ? error(-14, 'An unknown error occurred!')
        : response,
  },
  {
    name: 'serves certificateID 0',
    breaks: 'A9 invalid-certificate-id',
    response: (response, request) =>
      argumentOf(request, 'certificateID') === '0' ? form(`errorCode=0&1_orderNumber=${ORDER}`) : response,
  },
  {
    name: 'knows queryType 3',
    breaks: 'A10 invalid-query-type',
    request: asOrder(
      (request) => argumentOf(request, 'queryType') === '3',
      (all) => all.set('queryType', '2'),
    ),
  },
  {
    name: 'takes the first of two values',
    breaks: 'A11 twice',
    verdict: 'differs',
    request: asOrder(
      ({ body }) => body.split('orderNumber=').length > 2,
      (all) => all.set('orderNumber', ORDER),
    ),
  },
  {
    name: 'denies an unknown order',
    breaks: 'A12 unknown-order',
    response: (response, request) =>
      argumentOf(request, 'orderNumber') === '958374610283746501'
        ? error(-16, 'Permission denied!')
        : response,
  },
  {
    name: 'has no orders for an unknown order',
    breaks: 'A12 unknown-order',
    response: (response, request) =>
      argumentOf(request, 'orderNumber') === '958374610283746501' ? form('errorCode=0') : response,
  },
  {
    name: 'names the order for an unknown certificate',
    breaks: 'A13 unknown-certificate',
    response: (response, request) =>
      argumentOf(request, 'certificateID') === '8374610283746501' &&
      argumentOf(request, 'orderNumber') === null
        ? error(-4, "The value of the 'orderNumber' argument is invalid!")
        : response,
  },
  {
    name: 'ignores certificateID beside orderNumber',
    breaks: 'A14 certificate-of-order',
    request: asOrder(
      (request) =>
        argumentOf(request, 'orderNumber') === ORDER && argumentOf(request, 'certificateID') !== null,
      (all) => all.delete('certificateID'),
    ),
  },
  {
    name: 'fails for a long loginName',
    breaks: 'A15 login-name-length',
    response: (response, request) =>
      (argumentOf(request, 'loginName') ?? '').length > 64
        ? error(-14, 'An unknown error occurred!')
        : response,
  },
  {
    name: 'judges values before names',
    breaks: 'A16 precedence',
    verdict: 'differs',
    response: insteadOf(-2, (response, request) =>
      argumentOf(request, 'queryType') === null ? error(-3, "The 'queryType' argument is missing") : response,
    ),
  },
  {
    name: 'does not decode names',
    breaks: 'A17 decoding',
    response: (response, { body }) =>
      body.includes('query%54ype') ? error(-2, "'query%54ype' is an unrecognised argument!") : response,
  },
  {
    name: 'trips over a byte-order mark',
    breaks: 'A18 surroundings',
    verdict: 'differs',
    response: (response, { body }) =>
      body.startsWith('\xef\xbb\xbf') ? error(-3, "The 'loginName' argument is missing") : response,
  },
  {
    name: 'has another punctuation',
    breaks: 'A19 error-texts',
    verdict: 'differs',
    response: (response) => ({
      ...response,
      body: response.body.replace('argument+is+missing', 'argument+is+missing%21'),
    }),
  },
  {
    name: 'names an unknown login',
    breaks: 'L1 unknown-login',
    response: insteadOf(-16, () => error(-4, "The value of the 'loginName' argument is invalid!")),
  },
  {
    name: 'has an errorMessage on success',
    breaks: 'R1 success',
    response: success((body) => body.replace('errorCode=0', 'errorCode=0&errorMessage=OK')),
  },
  {
    name: 'has no errorCode on success',
    breaks: 'R1 success',
    response: success((body) => body.replace('errorCode=0&', '')),
  },
  {
    name: 'has no errorMessage',
    breaks: 'R2 errors',
    response: (response) =>
      isSuccess(response) ? response : { ...response, body: response.body.replace(/&errorMessage=.*/, '') },
  },
  {
    name: 'shows a stack trace',
    breaks: 'R2 errors',
    response: (response) =>
      isSuccess(response) || codeOf(response) === undefined
        ? response
        : { ...response, body: `${response.body}&trace=at+Object` },
  },
  {
    name: 'returns another order',
    breaks: 'R3 order-number',
    response: success((body) => body.replace(`1_orderNumber=${ORDER}`, '1_orderNumber=7250061')),
  },
  {
    name: 'numbers from 0',
    breaks: 'R4 numbering',
    response: success((body) => body.replaceAll(/(&\d+)_1_/g, '$1_0_')),
  },
  {
    name: 'writes the date as Americans do',
    breaks: 'R5 order-date-time',
    verdict: 'differs',
    response: success((body) => body.replaceAll('2025-06-11', '06%2F11%2F2025')),
  },
  {
    name: 'writes no date',
    breaks: 'R5 order-date-time',
    response: success((body) => body.replaceAll('2025-06-11+11%3A57', 'yesterday')),
  },
  {
    name: 'has a word of its own for the state of an order',
    breaks: 'R6 order-status',
    verdict: 'differs',
    response: success((body) => body.replaceAll('orderStatus=Pending', 'orderStatus=Somewhere')),
  },
  {
    name: 'has a reason for a pending order',
    breaks: 'R7 order-status-reason',
    response: success((body) =>
      body.replace('orderStatus=Pending', 'orderStatus=Pending&1_orderStatusReason=Busy'),
    ),
  },
  {
    name: 'has a word of its own for suggested organisations',
    breaks: 'R8 suggested-org-details',
    response: success((body) => body.replace('suggestedOrgDetails=Found', 'suggestedOrgDetails=Perhaps')),
  },
  {
    name: 'spells the country out',
    breaks: 'R8 suggested-org-details',
    response: success((body) => body.replace('countryName=GB', 'countryName=Britain')),
  },
  {
    name: 'puts a serial number in words',
    breaks: 'R9 serial-number',
    response: success((body) => body.replaceAll(/serialNumber=[0-9A-F]+/g, 'serialNumber=none')),
  },
  {
    name: 'puts colons into serial numbers',
    breaks: 'R9 serial-number',
    verdict: 'differs',
    response: success((body) =>
      body.replaceAll(/serialNumber=([0-9A-F]{2})([0-9A-F]+)/g, 'serialNumber=$1%3A$2'),
    ),
  },
  {
    name: 'has a number for the state of a certificate',
    breaks: 'R10 certificate-status',
    verdict: 'differs',
    response: success((body) => body.replaceAll('certificateStatus=Issued', 'certificateStatus=4')),
  },
  {
    name: 'has a reason for an issued certificate',
    breaks: 'R11 certificate-status-reason',
    response: success((body) =>
      body.replaceAll(
        /(\d_\d)_certificateStatus=Issued/g,
        '$1_certificateStatus=Issued&$1_certificateStatusReason=Done',
      ),
    ),
  },
  {
    name: 'has words for checks',
    breaks: 'R12 check-values',
    response: success((body) => body.replaceAll('csrStatus=1', 'csrStatus=completed')),
  },
  {
    name: 'has a check value 3',
    breaks: 'R12 check-values',
    response: success((body) => body.replaceAll('dcvStatus=2', 'dcvStatus=3')),
  },
  {
    name: 'returns checks at queryType 0',
    breaks: 'R13 query-type-0',
    request: asOrder(
      (request) => argumentOf(request, 'queryType') === '0' && argumentOf(request, 'orderNumber') === ORDER,
      (all) => all.set('queryType', '1'),
    ),
  },
  {
    name: 'has no caaStatus',
    breaks: 'R14 query-type-1',
    response: success((body) => body.replaceAll(/&\d+_\d+_caaStatus=-?\d/g, '')),
  },
  {
    name: 'returns no checks at queryType 1',
    breaks: 'R14 query-type-1',
    request: asOrder(
      (request) => argumentOf(request, 'queryType') === '1',
      (all) => all.set('queryType', '0'),
    ),
  },
  {
    name: 'returns an FQDN at queryType 1 alone',
    breaks: 'R15 consistency',
    response: success((body, request) =>
      argumentOf(request, 'queryType') === '0' ? body.replaceAll(/&\d+_\d+_FQDN=[^&]*/g, '') : body,
    ),
  },
  {
    name: 'returns no checks at queryType 2',
    breaks: 'R16 query-type-2',
    response: success((body, request) =>
      argumentOf(request, 'queryType') === '2'
        ? body.replaceAll(
            /&\d+_\d+_(csr|dcv|caa|freeDVUP|evClickThrough|ovCallBack|organizationValidation)Status=-?\d/g,
            '',
          )
        : body,
    ),
  },
  {
    name: 'returns the replacement first at queryType 2',
    breaks: 'R16 query-type-2',
    response: success((body, request) =>
      argumentOf(request, 'queryType') === '2'
        ? body.replaceAll(/&1_/g, '&9_').replaceAll(/&2_/g, '&1_').replaceAll(/&9_/g, '&2_')
        : body,
    ),
  },
  {
    name: 'returns a parameter twice',
    breaks: 'R17 no-duplicates',
    response: success((body) => `${body}&1_orderStatus=Pending`),
  },
  {
    name: 'returns empty parameters',
    breaks: 'R18 no-empty-values',
    verdict: 'differs',
    response: success((body) => body.replace('1_orderStatus=', '1_orderStatusReason=&1_orderStatus=')),
  },
  {
    name: 'has a parameter of its own',
    breaks: 'R19 documented-names',
    verdict: 'differs',
    response: success((body) => `${body}&1_1_colour=green`),
  },
  {
    name: 'sorts parameters',
    breaks: 'R20 parameter-order',
    verdict: 'differs',
    response: success((body) => body.split('&').sort().join('&')),
  },
  {
    name: 'returns all certificates for a certificateID',
    breaks: 'R21 one-certificate',
    request: asOrder(
      (request) => argumentOf(request, 'certificateID') === '5550001',
      (all) => {
        all.delete('certificateID');
        all.set('orderNumber', ORDER);
      },
    ),
  },
  {
    name: 'is not UTF-8',
    breaks: 'E1 form',
    response: success((body) => body.replaceAll('FQDN=', 'FQDN=%FF')),
  },
  { name: 'sends JSON in place of a form', breaks: 'E1 form', response: success(() => '{"errorCode":0}') },
  {
    name: 'writes %20 for a space',
    breaks: 'E2 serialisation',
    verdict: 'differs',
    response: (response) => ({ ...response, body: response.body.replaceAll('+', '%20') }),
  },
  {
    name: 'ends with a line end',
    breaks: 'E3 nothing-around',
    verdict: 'differs',
    response: (response) => ({ ...response, body: `${response.body}\r\n` }),
  },
  {
    name: 'does not know showValidityPeriod',
    breaks: 'V1 show-validity-period',
    response: forArgument('showValidityPeriod', 'Y', () =>
      error(-2, "'showValidityPeriod' is an unrecognised argument!"),
    ),
  },
  {
    name: 'has validity periods although showValidityPeriod is N',
    breaks: 'V1 show-validity-period',
    request: asOrder(
      (request) => argumentOf(request, 'showValidityPeriod') === 'N',
      (all) => all.set('showValidityPeriod', 'Y'),
    ),
  },
  {
    name: 'adds more than a validity period',
    breaks: 'V1 show-validity-period',
    response: forArgument('showValidityPeriod', 'Y', (response) => ({
      ...response,
      body: `${response.body}&1_2_csrStatus=1`,
    })),
  },
  {
    name: 'has dates for a validity period',
    breaks: 'V2 validity-period',
    verdict: 'differs',
    response: success((body) => body.replaceAll(/(notBefore|notAfter)=\d+/g, '$1=2025-06-11')),
  },
  {
    name: 'has a validity period that ends before it begins',
    breaks: 'V2 validity-period',
    response: success((body) => body.replaceAll(/notAfter=\d+/g, 'notAfter=1')),
  },
  {
    name: 'takes any showValidityPeriod for N',
    breaks: 'V3 invalid-show-validity-period',
    verdict: 'differs',
    request: asOrder(
      (request) => argumentOf(request, 'showValidityPeriod') === 'maybe',
      (all) => all.set('showValidityPeriod', 'N'),
    ),
  },
  {
    name: 'fails for an unknown showValidityPeriod',
    breaks: 'V3 invalid-show-validity-period',
    response: forArgument('showValidityPeriod', 'maybe', () => error(-14, 'An unknown error occurred!')),
  },
  {
    name: 'does not know responseFormat',
    breaks: 'V4 response-format-1',
    response: forArgument('responseFormat', '1', () =>
      error(-2, "'responseFormat' is an unrecognised argument!"),
    ),
  },
  {
    name: 'returns a form for responseFormat 2',
    breaks: 'V5 response-format-2',
    request: asOrder(
      (request) => argumentOf(request, 'responseFormat') === '2',
      (all) => all.delete('responseFormat'),
    ),
  },
  {
    name: 'says that JSON is a form',
    breaks: 'V5 response-format-2',
    verdict: 'differs',
    response: forArgument('responseFormat', '2', (response) => ({ ...response, headers: FORM })),
  },
  {
    name: 'has a text for the errorCode in JSON',
    breaks: 'V5 response-format-2',
    verdict: 'differs',
    response: forArgument('responseFormat', '2', (response) => ({
      ...response,
      body: response.body.replace('"errorCode":0', '"errorCode":"0"'),
    })),
  },
  {
    name: 'has no domain names in JSON',
    breaks: 'V5 response-format-2',
    verdict: 'differs',
    response: forArgument('responseFormat', '2', (response) => ({
      ...response,
      body: response.body.replaceAll(/"FQDN":"[^"]*",/g, ''),
    })),
  },
  {
    name: 'has forms for errors although JSON is asked for',
    breaks: 'V6 json-errors',
    response: forArgument('responseFormat', '2', (response) =>
      response.body.startsWith('{"errorCode":0')
        ? response
        : error(-3, "The 'queryType' argument is missing"),
    ),
  },
  {
    name: 'has an error of its own in JSON',
    breaks: 'V6 json-errors',
    verdict: 'differs',
    response: forArgument('responseFormat', '2', (response) => ({
      ...response,
      body: response.body.replace('"errorCode":-3', '"errorCode":-4'),
    })),
  },
  {
    name: 'takes an unknown responseFormat for a form',
    breaks: 'V7 invalid-response-format',
    verdict: 'differs',
    request: asOrder(
      (request) => argumentOf(request, 'responseFormat') === '3',
      (all) => all.delete('responseFormat'),
    ),
  },
  {
    name: 'does not know an unknown responseFormat',
    breaks: 'V7 invalid-response-format',
    response: forArgument('responseFormat', '3', () => error(-16, 'Permission denied!')),
  },
  {
    name: 'has validity periods that were not asked for',
    breaks: 'V8 only-when-asked',
    request: asOrder(
      (request) =>
        argumentOf(request, 'orderNumber') === ORDER && argumentOf(request, 'showValidityPeriod') === null,
      (all) => all.set('showValidityPeriod', 'Y'),
    ),
  },
];
