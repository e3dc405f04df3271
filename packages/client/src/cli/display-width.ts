/** How many columns of a terminal a text takes, which is not how many characters it has. */

import { stripVTControlCharacters } from 'node:util';
import { eastAsianWidth } from 'get-east-asian-width';

/** Made when it is first needed: that takes a tenth of what a short command takes. */
let segmenter: Intl.Segmenter | undefined;
const PLAIN = /^[\x20-\x7e]*$/;
/** What takes no column: marks on the character before, and characters that only steer. */
const WITHOUT_WIDTH = /[\p{Mn}\p{Me}\p{Cf}]/gu;
/** Shown as a picture by itself, or made one by the variation selector U+FE0F. */
const EMOJI = /\p{Emoji_Presentation}|\ufe0f/u;

/** The columns that a line takes; colours take none. Time in proportion to its length. */
export function displayWidth(line: string): number {
  if (PLAIN.test(line)) return line.length;
  let width = 0;
  for (const { segment } of graphemesOf(line)) width += widthOf(segment);
  return width;
}

/** A line padded with spaces to so many columns. */
export function padToWidth(line: string, width: number): string {
  return line + ' '.repeat(Math.max(0, width - displayWidth(line)));
}

/**
 * A line cut to so many columns, with `…` where it was cut. Cut, it loses its colours with its end: cut in the middle
 * of one it would colour all that follows.
 */
export function cutToWidth(line: string, width: number): string {
  if (displayWidth(line) <= width) return line;
  let left = width - 1;
  let cut = '';
  for (const { segment } of graphemesOf(line)) {
    left -= widthOf(segment);
    if (left < 0) break;
    cut += segment;
  }
  return width < 1 ? '' : `${cut}…`;
}

/** Of a line without its colours. */
function graphemesOf(line: string): Iterable<Intl.SegmentData> {
  segmenter ??= new Intl.Segmenter('en', { granularity: 'grapheme' });
  return segmenter.segment(stripVTControlCharacters(line));
}

function widthOf(grapheme: string): number {
  if (EMOJI.test(grapheme)) return 2;
  const visible = grapheme.replace(WITHOUT_WIDTH, '').codePointAt(0);
  return visible === undefined ? 0 : eastAsianWidth(visible);
}
