/** What a form has done, or why not, on top of the page that it leads to. */

import { type Html, html } from './html.ts';

/** What was done, or why not. */
export interface Notice {
  readonly kind: 'good' | 'bad';
  readonly text: string;
  /** Something that only this page ever shows. */
  readonly secret?: { readonly name: string; readonly value: string };
}

/** The message; nothing when nothing was done. */
export function noticeView(said: Notice | undefined): Html {
  if (said === undefined) return html``;
  const { kind, text, secret } = said;
  return html`<p class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</p>
${
  secret === undefined
    ? ''
    : html`<label class="made">${secret.name}<input readonly value="${secret.value}" data-select></label>`
}`;
}
