import type { FoundSession, SessionOwner } from '../../accounts/sessions.ts';
import type { TokenScope } from '../../accounts/tokens.ts';

/** How many sessions one account, or one token, has: a new one beyond that ends the oldest. */
export const SESSIONS_KEPT = 50;

/** A session with its account or its token; with neither, it is over. */
export interface SessionRow {
  readonly accountID: number | null;
  readonly loginName: string;
  readonly credentialVersion: number;
  readonly allowedAddresses: string | null;
  readonly name: string | null;
  readonly scope: TokenScope;
}

/** The session that a row is, unless it is over. */
export function foundSession(row: SessionRow | undefined): FoundSession | undefined {
  if (row === undefined) return undefined;
  const { accountID, loginName, credentialVersion, allowedAddresses, name, scope } = row;
  if (accountID !== null) {
    return { owner: { kind: 'account', accountID, loginName, credentialVersion }, allowedAddresses };
  }
  return name === null ? undefined : { owner: { kind: 'token', name, scope }, allowedAddresses };
}

/** What is stored of the one that a session is of. */
export function ownerColumns(owner: SessionOwner) {
  return owner.kind === 'account'
    ? { accountID: owner.accountID, credentialVersion: owner.credentialVersion, tokenName: null }
    : { accountID: null, credentialVersion: null, tokenName: owner.name };
}
