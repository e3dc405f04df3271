/**
 * How the programs of this project write to a terminal. What comes from elsewhere (orders, other servers, arguments)
 * may hold characters that a terminal obeys or that turn the direction of writing: they are spelled out here, for every
 * command alike.
 */

/** Control characters, C1 too; line and paragraph separators; and what turns the direction of writing. */
const UNPRINTABLE = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;
/** The same, or a colour of ours as a whole. */
const UNPRINTABLE_OR_COLOUR =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin with one
  /\x1b\[[0-9;]{0,8}m|[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** A text from elsewhere, on one line and without colours of its own. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, spelledOut);
}

/** A line of ours, with our colours, about texts from elsewhere. */
export function printableLine(line: string): string {
  return line.replace(UNPRINTABLE_OR_COLOUR, (found) => (found.length > 1 ? found : spelledOut(found)));
}

/** A value as one line of JSON that a terminal shows as it is, and that reads as the same value. */
export function jsonLine(value: unknown): string {
  return printable(JSON.stringify(value));
}

/** Writes lines to standard output. */
export function print(lines: string): void {
  console.log(printableLines(lines));
}

/** Writes lines to standard error. */
export function printError(lines: string): void {
  console.error(printableLines(lines));
}

function printableLines(lines: string): string {
  return lines.split('\n').map(printableLine).join('\n');
}

/** As JSON spells it. */
function spelledOut(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
