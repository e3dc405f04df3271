/** What a form has done, or why not, on top of the page that it leads to. */

import { AdminError } from '../accounts/admin-error.ts';
import { type Html, html } from './html.ts';

/** What was done, or why not. */
export interface Notice {
  readonly kind: 'good' | 'bad';
  readonly text: string;
  /** Something that only this page ever shows. */
  readonly secret?: { readonly name: string; readonly value: string } | undefined;
  /** What it is about in detail, a line each. */
  readonly lines?: readonly (string | Html)[] | undefined;
}

/** The message; nothing when nothing was done. */
export function noticeView(notice: Notice | undefined): Html {
  if (notice === undefined) return html``;
  const { kind, text, secret, lines = [] } = notice;
  return html`<p class="notice ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">${text}</p>
${lines.length === 0 ? '' : html`<ul class="lines">${lines.map((line) => html`<li>${line}</li>`)}</ul>`}
${
  secret === undefined
    ? ''
    : html`<label class="made">${secret.name}<input readonly value="${secret.value}" data-select></label>`
}`;
}

/** For a form that asks for something else than its page can do. */
export const UNKNOWN_ACT: Notice = {
  kind: 'bad',
  text: 'This form does not have that action. Load the page again.',
};

/** A message of one line, as errors have them, with a capital letter and a full stop. */
export function sentence(message: string): string {
  return `${message.charAt(0).toUpperCase()}${message.slice(1)}.`;
}

/**
 * Why a use case of accounts and tokens changed nothing.
 *
 * @throws any other error.
 */
export function noticeOfError(error: unknown): Notice {
  if (!(error instanceof AdminError)) throw error;
  const text = error.kind === 'invalid' ? `That cannot be: ${error.message}.` : sentence(error.message);
  return { kind: 'bad', text };
}
