/** The sessions of browsers that are signed in. */

import type { TokenScope } from './tokens.ts';

/** Who is signed in to the pages. Only digests (hex) of what browsers hold are ever stored. */
export interface Sessions {
  /**
   * Whose session it is, as long as it has not expired and its account or token is still good for what it was made
   * with.
   */
  find(digest: string): Promise<FoundSession | undefined>;
  /**
   * Of one account, or one token, the latest 50 stay.
   *
   * @param expiresMs in milliseconds since 1970.
   * @returns how many older ones have ended for it.
   */
  add(digest: string, owner: SessionOwner, expiresMs: number): Promise<number>;
  remove(digest: string): Promise<void>;
}

/** Whose a session is. */
export type SessionOwner =
  | {
      readonly kind: 'account';
      readonly loginName: string;
      readonly accountID: number;
      /** The account's since the password was given; when that changes, the session is over. */
      readonly credentialVersion: number;
    }
  | { readonly kind: 'token'; readonly name: string; readonly scope: TokenScope };

/** A session that is still good. */
export interface FoundSession {
  readonly owner: SessionOwner;
  /** The networks that its account is bound to, as the database has them now; none: from anywhere. */
  readonly allowedAddresses: readonly string[];
}
