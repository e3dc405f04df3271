/**
 * Which certificates, changes and share links of an order a page shows: few enough that a page of any order is soon
 * there.
 */

import type { FastifyRequest } from 'fastify';
import { queryOf } from './page-server.ts';
import { type PageLink, queryText } from './pager.ts';

/** How many of each a page shows. */
export const CERTIFICATES_PER_PAGE = 50;
export const CHANGES_PER_PAGE = 25;
export const LINKS_PER_PAGE = 20;

/** What the address of a page of an order says in its query. */
export interface OrderPaging {
  /** The position of the first certificate that is shown, counted from 0: always that of the first of a page. */
  readonly from: number;
  /** The changes shown are those before this version; the latest when left out. */
  readonly changesBefore?: number | undefined;
  /** The share links shown are those made before this one; the latest when left out. */
  readonly linksBefore?: number | undefined;
}

/** What a request asks to be shown; what is no number counts as left out. */
export function orderPagingOf(request: FastifyRequest): OrderPaging {
  const { certificates, changes, links } = queryOf(request, 'certificates', 'changes', 'links');
  return {
    from: pageStart((numberOf(certificates) ?? 1) - 1),
    changesBefore: numberOf(changes),
    linksBefore: numberOf(links),
  };
}

function numberOf(text: string): number | undefined {
  return /^[1-9][0-9]{0,8}$/.test(text) ? Number(text) : undefined;
}

/** The same with a page of certificates that there is: the first, if the order has fewer certificates. */
export function withCertificates(paging: OrderPaging, certificateCount: number): OrderPaging {
  return paging.from < certificateCount ? paging : { ...paging, from: 0 };
}

/** The position of the first certificate of the page that a position is on. */
function pageStart(position: number): number {
  return position - (position % CERTIFICATES_PER_PAGE);
}

/** The query of the page of an order that shows the certificate at a position; empty for the first. */
export function queryOfCertificate(position: number): string {
  return orderQuery({ from: pageStart(position) });
}

/** The query of a page of an order, from its question mark on; empty for the page that one sees first. */
export function orderQuery({ from, changesBefore, linksBefore }: OrderPaging): string {
  return queryText({
    certificates: from === 0 ? '' : String(from + 1),
    changes: String(changesBefore ?? ''),
    links: String(linksBefore ?? ''),
  });
}

/** Links to the other pages of an order's certificates, of which so many are on this one. */
export function certificatePages(paging: OrderPaging, count: number): PageLink[] {
  const last = pageStart(count - 1);
  const pages = [
    { text: 'First page', from: 0, isThere: paging.from > CERTIFICATES_PER_PAGE },
    { text: 'Previous page', from: paging.from - CERTIFICATES_PER_PAGE, isThere: paging.from > 0 },
    { text: 'Next page', from: paging.from + CERTIFICATES_PER_PAGE, isThere: paging.from < last },
    { text: 'Last page', from: last, isThere: paging.from + CERTIFICATES_PER_PAGE < last },
  ];
  return pages
    .filter(({ isThere }) => isThere)
    .map(({ text, from }) => ({ text, href: hrefOf({ ...paging, from }, 'certificates-heading') }));
}

/** Links to the latest and to earlier changes or share links. */
export function earlierPages(
  what: 'changes' | 'links',
  paging: OrderPaging,
  before: number | undefined,
  fragment: string,
): PageLink[] {
  const name = `${what}Before` as const;
  return [
    ...(paging[name] === undefined
      ? []
      : [{ text: `Latest ${what}`, href: hrefOf({ ...paging, [name]: undefined }, fragment) }]),
    ...(before === undefined
      ? []
      : [{ text: `Earlier ${what}`, href: hrefOf({ ...paging, [name]: before }, fragment) }]),
  ];
}

/** Relative to the page that it stands on, so that it is the same for everybody who looks at the order. */
function hrefOf(paging: OrderPaging, fragment: string): string {
  return `${orderQuery(paging) || '?'}#${fragment}`;
}
