/** Text in columns. */

import { displayWidth, padToWidth } from './display-width.ts';
import { printableLine } from './output.ts';

/** Lines of columns, each as wide as its widest cell; the last is not padded. A cell is always one line. */
export function table(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map(printableLine));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, cell] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, displayWidth(cell));
    }
  }
  return rows.map((row) => lineOf(row, widths)).join('\n');
}

function lineOf(row: readonly string[], widths: readonly number[]): string {
  return row
    .map((cell, column) => padToWidth(cell, widths[column] ?? 0))
    .join('  ')
    .trimEnd();
}
