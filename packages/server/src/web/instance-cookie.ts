/**
 * A cookie whose name is the same on all nodes of one order database, and another for each database: browsers send
 * cookies to every port of a host, so two services on one host would otherwise overwrite each other's.
 */

import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { History } from '../orders/history.ts';

/** What a cookie is set with: sent to this host alone, over https alone, and shown to no script. */
const ATTRIBUTES = { path: '/', secure: true, httpOnly: true } as const;
/** How many characters of the name come from the database. */
const INSTANCE_CHARACTERS = 8;
/** How many cookies of the kind are looked at: those of other services on the host come with each request. */
const COOKIES_READ = 5;

/** How a cookie is set. */
interface CookieOptions {
  readonly sameSite: 'strict' | 'lax';
  /** In seconds. */
  readonly maxAge: number;
}

/** A cookie of one kind, as the browser sent it. */
interface SentCookie {
  readonly name: string;
  readonly value: string;
}

/** The cookies of one kind. */
export class InstanceCookie {
  readonly #history: Pick<History, 'epoch'>;
  readonly #kind: string;
  #name: string | undefined;

  /** @param kind what the cookie is for, for example `orders`. */
  constructor(history: Pick<History, 'epoch'>, kind: string) {
    this.#history = history;
    this.#kind = kind;
  }

  /**
   * What the browser sent, this database's cookie first; then those named without a database, as an earlier version
   * did, or after another one or an earlier epoch of this one. Their secrets tell which are valid.
   * The first {@link COOKIES_READ}.
   */
  async sent({ cookies }: FastifyRequest): Promise<readonly SentCookie[]> {
    const own = await this.#ownName();
    const plain = this.plainName;
    const rank = (name: string) => (name === own ? 0 : name === plain ? 1 : 2);
    return Object.entries(cookies)
      .flatMap(([name, value]) =>
        value !== undefined && (name === plain || name.startsWith(`${plain}-`)) ? [{ name, value }] : [],
      )
      .sort((one, other) => rank(one.name) - rank(other.name))
      .slice(0, COOKIES_READ);
  }

  /** The name in earlier versions. */
  get plainName(): string {
    return `__Host-${this.#kind}`;
  }

  /** Whether a cookie is this database's own, or of an earlier version. */
  async isOwn({ name }: SentCookie): Promise<boolean> {
    return name === this.plainName || name === (await this.#ownName());
  }

  async set(reply: FastifyReply, value: string, options: CookieOptions): Promise<void> {
    reply.setCookie(await this.#ownName(), value, { ...ATTRIBUTES, ...options });
  }

  clear(reply: FastifyReply, name: string, sameSite: CookieOptions['sameSite']): void {
    reply.clearCookie(name, { ...ATTRIBUTES, sameSite });
  }

  /** From the epoch, which each database has from the start; a restored copy gets its own. */
  async #ownName(): Promise<string> {
    if (this.#name === undefined) {
      const { epoch } = await this.#history.epoch();
      const instance = createHash('sha256').update(epoch).digest('hex').slice(0, INSTANCE_CHARACTERS);
      this.#name = `${this.plainName}-${instance}`;
    }
    return this.#name;
  }
}
