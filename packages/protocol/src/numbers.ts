/**
 * Order numbers and certificate IDs go beyond what a JavaScript number holds exactly (a certificate ID up to
 * 9999999999999999), so they are decimal strings everywhere: digits only, no leading zero, at least 1.
 */

/** The most digits an order number may have. */
export const ORDER_NUMBER_DIGITS = 18;
/** The most digits a certificate ID may have (spec, section 1). */
export const CERTIFICATE_ID_DIGITS = 16;

/**
 * The canonical form of a number written in decimal digits, or undefined when the text is anything else, has
 * more digits than allowed (leading zeros count), or is zero.
 */
export function canonicalNumber(text: string, mostDigits: number): string | undefined {
  if (text.length > mostDigits || !/^[0-9]+$/.test(text)) return undefined;
  const canonical = text.replace(/^0+/, '');
  return canonical === '' ? undefined : canonical;
}
