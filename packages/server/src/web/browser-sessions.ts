/** Who is signed in: a cookie with a secret, of which the order database holds a digest. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { allowsAddress } from '../accounts/allowed-addresses.ts';
import { digestOfSecret, newSecret } from '../accounts/secret.ts';
import type { FoundSession, SessionOwner, Sessions } from '../accounts/sessions.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import type { OnLimit } from '../limits.ts';
import type { InstanceCookie } from './instance-cookie.ts';

/** How long one stays signed in, in milliseconds. */
const LIFETIME_MS = 12 * 60 * 60 * 1000;

/** The sessions of one kind of page. */
export class BrowserSessions<Kind extends SessionOwner['kind']> {
  readonly #sessions: Sessions;
  readonly #kind: Kind;
  readonly #cookie: InstanceCookie;
  readonly #proxies: TrustedProxies;
  readonly #onLimit: OnLimit;

  /** @param cookie of this kind alone: cookies do not tell ports apart, so the two kinds of pages need two. */
  constructor(
    sessions: Sessions,
    proxies: TrustedProxies,
    kind: Kind,
    cookie: InstanceCookie,
    onLimit: OnLimit,
  ) {
    this.#sessions = sessions;
    this.#proxies = proxies;
    this.#kind = kind;
    this.#onLimit = onLimit;
    this.#cookie = cookie;
  }

  /**
   * Who sent the request, if it has a session of this kind and comes from an allowed address. What lasts longer than a
   * request calls this again before each thing that it sends.
   */
  async ownerOf(request: FastifyRequest): Promise<Extract<SessionOwner, { kind: Kind }> | undefined> {
    const found = await this.#find(request);
    if (found === undefined || !isOfKind(found.owner, this.#kind)) return undefined;
    if (!allowsAddress(found.allowedAddresses, this.#proxies.clientAddress(request.raw))) return undefined;
    return found.owner;
  }

  /**
   * Whether a request without an owner comes from a browser that was signed in: it still has this service's cookie.
   * Anybody can send such a cookie, so only what all may know is to follow from it.
   */
  async hasEnded(request: FastifyRequest): Promise<boolean> {
    for (const cookie of await this.#cookie.sent(request)) if (await this.#cookie.isOwn(cookie)) return true;
    return false;
  }

  /** Signs in, always with a new secret; the session that the browser had ends. */
  async signIn(request: FastifyRequest, reply: FastifyReply, owner: SessionOwner): Promise<void> {
    await this.#forget(request, reply);
    const secret = newSecret();
    const ended = await this.#sessions.add(digestOfSecret(secret), owner, Date.now() + LIFETIME_MS);
    if (ended > 0) this.#onLimit('sessions');
    await this.#cookie.set(reply, secret, { sameSite: 'strict', maxAge: LIFETIME_MS / 1000 });
  }

  async signOut(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await this.#forget(request, reply);
  }

  /** The session whose secret is in one of the cookies. */
  async #find(request: FastifyRequest): Promise<FoundSession | undefined> {
    for (const { value } of await this.#cookie.sent(request)) {
      const found = await this.#sessions.find(digestOfSecret(value));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** Ends the session, and clears its cookie; a cookie of another service on the host stays. */
  async #forget(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    for (const cookie of await this.#cookie.sent(request)) {
      const digest = digestOfSecret(cookie.value);
      const isFound = (await this.#sessions.find(digest)) !== undefined;
      if (isFound) await this.#sessions.remove(digest);
      if (isFound || (await this.#cookie.isOwn(cookie))) this.#cookie.clear(reply, cookie.name, 'strict');
    }
  }
}

function isOfKind<Kind extends SessionOwner['kind']>(
  owner: SessionOwner,
  kind: Kind,
): owner is Extract<SessionOwner, { kind: Kind }> {
  return owner.kind === kind;
}
