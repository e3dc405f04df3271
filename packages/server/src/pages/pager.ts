/** Going through a list page by page. */

import { type Html, html } from './html.ts';

/** Links to the first and to the next page of what was filtered. */
export function pager(
  path: string,
  filter: Readonly<Record<string, string>>,
  isLater: boolean,
  next: string | undefined,
): Html {
  const given = Object.entries(filter).filter(([, value]) => value !== '');
  const query = (more: Readonly<Record<string, string>>) => {
    const text = new URLSearchParams([...given, ...Object.entries(more)]).toString();
    return text === '' ? path : `${path}?${text}`;
  };
  if (!isLater && next === undefined) return html``;
  return html`<nav class="pager" aria-label="Pages">
${isLater ? html`<a href="${query({})}">First page</a>` : ''}
${next === undefined ? '' : html`<a href="${query({ after: next })}">Next page</a>`}
</nav>`;
}
