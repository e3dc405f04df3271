/**
 * An upstream for tests: a real https server that responds as the live service is documented to, and misbehaves as it
 * is told.
 */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { TestContext } from 'node:test';
import { httpsServer, serverPair } from '../outbound/targets.ts';

/** An order, as its parameters without their number: `{ orderStatus: 'Pending', '1_certificateStatus': 'Valid' }`. */
export type FakeOrder = Readonly<Record<string, string>>;

/** A request as it arrived. */
interface FakeRequest {
  readonly path: string;
  readonly contentType: string | undefined;
  readonly form: URLSearchParams;
}

/** Responds to a request in its own way. */
type Behaviour = (request: FakeRequest, response: ServerResponse, incoming: IncomingMessage) => void;

const FORM = 'application/x-www-form-urlencoded';

/** Responds with a status, a body and headers. */
export function reply(
  body: string | Uint8Array,
  status = 200,
  headers: Readonly<Record<string, string>> = { 'Content-Type': FORM },
): Behaviour {
  return (_request, response) => response.writeHead(status, headers).end(body);
}

/** An API error in the live service's words. */
export function errorBody(errorCode: number, errorMessage: string, extra: FakeOrder = {}): string {
  return new URLSearchParams({ errorCode: String(errorCode), errorMessage, ...extra }).toString();
}

/** Orders as a response has them. */
export function statusBody(orders: readonly FakeOrder[]): string {
  const body = new URLSearchParams({ errorCode: '0' });
  for (const [index, order] of orders.entries()) {
    for (const [name, value] of Object.entries(order)) body.append(`${index + 1}_${name}`, value);
  }
  return body.toString();
}

/** A fake upstream. */
export interface FakeUpstream {
  readonly baseUrl: string;
  readonly requests: FakeRequest[];
  /** By order number: the order, and those that replace it. */
  readonly orders: Map<string, readonly FakeOrder[]>;
  loginPassword: string;
  /** Whether showValidityPeriod is known. */
  knowsValidityPeriod: boolean;
  /** In place of the usual responses. */
  behaviour: Behaviour | undefined;
}

export const FAKE_LOGIN = 'reseller';
export const FAKE_PASSWORD = 'pass word+&%';

/** An order as responses hold it. */
export const PENDING: FakeOrder = {
  orderNumber: '7250060',
  orderDateTime: '2025-06-11 11:57',
  orderStatus: 'Pending',
  '1_objectType': 'SSL',
  '1_FQDN': 'www.example.com',
  '1_certificateStatus': 'Awaiting Validation',
  '1_csrStatus': '1',
  '1_dcvStatus': '2',
};

/** Starts one. */
export async function fakeUpstream(
  t: Pick<TestContext, 'after'>,
  options: Partial<Pick<FakeUpstream, 'knowsValidityPeriod'>> = {},
): Promise<FakeUpstream> {
  const { port } = await httpsServer(
    t,
    async (incoming, response) => {
      const body = await buffer(incoming).catch(() => undefined);
      if (body === undefined) return;
      const request: FakeRequest = {
        path: incoming.url ?? '',
        contentType: incoming.headers['content-type'],
        form: new URLSearchParams(body.toString()),
      };
      fake.requests.push(request);
      (fake.behaviour ?? reply(usual(request.form)))(request, response, incoming);
    },
    await serverPair(),
  );
  const fake: FakeUpstream = {
    baseUrl: `https://127.0.0.1:${port}`,
    requests: [],
    orders: new Map(),
    loginPassword: FAKE_PASSWORD,
    knowsValidityPeriod: true,
    behaviour: undefined,
    ...options,
  };
  // The live service ends its bodies with a line end.
  const usual = (form: URLSearchParams) => `${responseTo(fake, form)}\n`;
  return fake;
}

const KNOWN = ['loginName', 'loginPassword', 'orderNumber', 'certificateID', 'queryType'];

function responseTo(fake: FakeUpstream, form: URLSearchParams): string {
  const known = fake.knowsValidityPeriod ? [...KNOWN, 'showValidityPeriod'] : KNOWN;
  const unknown = [...form.keys()].find((name) => !known.includes(name));
  if (unknown !== undefined) return errorBody(-2, `'${unknown}' is an unrecognised argument!`);
  const missing = KNOWN.find((name) => name !== 'certificateID' && !form.get(name));
  if (missing !== undefined) return errorBody(-3, `The '${missing}' argument is missing!`);
  if (form.get('loginName') !== FAKE_LOGIN || form.get('loginPassword') !== fake.loginPassword) {
    return errorBody(-16, 'Permission denied!');
  }
  const orders = fake.orders.get(form.get('orderNumber') ?? '');
  if (orders === undefined) return errorBody(-4, "The value of the 'orderNumber' argument is invalid!");
  const isShown = form.get('showValidityPeriod') === 'Y';
  return statusBody(isShown ? orders : orders.map(withoutValidity));
}

function withoutValidity(order: FakeOrder): FakeOrder {
  return Object.fromEntries(Object.entries(order).filter(([name]) => !/_not(Before|After)$/.test(name)));
}
