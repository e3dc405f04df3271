/** Tables of the pages. */

import { raw } from 'hono/html';
import { type Html, html, textOf } from './html.ts';

/** The cells of a row; what is stored is escaped, so that only templates begin a cell. */
const CELL = /<t[dh](?=[ >])/g;

/**
 * A table; on a phone each row becomes a block of lines, each with its column's heading.
 *
 * @param label what it lists, for screen readers.
 * @param columns their headings.
 * @param rows each a `<tr>`.
 */
export function table(label: string, columns: readonly (string | Html)[], rows: readonly Html[]): Html {
  return html`<div class="table" role="region" aria-label="${label}" tabindex="0"><table class="rows">
<thead><tr>${columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead>
<tbody>
${rows.map((row) => labelled(row, columns))}
</tbody></table></div>`;
}

function labelled(row: Html, columns: readonly (string | Html)[]): Html {
  let index = 0;
  return raw(
    textOf(row).replaceAll(CELL, (cell) => {
      const column = columns[index++];
      return typeof column === 'string' ? `${cell} data-label="${textOf(html`${column}`)}"` : cell;
    }),
  );
}
