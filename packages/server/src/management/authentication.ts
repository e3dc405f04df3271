/** Who may use the management API, and for what: bearer tokens (RFC 6750) with scopes. */

import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import { digestOf } from '../accounts/bearer-token.ts';
import type { OperatorLoginLog } from '../accounts/operator-login-log.ts';
import { TOKEN_SCOPES, type TokenScope, type TokenSummary, type Tokens } from '../store/store.ts';
import { Problem } from './problem.ts';

/** How often the use of a token is written down, at most, in milliseconds. */
const USE_INTERVAL = 60_000;

/** A problem with the header that says what kind of token would do. */
export class NotAuthenticated extends Problem {
  readonly challenge: string;

  constructor(kind: 'unauthorized' | 'insufficient-scope', detail: string, challenge: string) {
    super(kind, detail);
    this.challenge = `Bearer realm="management"${challenge}`;
  }
}

/** Tells by its token who makes a request. */
export class Authentication {
  readonly #tokens: Tokens;
  readonly #logins: OperatorLoginLog;
  readonly #logger: Logger;
  readonly #lastUsed = new Map<string, number>();
  readonly #writing = new Set<Promise<void>>();

  constructor(tokens: Tokens, logins: OperatorLoginLog, logger: Logger) {
    this.#tokens = tokens;
    this.#logins = logins;
    this.#logger = logger;
  }

  /**
   * The token that the request bears; that it was used, and from where, is written down.
   *
   * @throws {NotAuthenticated} when it bears none that is valid.
   */
  async authenticate({ headers }: IncomingMessage, address: string): Promise<TokenSummary> {
    const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) {
      throw new NotAuthenticated(
        'unauthorized',
        "the request has no bearer token; 'cert-order-status token create' makes one",
        '',
      );
    }
    const found = await this.#tokens.find(digestOf(token));
    const isGood = found !== undefined && !hasExpired(found);
    this.#logins.note({ surface: 'api', tokenName: found?.name ?? '', address, succeeded: isGood });
    if (!isGood) {
      throw new NotAuthenticated(
        'unauthorized',
        found === undefined ? 'the token is unknown or revoked' : `the token expired at ${found.expires}`,
        ', error="invalid_token"',
      );
    }
    this.#noteUse(found.name);
    return found;
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  /** In the background: no request waits for it. */
  #noteUse(name: string): void {
    const now = performance.now();
    if (now - (this.#lastUsed.get(name) ?? Number.NEGATIVE_INFINITY) < USE_INTERVAL) return;
    this.#lastUsed.set(name, now);
    const write = this.#tokens
      .use(name)
      .catch((error) => this.#logger.error({ err: error }, 'the use of a token was not recorded'))
      .finally(() => this.#writing.delete(write));
    this.#writing.add(write);
  }
}

/** @throws {NotAuthenticated} when the token's scope does not allow what needs this one. */
export function requireScope({ name, scope }: TokenSummary, needed: TokenScope): void {
  if (TOKEN_SCOPES.indexOf(scope) >= TOKEN_SCOPES.indexOf(needed)) return;
  throw new NotAuthenticated(
    'insufficient-scope',
    `this needs a token with scope ${needed}; '${name}' has ${scope}`,
    `, error="insufficient_scope", scope="${needed}"`,
  );
}

function hasExpired({ expires }: TokenSummary): boolean {
  return expires !== undefined && Date.parse(expires) <= Date.now();
}
