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
  async authenticate(request: IncomingMessage, address: string): Promise<TokenSummary> {
    const found = await this.#find(request);
    const isGood = isValid(found);
    this.#logins.note({ surface: 'api', tokenName: found?.name ?? '', address, succeeded: isGood });
    if (!isGood) throw invalidToken(found, 'the token is unknown or revoked');
    this.#noteUse(found.name);
    return found;
  }

  /**
   * Checks the token of a request again, which takes its time: before it changes anything, and after it has read what it is to
   * hand out.
   *
   * @throws {NotAuthenticated} when the token was revoked or has expired since the request began.
   */
  async confirm(request: IncomingMessage): Promise<void> {
    const found = await this.#find(request);
    if (!isValid(found)) throw invalidToken(found, 'the token was revoked meanwhile');
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await Promise.all(this.#writing);
  }

  async #find({ headers }: IncomingMessage): Promise<TokenSummary | undefined> {
    const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*) *$/i.exec(headers.authorization ?? '') ?? [];
    if (token === undefined) {
      throw new NotAuthenticated(
        'unauthorized',
        "the request has no bearer token; 'cert-order-status token create' makes one",
        '',
      );
    }
    return this.#tokens.find(digestOf(token));
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

/** Whether a token that was found has not expired; those that were revoked are not found. */
function isValid(found: TokenSummary | undefined): found is TokenSummary {
  return found !== undefined && (found.expires === undefined || Date.parse(found.expires) > Date.now());
}

function invalidToken(found: TokenSummary | undefined, notFound: string): NotAuthenticated {
  const detail = found === undefined ? notFound : `the token expired at ${found.expires}`;
  return new NotAuthenticated('unauthorized', detail, ', error="invalid_token"');
}
