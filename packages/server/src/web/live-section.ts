/** The part of a page that stays up to date while it is open. */

import { type Html, html } from './html.ts';

/**
 * The part, as it is now.
 *
 * @param events where the page hears of changes; a browser without JavaScript shows what there was.
 */
export function liveSection(events: string, view: Html): Html {
  return html`<p class="live" data-live="${events}" hidden><span class="pulse" aria-hidden="true"></span><span data-live-words role="status"></span> <span data-live-age></span> <span data-live-changes role="status"></span></p>
<p class="hint" data-still>Load this page again to see what has changed.</p>
<div data-live-view tabindex="-1">${view}</div>`;
}
