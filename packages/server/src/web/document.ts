/** The document around a page's content. */

import { assetPath } from './assets.ts';
import { type Html, html } from './html.ts';

/** A page. */
export interface Page {
  /** What the browser's tab says. */
  readonly title: string;
  readonly content: Html;
  /** Where else one can go, and out. Left out without a session. */
  readonly navigation?: Html;
}

/** The whole of a page. */
export function documentOf({ title, content, navigation }: Page): Html {
  return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<link rel="stylesheet" href="${assetPath('pages.css')}">
<link rel="icon" href="${assetPath('icon.svg')}" type="image/svg+xml">
<script src="${assetPath('live.js')}" type="module"></script>
</head>
<body>
<a class="skip" href="#content">Skip to content</a>
<header class="top"><div class="inner">
<span class="mark" aria-hidden="true">✓</span><span class="product">Certificate orders</span>
${navigation ?? ''}
</div></header>
<main id="content" class="inner" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}

/** Links of a navigation, of which one may be where one is, and the button to sign out. */
export function navigationOf(
  links: readonly { readonly path: string; readonly text: string }[],
  current: string,
  { signOut, who }: { readonly signOut: string; readonly who: string },
): Html {
  return html`<nav aria-label="Main"><ul>
${links.map(
  ({ path, text }) =>
    html`<li><a href="${path}" ${path === current ? html`aria-current="page"` : ''}>${text}</a></li>`,
)}
</ul></nav>
<form class="sign-out" method="post" action="${signOut}"><span class="who">${who}</span>
<button class="quiet">Sign out</button></form>`;
}
