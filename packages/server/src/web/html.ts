/** HTML as templates: everything that is put into one is escaped, unless it is one itself. */

import { html } from 'hono/html';

/** A piece of a page. */
export type Html = ReturnType<typeof html>;

export { html };

/** The text of a page. */
export function textOf(page: Html): string {
  if (page instanceof Promise) throw new Error('a page waits for something');
  return String(page);
}
