/** Pagination: links to the pages of a list. */

import { type Html, html } from './html.ts';

/** A link to another page of a list. */
export interface PageLink {
  readonly text: string;
  readonly href: string;
}

/** Links to other pages of one of the lists of a page; nothing when there are none. */
export function pageLinks(label: string, links: readonly PageLink[]): Html {
  if (links.length === 0) return html``;
  return html`<nav class="pager" aria-label="${label}">
${links.map(({ text, href }) => html`<a href="${href}">${text}</a>`)}
</nav>`;
}

/** Links to the first and to the next page of what was filtered. */
export function pager(
  path: string,
  filter: Readonly<Record<string, string>>,
  isLater: boolean,
  next: string | undefined,
): Html {
  return pageLinks('Pages', [
    ...(isLater ? [{ text: 'First page', href: path + queryText(filter) }] : []),
    ...(next === undefined
      ? []
      : [{ text: 'Next page', href: path + queryText({ ...filter, after: next }) }]),
  ]);
}

/** The query string of the values that are not empty, with its question mark; an empty text if all are empty. */
export function queryText(values: Readonly<Record<string, string>>): string {
  const given = Object.entries(values).filter(([, value]) => value !== '');
  return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
}
