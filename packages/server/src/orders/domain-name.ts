/** Domain names as people type them, and as certificates hold them. */

import { domainToASCII } from 'node:url';
import { asciiLowerCase } from '@cert-order-status/protocol';

const ASCII = /^[\x20-\x7e]*$/;

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

function toAscii(typed: string): string {
  const name = typed.trim();
  // Of ASCII, it would take numbers for addresses.
  return (ASCII.test(name) ? '' : domainToASCII(name)) || asciiLowerCase(name);
}
