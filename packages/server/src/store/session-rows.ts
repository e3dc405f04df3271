/** Rows of sessions, as every engine gives them, and whose they are. */

import type { SessionOwner, TokenScope } from './store.ts';

/** A session with its account or its token; with neither, it is over. */
export interface SessionRow {
  readonly accountID: number | null;
  readonly loginName: string;
  readonly credentialVersion: number;
  readonly name: string | null;
  readonly scope: TokenScope;
}

/** Whose a session is, if it is anybody's. */
export function sessionOwner(row: SessionRow | undefined): SessionOwner | undefined {
  if (row === undefined) return undefined;
  const { accountID, loginName, credentialVersion, name, scope } = row;
  if (accountID !== null) return { kind: 'account', accountID, loginName, credentialVersion };
  return name === null ? undefined : { kind: 'token', name, scope };
}
