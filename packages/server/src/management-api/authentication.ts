/** Who may use the management API, and for what: bearer tokens (RFC 6750) with scopes. */

import type { IncomingMessage } from 'node:http';
import { count } from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import { isExpired } from '../accounts/expiry.ts';
import { HashQueueFull } from '../accounts/hash-queue.ts';
import { NotedUses } from '../accounts/noted-uses.ts';
import { digestOfSecret } from '../accounts/secret.ts';
import type { TokenCheck, TokenLogin } from '../accounts/token-login.ts';
import { TOKEN_SCOPES, type TokenScope, type TokenSummary, type Tokens } from '../accounts/tokens.ts';
import { bearerToken } from '../json-api/authorization-header.ts';
import { Problem } from '../json-api/problem.ts';

/** After how many seconds an address may come back that has sent too many bad tokens. */
const RETRY_AFTER_SECONDS = 60;

/** A problem with the header that says what kind of token would do. */
export class NotAuthenticated extends Problem {
  constructor(kind: 'unauthorized' | 'insufficient-scope', detail: string, challenge: string) {
    super(kind, detail, { headers: { 'WWW-Authenticate': `Bearer realm="management"${challenge}` } });
  }
}

/** A problem with the header that says when to come back. */
class TooManyFailures extends Problem {
  constructor(retryAfterSeconds: number) {
    super(
      'too-many-failures',
      `too many requests with invalid tokens came from this address; come back in ${count(retryAfterSeconds, 'second')}`,
      { headers: { 'Retry-After': String(retryAfterSeconds) } },
    );
  }
}

/** Authenticates a request by its token. */
export class Authentication {
  readonly #tokens: Tokens;
  readonly #login: TokenLogin;
  readonly #uses: NotedUses<string>;

  constructor(tokens: Tokens, login: TokenLogin, logger: Logger) {
    this.#tokens = tokens;
    this.#login = login;
    this.#uses = new NotedUses(
      (name) => tokens.use(name),
      (error) => logger.error({ err: error }, 'the use of a token was not recorded'),
    );
  }

  /**
   * The token that the request bears; that it was used, and from where, is written down.
   *
   * @throws {NotAuthenticated} when it bears none that is valid.
   * @throws {TooManyFailures} when there were so many of those that this one was not looked at.
   */
  async authenticate(request: IncomingMessage, address: string): Promise<TokenSummary> {
    const check = await this.#check(secretOf(request), address);
    if (check.outcome === 'throttled') throw new TooManyFailures(RETRY_AFTER_SECONDS);
    if (check.outcome === 'bad') throw invalidToken(check.found, 'the token is unknown or revoked');
    this.#uses.note(check.found.name);
    return check.found;
  }

  /**
   * Checks the token of a request again, which takes its time: before it changes anything, and after it has read what
   * it is to hand out.
   *
   * @throws {NotAuthenticated} when the token was revoked or has expired since the request began.
   */
  async confirm(request: IncomingMessage): Promise<void> {
    const found = await this.#tokens.find(digestOfSecret(secretOf(request)));
    if (found === undefined || !isValid(found)) throw invalidToken(found, 'the token was revoked meanwhile');
  }

  /** Resolves when nothing is being written any more. */
  async settled(): Promise<void> {
    await this.#uses.settled();
  }

  async #check(secret: string, address: string): Promise<TokenCheck> {
    try {
      return await this.#login.check(secret, 'api', address, isValid);
    } catch (error) {
      if (error instanceof HashQueueFull) throw new TooManyFailures(error.retryAfterSeconds);
      throw error;
    }
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

/** @throws {NotAuthenticated} when the request bears no token. */
function secretOf({ headers }: IncomingMessage): string {
  const secret = bearerToken(headers);
  if (secret !== undefined) return secret;
  throw new NotAuthenticated(
    'unauthorized',
    "the request has no bearer token; 'cert-order-status token create' makes one",
    '',
  );
}

/** Whether a token that was found has not expired; those that were revoked are not found. */
function isValid({ expires }: TokenSummary): boolean {
  return !isExpired(expires);
}

function invalidToken(found: TokenSummary | undefined, notFound: string): NotAuthenticated {
  const detail = found === undefined ? notFound : `the token expired at ${found.expires}`;
  return new NotAuthenticated('unauthorized', detail, ', error="invalid_token"');
}
