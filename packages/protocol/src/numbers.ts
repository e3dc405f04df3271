/**
 * Order numbers and certificate IDs go beyond what a JavaScript number holds exactly (a certificate ID up to
 * 9999999999999999), so they are decimal strings everywhere: digits only, no leading zero, at least 1.
 */

/** The most digits an order number may have. */
export const ORDER_NUMBER_DIGITS = 18;
/** The most digits a certificate ID may have (spec, section 1). */
export const CERTIFICATE_ID_DIGITS = 16;

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

/**
 * The canonical form of a number written in decimal digits, or undefined when the text is anything else, has
 * more digits than allowed (leading zeros count), or is zero.
 */
export function canonicalNumber(text: string, mostDigits: number): string | undefined {
  if (text.length > mostDigits) return undefined;
  let zeros = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code < DIGIT_0 || code > DIGIT_9) return undefined;
    if (code === DIGIT_0 && zeros === at) zeros++;
  }
  if (zeros === text.length) return undefined;
  return zeros === 0 ? text : text.slice(zeros);
}
