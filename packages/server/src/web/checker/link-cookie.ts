/**
 * The share links that a browser has opened: the latest of them, in one cookie, which stays far below what browsers and
 * proxies take.
 */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { History } from '../../orders/history.ts';
import { InstanceCookie } from '../instance-cookie.ts';

/**
 * How many links a browser keeps; one that has dropped out is opened again from its address. Each takes 66 bytes or so.
 */
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

/** The share links of browsers. */
export class LinkCookie {
  readonly #cookie: InstanceCookie;

  constructor(history: Pick<History, 'epoch'>) {
    this.#cookie = new InstanceCookie(history, 'links');
  }

  /** The secrets with which the browser may have opened a link: of one service each. */
  async secretsOf(request: FastifyRequest, linkID: number): Promise<readonly string[]> {
    const sent = await this.#cookie.sent(request);
    return sent.flatMap(({ value }) => linksIn(value).find((link) => link.linkID === linkID)?.secret ?? []);
  }

  /** Makes the browser keep a link, as long as the longest of those that it keeps lasts. */
  async keep(request: FastifyRequest, reply: FastifyReply, opened: OpenedLink): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    const links = new Map([[opened.linkID, opened]]);
    for (const cookie of await this.#cookie.sent(request)) {
      if (!(await this.#cookie.isOwn(cookie))) continue;
      for (const link of linksIn(cookie.value))
        if (!links.has(link.linkID) && link.expires > now) links.set(link.linkID, link);
    }
    const kept = [...links.values()].slice(0, LINKS_KEPT);
    const value = kept.map(({ linkID, secret, expires }) => `${linkID}.${secret}.${expires}`).join('~');
    const maxAge = Math.max(...kept.map(({ expires }) => expires)) - now;
    // Lax: people come from a mail or a chat, which is another site.
    await this.#cookie.set(reply, value, { sameSite: 'lax', maxAge });
  }

  /** Removes some of the cookies that an earlier version has set. */
  clearOld(request: FastifyRequest, reply: FastifyReply): void {
    const old = Object.keys(request.cookies).filter((name) => OLD_NAME.test(name));
    for (const name of old.slice(0, OLD_COOKIES_CLEARED)) this.#cookie.clear(reply, name, 'lax');
  }
}

function linksIn(cookie: string): readonly OpenedLink[] {
  return cookie.split('~', LINKS_KEPT).flatMap((entry) => {
    const [, linkID, secret, expires] = ENTRY.exec(entry) ?? [];
    return secret === undefined ? [] : [{ linkID: Number(linkID), secret, expires: Number(expires) }];
  });
}
