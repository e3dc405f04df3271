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
