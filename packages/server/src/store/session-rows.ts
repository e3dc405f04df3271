/** Rows of sessions, as every engine gives them, and whose they are. */

import type { FoundSession, TokenScope } from './store.ts';

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
