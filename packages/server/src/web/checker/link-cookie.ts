/** The share links that a browser has opened: the latest of them, in one cookie, which stays far below what browsers and proxies take. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { COOKIE } from '../browser-sessions.ts';

const NAME = '__Host-links';
/** Lax: people come from a mail or a chat, which is another site. */
const OPTIONS = { ...COOKIE, sameSite: 'lax' } as const;
/** How many links a browser keeps; one that has dropped out is opened again from its address. Each takes 66 bytes or so. */
const LINKS_KEPT = 20;
/** `12.SECRET.1780000000`, and the next after a tilde: nothing in it is ever escaped. */
const ENTRY = /^([0-9]{1,15})\.([A-Za-z0-9_-]{43})\.([0-9]{1,12})$/;

/** An earlier version had a cookie for each link. */
const OLD_NAME = /^__Host-link-[0-9]+$/;
/** How many of those are taken away with a page: proxies limit the headers of responses, too. */
const OLD_COOKIES_CLEARED = 25;

/** A link as the cookie says it is. What it is good for, and until when, the database says. */
export interface OpenedLink {
  readonly linkID: number;
  readonly secret: string;
  /** In seconds since 1970. */
  readonly expires: number;
}

/** The secret with which the browser has opened a link, if it keeps it. */
export function secretOf(request: FastifyRequest, linkID: number): string | undefined {
  return linksOf(request).find((link) => link.linkID === linkID)?.secret;
}

/** Makes the browser keep a link, as long as the longest of those that it keeps lasts. */
export function keepLink(request: FastifyRequest, reply: FastifyReply, opened: OpenedLink): void {
  const now = Math.floor(Date.now() / 1000);
  const others = linksOf(request).filter(({ linkID, expires }) => linkID !== opened.linkID && expires > now);
  const links = [opened, ...others].slice(0, LINKS_KEPT);
  const value = links.map(({ linkID, secret, expires }) => `${linkID}.${secret}.${expires}`).join('~');
  reply.setCookie(NAME, value, {
    ...OPTIONS,
    maxAge: Math.max(...links.map(({ expires }) => expires)) - now,
  });
}

/** Takes away some of the cookies that an earlier version has set. */
export function clearOldCookies(request: FastifyRequest, reply: FastifyReply): void {
  const old = Object.keys(request.cookies).filter((name) => OLD_NAME.test(name));
  for (const name of old.slice(0, OLD_COOKIES_CLEARED)) reply.clearCookie(name, OPTIONS);
}

function linksOf({ cookies }: FastifyRequest): readonly OpenedLink[] {
  return (cookies[NAME] ?? '').split('~', LINKS_KEPT).flatMap((entry) => {
    const [, linkID, secret, expires] = ENTRY.exec(entry) ?? [];
    return secret === undefined ? [] : [{ linkID: Number(linkID), secret, expires: Number(expires) }];
  });
}
