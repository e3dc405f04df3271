import type { ShareLink } from '../../orders/share-links.ts';

/** How many links that work no more an order keeps, the latest. */
export const ENDED_LINKS_KEPT = 100;

/** Times are milliseconds since 1970. */
export interface ShareLinkRow {
  readonly linkID: number;
  readonly created: number;
  readonly expires: number;
  readonly revoked: number | null;
  readonly lastUsed: number | null;
}

/** The link that a row is. */
export function shareLink({ linkID, created, expires, revoked, lastUsed }: ShareLinkRow): ShareLink {
  const at = (time: number) => new Date(time).toISOString();
  return {
    linkID,
    created: at(created),
    expires: at(expires),
    ...(revoked !== null && { revoked: at(revoked) }),
    ...(lastUsed !== null && { lastUsed: at(lastUsed) }),
  };
}
