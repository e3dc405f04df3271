/** Tables of the pages. */

import { type Html, html } from './html.ts';

/**
 * A table that scrolls sideways where the screen is narrow.
 *
 * @param label what it lists, for screen readers.
 * @param columns their headings.
 * @param rows each a `<tr>`.
 * @param className of the table element, where it has a style of its own.
 */
export function table(
  label: string,
  columns: readonly (string | Html)[],
  rows: readonly Html[],
  className = '',
): Html {
  return html`<div class="table" role="region" aria-label="${label}" tabindex="0"><table${className === '' ? '' : html` class="${className}"`}>
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows}
</tbody></table></div>`;
}
