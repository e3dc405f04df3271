/** The orders that match a filter, page by page. */

import { CHECKS } from '@cert-order-status/protocol';
import { Type } from 'typebox';
import type { Api } from '../json-api/json-api.ts';
import { invalidParameter } from '../json-api/problem.ts';
import { pageLimit } from '../json-api/schema-parts.ts';
import {
  type FilterKind,
  type FilterTexts,
  ORDER_FILTERS,
  type OrderFilter,
  readOrderFilter,
  readPageStart,
} from '../orders/order-filter.ts';
import { etagOf } from './preconditions.ts';
import { type RouteParts, responses, shownOrder } from './route.ts';
import { optionalWord, PAGE_LIMIT } from './schemas.ts';

const CHECK_DESCRIPTIONS = Object.fromEntries(CHECKS.map((check) => [check, 'Likewise.']));
const DESCRIPTIONS: Readonly<Record<string, string>> = {
  account: 'Login name.',
  orderStatus: 'The status of the order.',
  changedSince: 'Last changed at this time or later.',
  certificateStatus: 'The status of a certificate.',
  expiresBefore: 'A certificate that is issued or replaced has a notAfter before this moment.',
  FQDN: 'A certificate has this FQDN.',
  FQDNPrefix: "A certificate's FQDN begins with this.",
  ...CHECK_DESCRIPTIONS,
  csrStatus: 'The check of a certificate is in this state.',
  anyCheck: 'At least one check of a certificate is in this state.',
};

const query = Type.Object(
  {
    ...Object.fromEntries(
      Object.entries(ORDER_FILTERS).map(([name, kind]) => [
        name,
        filterSchema(kind, DESCRIPTIONS[name] ?? ''),
      ]),
    ),
    after: Type.Optional(Type.String({ description: "The 'next' of the page before." })),
    limit: pageLimit,
  },
  { additionalProperties: false },
);

/** Adds the route. */
export function searchRoute(api: Api, { store: { orders: orderStore } }: RouteParts): void {
  api.get(
    '/v1/orders',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'listOrders',
        summary: 'The orders that match, by number',
        description:
          'All filters apply; one certificate must match all filters about certificates. Over all pages, an order that matches the whole time is returned exactly once, whatever is written meanwhile.',
        querystring: query,
        response: responses({
          200: Type.Object(
            {
              orders: Type.Array(Type.Ref('OrderWithETag#')),
              next: Type.Optional(
                Type.String({ description: 'There are more: pass it as after, with the same filters.' }),
              ),
            },
            { description: 'A page of orders.' },
          ),
        }),
      },
    },
    async ({ query }) => {
      const { limit = PAGE_LIMIT, after, ...filters } = query;
      const page = { limit, after: after === undefined ? undefined : afterOf(after) };
      const { orders, more } = await orderStore.search(filterOf(filters), page);
      return {
        orders: orders.map((order) => ({
          etag: etagOf(order.version),
          changed: order.changed,
          order: shownOrder(order),
        })),
        next: more ? orders.at(-1)?.record.orderNumber : undefined,
      };
    },
  );
}

function filterSchema(kind: FilterKind, description: string) {
  switch (kind.kind) {
    case 'text':
      return Type.Optional(Type.String({ maxLength: kind.limit, description }));
    case 'word':
      return optionalWord(kind.words, description);
    case 'time':
      return Type.Optional(Type.String({ format: 'date-time', description }));
  }
}

function filterOf(texts: FilterTexts): OrderFilter {
  const { filter, problems } = readOrderFilter(texts);
  for (const { name, message } of problems) throw invalidParameter(name, message);
  return filter;
}

function afterOf(after: string): string {
  const orderNumber = readPageStart(after);
  if (orderNumber === undefined) throw invalidParameter('after', "must be the 'next' of a page");
  return orderNumber;
}
