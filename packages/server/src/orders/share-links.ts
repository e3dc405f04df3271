/** Links that show one order without signing in. */

/** Links that show one order to anyone who has the link. Only their digests (hex) are stored. */
export interface ShareLinks {
  /** The link, unless it has expired or was revoked, or the order's account is disabled. */
  find(digest: string): Promise<FoundLink | undefined>;
  /** The newest first, those made before the given one; all there are unless a limit is given. */
  ofOrder(
    orderNumber: string,
    page?: { readonly before?: number | undefined; readonly limit?: number },
  ): Promise<readonly ShareLink[]>;
  /**
   * Adds a link, unless the order, or its account, has as many that work as it may: {@link LINKS_PER_ORDER},
   * {@link LINKS_PER_ACCOUNT}. Of those that work no more, an order keeps the latest hundred.
   *
   * @param expiresMs in milliseconds since 1970.
   */
  add(
    digest: string,
    orderNumber: string,
    expiresMs: number,
  ): Promise<'added' | 'order is full' | 'account is full'>;
  /** False when the order has no such link, or it was revoked before. */
  revoke(orderNumber: string, linkID: number): Promise<boolean>;
  /** Notes that the link is being used now. */
  use(linkID: number): Promise<void>;
}

/** A link as its account sees it. Times are RFC 3339 in UTC. */
export interface ShareLink {
  readonly linkID: number;
  readonly created: string;
  readonly expires: string;
  readonly revoked?: string | undefined;
  /** To the minute or so. */
  readonly lastUsed?: string | undefined;
}

/** A link that is still good. */
export interface FoundLink {
  readonly linkID: number;
  readonly orderNumber: string;
  /** The login name of the account whose order it is. */
  readonly account: string;
  /** In milliseconds since 1970. */
  readonly expiresMs: number;
}

/** How many links that work an order may have, and an account for all of its orders. */
export const LINKS_PER_ORDER = 100;

export const LINKS_PER_ACCOUNT = 10_000;
