/**
 * Who may use the customer API: an account, with one of its tokens, or with login and password; both are throttled, and
 * bound to the account's networks, like logins of status requests.
 */

import type { IncomingMessage } from 'node:http';
import { type Credentials, count } from '@cert-order-status/protocol';
import type { AccountRateLimit } from '../accounts/account-rate-limit.ts';
import type { AccountTokens, FoundAccountToken } from '../accounts/account-tokens.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { allowsAddress } from '../accounts/allowed-addresses.ts';
import type { Authenticator } from '../accounts/authenticator.ts';
import { isExpired } from '../accounts/expiry.ts';
import { HashQueueFull } from '../accounts/hash-queue.ts';
import type { LoginThrottle } from '../accounts/login-throttle.ts';
import { NotedUses } from '../accounts/noted-uses.ts';
import { accountReader, possibleCredentials } from '../accounts/possible-credentials.ts';
import { digestOfSecret } from '../accounts/secret.ts';
import { SecretLogin } from '../accounts/secret-login.ts';
import type { TrustedProxies } from '../http/trusted-proxies.ts';
import { basicCredentials, bearerToken } from '../json-api/authorization-header.ts';
import { Problem } from '../json-api/problem.ts';
import type { OnLimit } from '../limits.ts';

/** By this clients know the service. No challenge for Basic is sent, for which browsers would open a dialog. */
const CHALLENGE = 'Bearer realm="cert-order-status"';
/** After how many seconds an address may come back from which too many logins have failed. */
const RETRY_AFTER_SECONDS = 60;

/** What authentication depends on. */
export interface CustomerAuthenticationParts {
  /** Only read. */
  readonly accounts: Pick<Accounts, 'find'>;
  readonly accountTokens: Pick<AccountTokens, 'find' | 'use'>;
  readonly login: Authenticator;
  readonly loginThrottle: LoginThrottle;
  readonly accountRateLimit?: AccountRateLimit | undefined;
  readonly proxies: TrustedProxies;
  readonly onLimit: OnLimit;
  /** Called when that a token was used could not be stored. */
  readonly onUseFailure: (error: unknown) => void;
}

/** The account that sent a request. */
export interface Customer {
  readonly accountID: number;
  readonly loginName: string;
  /** Left out for a password. */
  readonly token?: Pick<FoundAccountToken, 'tokenID' | 'name'>;
  /**
   * Checks the credentials again, for requests that take their time: to be called after what is handed out was read.
   *
   * @throws {Problem} when they are not valid any more.
   */
  confirm(): Promise<void>;
}

/** Authenticates requests. */
export class CustomerAuthentication {
  readonly #parts: CustomerAuthenticationParts;
  readonly #tokens: SecretLogin<FoundAccountToken>;
  readonly #uses: NotedUses<number>;

  constructor(parts: CustomerAuthenticationParts) {
    const { accountTokens, loginThrottle, onUseFailure } = parts;
    this.#parts = parts;
    this.#tokens = new SecretLogin((digest) => accountTokens.find(digest), loginThrottle);
    this.#uses = new NotedUses((tokenID) => accountTokens.use(tokenID), onUseFailure);
  }

  /**
   * The account that sent the request, which is counted.
   *
   * @throws {Problem} when its credentials are not valid, were not looked at, or its account has sent too many.
   */
  async authenticate(request: IncomingMessage): Promise<Customer> {
    const { accountRateLimit, onLimit } = this.#parts;
    const customer = await this.#customerOf(request).catch((error) => {
      if (error instanceof HashQueueFull) throw overloaded(error.retryAfterSeconds);
      throw error;
    });
    const waitSeconds = accountRateLimit?.take(customer.accountID) ?? 0;
    if (waitSeconds > 0) {
      onLimit('accountRate');
      throw new Problem(
        'too-many-requests',
        `the account has sent too many requests; ${comeBack(waitSeconds)}`,
        {
          headers: { 'Retry-After': String(waitSeconds) },
        },
      );
    }
    return customer;
  }

  /** Resolves when nothing is being written any more. */
  settled(): Promise<void> {
    return this.#uses.settled();
  }

  async #customerOf(request: IncomingMessage): Promise<Customer> {
    const address = this.#parts.proxies.clientAddress(request);
    const token = bearerToken(request.headers);
    if (token !== undefined) return this.#withToken(token, address);
    const credentials = basicCredentials(request.headers);
    if (credentials !== undefined) return this.#withPassword(credentials, address);
    throw unauthorized(
      request.headers.authorization === undefined
        ? 'the request has no Authorization header; send an API token of the account as a bearer token, or login and password in Basic'
        : 'the Authorization header is neither a bearer token nor login and password in Basic, as UTF-8',
    );
  }

  async #withToken(secret: string, address: string): Promise<Customer> {
    const isGood = ({ expires, allowedAddresses }: FoundAccountToken) =>
      !isExpired(expires) && allowsAddress(allowedAddresses, address);
    const check = await this.#tokens.check(secret, address, { isGood });
    if (check.outcome === 'throttled') throw tooManyFailures();
    if (check.outcome === 'bad') throw invalidToken(check.found);
    const { tokenID, name, accountID, loginName } = check.found;
    this.#uses.note(tokenID);
    return {
      accountID,
      loginName,
      token: { tokenID, name },
      confirm: async () => {
        const found = await this.#parts.accountTokens.find(digestOfSecret(secret));
        if (found === undefined || !isGood(found)) throw invalidToken(found);
      },
    };
  }

  async #withPassword(given: Credentials, address: string): Promise<Customer> {
    const { accounts, login } = this.#parts;
    const credentials = possibleCredentials(given);
    const checked = await login.authenticate(credentials, address, accountReader(accounts));
    if ('denied' in checked) throw checked.throttled ? tooManyFailures() : wrongPassword(given);
    const { accountID, credentialVersion } = checked.account;
    const { loginName } = credentials;
    return {
      accountID,
      loginName,
      confirm: async () => {
        // Disabling the account and binding it to other addresses make another version, too.
        const account = await accounts.find(loginName);
        if (account?.credentialVersion !== credentialVersion) throw wrongPassword(given);
      },
    };
  }
}

function unauthorized(detail: string, error = ''): Problem {
  return new Problem('unauthorized', detail, { headers: { 'WWW-Authenticate': CHALLENGE + error } });
}

function invalidToken(found: FoundAccountToken | undefined): Problem {
  const detail =
    found !== undefined && isExpired(found.expires)
      ? `the token expired at ${found.expires}`
      : 'the token is unknown or revoked, or its account is disabled or bound to other addresses';
  return unauthorized(detail, ', error="invalid_token"');
}

/** In Basic the first colon ends the login (RFC 7617, section 2). */
function wrongPassword({ loginPassword }: Credentials): Problem {
  const hint = loginPassword.includes(':')
    ? "; a login that contains ':' cannot be used with Basic, where the first ':' ends it: use an API token"
    : '';
  return unauthorized(
    `login or password is wrong, or the account is disabled or bound to other addresses${hint}`,
  );
}

function tooManyFailures(): Problem {
  return new Problem(
    'too-many-failures',
    `too many logins from this address have failed; ${comeBack(RETRY_AFTER_SECONDS)}`,
    { headers: { 'Retry-After': String(RETRY_AFTER_SECONDS) } },
  );
}

function overloaded(seconds: number): Problem {
  return new Problem('overloaded', `too many logins wait to be checked; ${comeBack(seconds)}`, {
    headers: { 'Retry-After': String(seconds) },
  });
}

function comeBack(seconds: number): string {
  return `come back in ${count(seconds, 'second')}`;
}
