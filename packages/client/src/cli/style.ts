/** Colours and symbols where they are wanted, plain text elsewhere. */

import { styleText } from 'node:util';

/** How text is shown on a stream. */
export interface Style {
  /** Whether a person looks at it: symbols and a live display make sense. */
  readonly isTerminal: boolean;
  /** In a colour, if the stream shows colours: NO_COLOR and FORCE_COLOR are respected. */
  paint(format: Format, text: string): string;
}

type Format = 'bold' | 'dim' | 'green' | 'yellow' | 'red' | 'cyan';

/** The style that suits a stream. */
export function styleOf(stream: NodeJS.WriteStream): Style {
  return {
    isTerminal: stream.isTTY === true && process.env['TERM'] !== 'dumb',
    paint: (format, text) => styleText(format, text, { stream }),
  };
}

/** Control characters, C1 too, and those that turn the direction of writing: what could make a terminal lie. */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu;

/** A server's text as it can be shown: what a terminal would obey is spelled out. */
export function printable(text: string): string {
  return text.replace(
    UNPRINTABLE,
    (character) => `\\u{${character.codePointAt(0)?.toString(16).padStart(4, '0')}}`,
  );
}
