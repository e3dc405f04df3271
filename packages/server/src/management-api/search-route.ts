/** The orders that match a filter, page by page. */

import {
  CERTIFICATE_STATUSES,
  CHECK_STATUSES,
  CHECKS,
  canonicalNumber,
  FQDN_LIMIT,
  LOGIN_NAME_LIMIT,
  ORDER_NUMBER_DIGITS,
  ORDER_STATUSES,
  parseDateTime,
} from '@cert-order-status/protocol';
import { type Static, Type } from 'typebox';
import type { OrderFilter } from '../orders/order-store.ts';
import { etagOf } from './preconditions.ts';
import { invalidParameter } from './problem.ts';
import { type Api, answers, type RouteParts } from './route.ts';
import { optionalWord, PAGE_LIMIT, pageLimit } from './schemas.ts';

const query = Type.Object(
  {
    account: Type.Optional(Type.String({ maxLength: LOGIN_NAME_LIMIT, description: 'Login name.' })),
    orderStatus: optionalWord(ORDER_STATUSES, 'The order stands there.'),
    changedSince: Type.Optional(
      Type.String({ format: 'date-time', description: 'Changed at this moment or later.' }),
    ),
    certificateStatus: optionalWord(CERTIFICATE_STATUSES, 'A certificate stands there.'),
    FQDN: Type.Optional(Type.String({ maxLength: FQDN_LIMIT, description: 'A certificate has this FQDN.' })),
    FQDNPrefix: Type.Optional(
      Type.String({ maxLength: FQDN_LIMIT, description: "A certificate's FQDN begins with this." }),
    ),
    csrStatus: optionalWord(CHECK_STATUSES, 'The check of a certificate is in this state.'),
    dcvStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    ovCallBackStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    organizationValidationStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    freeDVUPStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    evClickThroughStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    caaStatus: optionalWord(CHECK_STATUSES, 'Likewise.'),
    anyCheck: optionalWord(CHECK_STATUSES, 'Some check of a certificate, whichever, is in this state.'),
    after: Type.Optional(Type.String({ description: "The 'next' of the page before." })),
    limit: pageLimit,
  },
  { additionalProperties: false },
);

/** Adds the route. */
export function searchRoute(api: Api, { store: { orders: orderBook } }: RouteParts): void {
  api.get(
    '/v1/orders',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listOrders',
        summary: 'The orders that match, by number',
        description:
          'Filters that are given all apply; those about certificates to one and the same certificate. Page after page, every order that matches all the while is found exactly once, however much is written meanwhile.',
        querystring: query,
        response: answers({
          200: Type.Object(
            {
              orders: Type.Array(Type.Ref('BookedOrder#')),
              next: Type.Optional(
                Type.String({ description: 'There are more: give this as after, with the same filters.' }),
              ),
            },
            { description: 'A page of orders.' },
          ),
        }),
      },
    },
    async ({ query }) => {
      const { limit = PAGE_LIMIT } = query;
      const page = { limit, after: query.after === undefined ? undefined : afterOf(query.after) };
      const { orders, more } = await orderBook.search(filterOf(query), page);
      return {
        orders: orders.map(({ record, version, changed }) => ({
          etag: etagOf(version),
          changed,
          order: record,
        })),
        ...(more && { next: orders.at(-1)?.record.orderNumber }),
      };
    },
  );
}

function filterOf({ changedSince, after: _, limit: __, ...others }: Static<typeof query>): OrderFilter {
  const { account, orderStatus, certificateStatus, FQDN, FQDNPrefix, anyCheck } = others;
  const checks = Object.fromEntries(
    CHECKS.filter((check) => others[check] !== undefined).map((check) => [check, others[check]]),
  );
  return {
    account,
    orderStatus,
    certificateStatus,
    FQDN,
    FQDNPrefix,
    anyCheck,
    checks,
    changedSince: changedSince === undefined ? undefined : millisecondOf(changedSince),
  };
}

function millisecondOf(time: string): number {
  const second = parseDateTime(time);
  if (second === undefined) {
    throw invalidParameter('changedSince', 'must be an RFC 3339 time such as 2025-06-11T11:57:00Z');
  }
  return second * 1000;
}

function afterOf(after: string): string {
  const orderNumber = canonicalNumber(after, ORDER_NUMBER_DIGITS);
  if (orderNumber === undefined) throw invalidParameter('after', "must be the 'next' of a page");
  return orderNumber;
}
