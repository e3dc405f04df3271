/** Who is signed in: a cookie with a secret, of which the order database holds a digest. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowsAddress } from '../accounts/allowed-addresses.ts';
import { digestOfSecret, newSecret } from '../accounts/secret.ts';
import type { SessionOwner, Sessions } from '../accounts/sessions.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { OnLimit } from '../limits.ts';

/** How long one stays signed in, in milliseconds. */
const LIFETIME = 12 * 60 * 60 * 1000;

/** What a cookie is set with: sent to this host alone, over https alone, and shown to no script. */
export const COOKIE = { path: '/', secure: true, httpOnly: true } as const;

/** The sessions of one kind of page. */
export class BrowserSessions<Kind extends SessionOwner['kind']> {
  readonly #sessions: Sessions;
  readonly #kind: Kind;
  /** Cookies do not tell ports apart, so the two kinds of pages need two names. */
  readonly #cookie: string;
  readonly #proxies: TrustedProxies;
  readonly #onLimit: OnLimit;

  constructor(sessions: Sessions, proxies: TrustedProxies, kind: Kind, cookieName: string, onLimit: OnLimit) {
    this.#sessions = sessions;
    this.#proxies = proxies;
    this.#kind = kind;
    this.#onLimit = onLimit;
    this.#cookie = `__Host-${cookieName}`;
  }

  /**
   * Who sent the request, if anybody is signed in and may be where the request comes from. What lasts longer than a request asks
   * again before each thing that it sends.
   */
  async ownerOf(request: FastifyRequest): Promise<Extract<SessionOwner, { kind: Kind }> | undefined> {
    const secret = request.cookies[this.#cookie];
    if (secret === undefined) return undefined;
    const found = await this.#sessions.find(digestOfSecret(secret));
    if (found === undefined || !isOfKind(found.owner, this.#kind)) return undefined;
    if (!allowsAddress(found.allowedAddresses, this.#proxies.clientAddress(request.raw))) return undefined;
    return found.owner;
  }

  /** Signs in, with a new secret always; whoever was signed in with the old one no longer is. */
  async signIn(request: FastifyRequest, reply: FastifyReply, owner: SessionOwner): Promise<void> {
    await this.#forget(request);
    const secret = newSecret();
    const ended = await this.#sessions.add(digestOfSecret(secret), owner, Date.now() + LIFETIME);
    if (ended > 0) this.#onLimit('sessions');
    reply.setCookie(this.#cookie, secret, { ...COOKIE, sameSite: 'strict', maxAge: LIFETIME / 1000 });
  }

  async signOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#forget(request);
    reply.clearCookie(this.#cookie, { ...COOKIE, sameSite: 'strict' });
  }

  async #forget(request: FastifyRequest): Promise<void> {
    const secret = request.cookies[this.#cookie];
    if (secret !== undefined) await this.#sessions.remove(digestOfSecret(secret));
  }
}

function isOfKind<Kind extends SessionOwner['kind']>(
  owner: SessionOwner,
  kind: Kind,
): owner is Extract<SessionOwner, { kind: Kind }> {
  return owner.kind === kind;
}
