/** What operators do with the tokens of the management API, once for the command line and the console. */

import { formatDateTime, textProblem } from '@cert-order-status/protocol';
import { AdminError } from './admin-error.ts';
import { type ListPage, type ListRange, listPage } from './list-page.ts';
import { digestOfSecret, newSecret } from './secret.ts';
import type { TokenScope, TokenSummary, Tokens } from './tokens.ts';

/** The longest name of a token, in code points. */
export const TOKEN_NAME_LIMIT = 64;
/** Tells people, and programs that search for secrets in the wrong places, what they have found. */
const PREFIX = 'cos_';

/** A new token, to be shown once. */
export function newToken(prefix = PREFIX): string {
  return prefix + newSecret();
}

/**
 * A new token with what is stored of it.
 *
 * @param expiresAtMs in milliseconds since 1970; undefined for never.
 */
export function makeToken(
  prefix: string,
  expiresAtMs: number | undefined,
): CreatedToken & { readonly digest: string } {
  const token = newToken(prefix);
  const expires = expiresAtMs === undefined ? undefined : formatDateTime(Math.floor(expiresAtMs / 1000));
  return { token, expires, digest: digestOfSecret(token) };
}

/** A token that is to be created. */
export interface TokenWish {
  readonly name: string;
  readonly scope: TokenScope;
  /** In milliseconds since 1970; undefined for never. */
  readonly expiresAtMs: number | undefined;
}

/** A token that was created. */
export interface CreatedToken {
  /** The token itself, to be shown once. */
  readonly token: string;
  /** RFC 3339 in UTC; undefined for never. */
  readonly expires: string | undefined;
}

/** Administers the tokens of one store. Each method throws an {@link AdminError} when it changes nothing. */
export class TokenAdmin {
  readonly #tokens: Tokens;

  constructor(tokens: Tokens) {
    this.#tokens = tokens;
  }

  async create(wish: TokenWish): Promise<CreatedToken> {
    checkToken(wish);
    const { name, scope, expiresAtMs } = wish;
    const { token, digest, expires } = makeToken(PREFIX, expiresAtMs);
    if (await this.#tokens.add({ name, scope, digest, expires })) {
      return { token, expires };
    }
    const problem = `there is or was a token '${name}' already; choose another name`;
    throw new AdminError('already-exists', 'tokenName', problem);
  }

  /** Revokes a token. False when it was revoked before. */
  async revoke(name: string): Promise<boolean> {
    const result = await this.#tokens.revoke(name);
    if (result === 'unknown token') {
      throw new AdminError('not-found', 'tokenName', `there is no token '${name}'`);
    }
    return result === 'revoked';
  }

  /** The tokens by name. */
  async list({ after, limit }: ListRange): Promise<ListPage<TokenSummary>> {
    return listPage(await this.#tokens.list({ after, limit: limit + 1 }), limit, ({ name }) => name);
  }
}

/** @throws {AdminError} when no token can have this name, or it would have expired already. */
export function checkToken({ name, expiresAtMs }: Pick<TokenWish, 'name' | 'expiresAtMs'>): void {
  const problem = textProblem(name, TOKEN_NAME_LIMIT);
  if (problem !== undefined) throw new AdminError('invalid', 'tokenName', problem, `the name ${problem}`);
  if (expiresAtMs !== undefined && expiresAtMs <= Date.now()) {
    throw new AdminError('invalid', 'expires', 'is in the past', 'the expiry is in the past');
  }
}
