/** The tokens of the management API. */

/** What a token allows: each scope allows what those before it do. */
export const TOKEN_SCOPES = ['read', 'write', 'admin'] as const;

export type TokenScope = (typeof TOKEN_SCOPES)[number];

/** A token, as lists have it. Times are RFC 3339 in UTC. */
export interface TokenSummary {
  /** Of a token of the management API, unique for ever: the history names the tokens of long ago. */
  readonly name: string;
  readonly scope: TokenScope;
  readonly created: string;
  readonly expires?: string;
  readonly revoked?: string;
  /** To the minute or so. */
  readonly lastUsed?: string;
}

/** The tokens of the management API. Only a digest of a token is ever stored. */
export interface Tokens {
  /** The token with this digest (hex), unless it was revoked. The client checks whether it has expired. */
  find(digest: string): Promise<TokenSummary | undefined>;
  /** By name, in code point order, those after the given one; all there are unless a limit is given. */
  list(page?: {
    readonly after?: string | undefined;
    readonly limit?: number;
  }): Promise<readonly TokenSummary[]>;
  /** False when the name was ever used; nothing has changed then. */
  add(token: NewToken): Promise<boolean>;
  revoke(name: string): Promise<'revoked' | 'was revoked' | 'unknown token'>;
  /** Notes that the token is being used now. */
  use(name: string): Promise<void>;
}

/** A token to be added. */
interface NewToken {
  readonly name: string;
  readonly scope: TokenScope;
  /** Hex. */
  readonly digest: string;
  /** RFC 3339. */
  readonly expires?: string;
}
