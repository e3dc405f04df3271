/** Why the live updates of an open page end, as the page says it. */

import { type Html, html, textOf } from './html.ts';

/** What the page says, and where the reader can go on. */
export interface StreamEnd {
  readonly text: string;
  readonly link?: { readonly href: string; readonly text: string } | undefined;
}

/** The event that makes a page say so and stop: it does not connect again. */
export function overEvent({ text, link }: StreamEnd): string {
  const notice: Html = html`${text}${link === undefined ? '' : html` <a href="${link.href}">${link.text}</a>`}`;
  return `event: over\ndata: ${JSON.stringify(textOf(notice))}\n\n`;
}
