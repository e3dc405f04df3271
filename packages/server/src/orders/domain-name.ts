/** Domain names as people type them, and as certificates hold them. */

import { domainToASCII, domainToUnicode } from 'node:url';
import { asciiLowerCase } from '@cert-order-status/protocol';

const ASCII = /^[\x20-\x7e]*$/;
const NOT_ASCII = /[^\x20-\x7e]+/g;
/** The beginning of a label that stands for one that is not ASCII. */
const ACE_LABEL = /(?:^|\.)xn--/;

/**
 * The form in which a name is stored: `bücher.example` is `xn--bcher-kva.example`, A–Z are in lower case, and a final
 * dot is left out. `*.` in front stays. What is no domain name is only put into lower case.
 */
export function storedDomainName(typed: string): string {
  const name = toAscii(typed);
  return name.endsWith('.') ? name.slice(0, -1) : name;
}

/**
 * The same of what a name begins with. A dot at the end stays after a single label: `www.` is the beginning of longer
 * names, while `www.example.com.` is a whole one. Of a label that is not ASCII only the whole has such a form.
 */
export function storedDomainPrefix(typed: string): string {
  const prefix = toAscii(typed);
  return /^[^.]*\.$/.test(prefix) ? prefix : storedDomainName(prefix);
}

/**
 * How a name of {@link storedDomainName} or {@link storedDomainPrefix} may be stored, A–Z in lower case: itself, and if
 * it has labels that are not ASCII, in Unicode, in lower and in upper case. At most three.
 */
export function spellingsOf(stored: string): readonly string[] {
  if (!ACE_LABEL.test(stored)) return [stored];
  const unicode = domainToUnicode(stored);
  if (unicode === '') return [stored];
  return [...new Set([stored, unicode, unicode.replace(NOT_ASCII, (letters) => letters.toUpperCase())])];
}

function toAscii(typed: string): string {
  const name = typed.trim();
  // Of ASCII, it would take numbers for addresses.
  return (ASCII.test(name) ? '' : domainToASCII(name)) || asciiLowerCase(name);
}
