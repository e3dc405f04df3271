/** What a terminal shows after a program's output, with all that has scrolled out at its top. */

// biome-ignore lint/suspicious/noControlCharactersInRegex: sequences begin with one
const SEQUENCE = /\x1b\[([0-9;?]*)([A-Za-z])|[^\x1b]/gu;

/**
 * Every line from the first in the scrollback to the last on the screen. Knows what the programs use: colours, up,
 * erase below.
 */
export function linesOnScreen(output: string, rows: number, columns: number): string[] {
  const lines: string[] = [''];
  let row = 0;
  let column = 0;
  const feed = () => {
    row++;
    lines[row] ??= '';
  };
  for (const [token, parameter = '', command] of output.matchAll(SEQUENCE)) {
    // What is above the screen is out of reach.
    const top = Math.max(0, lines.length - rows);
    if (command === 'A') row = Math.max(top, row - Number(parameter || 1));
    else if (command === 'J') {
      lines.length = row + 1;
      lines[row] = (lines[row] ?? '').slice(0, column);
    } else if (token === '\n') feed();
    else if (token === '\r') column = 0;
    else if (command === undefined) {
      if (column === columns) {
        feed();
        column = 0;
      }
      lines[row] = (lines[row] ?? '').slice(0, column).padEnd(column) + token;
      column++;
    }
  }
  return lines;
}
