/** Who may read what: a login is checked and then used, in one go. */

import type { Credentials } from '@cert-order-status/protocol';
import type { AccountCredential, AccountState, Accounts } from './accounts.ts';
import { allowsAddress } from './allowed-addresses.ts';
import { type CachedCredential, CredentialCache, type VerifiedAccount } from './credential-cache.ts';
import { HashQueue } from './hash-queue.ts';
import type { LoginThrottle, Turn } from './login-throttle.ts';
import { matchesHash, UNMATCHABLE_HASH } from './password-hash.ts';

/** What any read under a login brings back beside its own result. */
export interface ReadUnderLogin {
  readonly account: AccountState | undefined;
}

/** A reading whose account was verified. */
export type Verified<Reading> = Extract<Reading, { readonly account: AccountState }>;

/** The login is refused; only the log has the reason. */
export interface Denied {
  readonly denied: true;
  /** Whether there is such an account: an unknown name may be a password in the wrong field. */
  readonly isAccount: boolean;
  /** There were so many failures that the password was not looked at. */
  readonly throttled?: true;
}

/** What a login needs of the login throttle. */
type Throttle = Pick<LoginThrottle, 'admit'>;

/** A turn where nothing is counted. */
const UNCOUNTED: Turn = {
  failures: 0,
  failed: () => {},
  failedUnrecorded: () => {},
  succeeded: () => {},
  release: () => {},
};

/** What became of a login: remembered ones cost no hash, throttled ones neither. */
export type LoginOutcome = 'remembered' | 'verified' | 'denied' | 'throttled';

const THROTTLED: Denied = { denied: true, isAccount: false, throttled: true };

/** A login that was verified lately, until a read says otherwise. */
export type RememberedLogin = CachedCredential;

/** Checks logins against the accounts of one store. */
export class Authenticator {
  readonly #accounts: Accounts;
  readonly #verified: CredentialCache;
  readonly #hashes: HashQueue;
  readonly #throttle: Throttle | undefined;
  readonly #onOutcome: (outcome: LoginOutcome, hashSeconds?: number) => void;
  readonly #inFlight = new Map<string, Promise<boolean>>();

  /**
   * @param throttle slows down brute force; without one there is no limit.
   * @param onOutcome receives every login, and, if its password was hashed, in how many seconds.
   * @param verified where verified logins are remembered.
   */
  constructor(
    accounts: Accounts,
    hashes = new HashQueue(),
    throttle?: Throttle,
    onOutcome: (outcome: LoginOutcome, hashSeconds?: number) => void = () => {},
    verified = new CredentialCache(),
  ) {
    this.#verified = verified;
    this.#accounts = accounts;
    this.#onOutcome = onOutcome;
    this.#hashes = hashes;
    this.#throttle = throttle;
  }

  /**
   * The login, if it was verified lately and used from the address since: a single read then decides, see
   * {@link Authenticator.isStillGood}. Costs no wait, no hash of a password, and nothing of the login throttle.
   */
  remembered(credentials: Credentials, clientAddress: string): RememberedLogin | undefined {
    const cached = this.#verified.get(this.#verified.fingerprint(credentials));
    return cached?.addresses.includes(clientAddress) ? cached : undefined;
  }

  /**
   * Whether a remembered login is one of the account as it was read: a changed password or a disabled account counts
   * from the very next request on. If not, it is forgotten, and {@link Authenticator.authenticate} decides.
   */
  isStillGood<Reading extends ReadUnderLogin>(
    remembered: RememberedLogin,
    reading: Reading,
  ): reading is Verified<Reading> {
    if (isAsVerified(remembered, reading)) {
      this.#onOutcome('remembered');
      return true;
    }
    this.#verified.remove(remembered);
    return false;
  }

  /**
   * Reads under a login. Credentials that were verified lately cost the read alone. Otherwise an unknown login, a wrong
   * password, a disabled account and a place that the account may not ask from each cost the same: one look-up and one
   * hash; and who has failed too often waits, and is then denied without either.
   *
   * @param clientAddress the address: hashing is shared out by it, failures are counted by it, and an account may be
   * bound to some.
   * @throws {HashQueueFull} when there was no turn to hash in time.
   */
  async authenticate<Reading extends ReadUnderLogin>(
    credentials: Credentials,
    clientAddress: string,
    read: (loginName: string) => Promise<Reading>,
  ): Promise<Verified<Reading> | Denied> {
    const { loginName } = credentials;
    const remembered = this.remembered(credentials, clientAddress);
    if (remembered !== undefined) {
      const reading = await read(loginName);
      if (this.isStillGood(remembered, reading)) return reading;
    }
    // An attacker must not learn from a response that a password was verified for another address.
    const turn =
      this.#throttle === undefined ? UNCOUNTED : await this.#throttle.admit(loginName, clientAddress);
    if (turn === undefined) {
      this.#onOutcome('throttled');
      return THROTTLED;
    }
    try {
      return await this.#readInTurn(credentials, clientAddress, turn, read);
    } finally {
      turn.release();
    }
  }

  async #readInTurn<Reading extends ReadUnderLogin>(
    credentials: Credentials,
    clientAddress: string,
    turn: Turn,
    read: (loginName: string) => Promise<Reading>,
  ): Promise<Verified<Reading> | Denied> {
    const { loginName } = credentials;
    const fingerprint = this.#verified.fingerprint(credentials);
    const verified = this.#verified.get(fingerprint);
    // Where the account may not ask from, its password is checked like any other, and then denied.
    if (verified !== undefined && allowsAddress(verified.allowedAddresses, clientAddress)) {
      const reading = await read(loginName);
      if (this.isStillGood(verified, reading)) {
        this.#verified.addAddress(verified, clientAddress);
        turn.succeeded();
        return reading;
      }
    }
    const account = await this.#accounts.find(loginName);
    const began = performance.now();
    const matches = await this.#matches(credentials, fingerprint, account, clientAddress, turn.failures);
    const hashSeconds = (performance.now() - began) / 1000;
    const isAllowed = allowsAddress(account?.allowedAddresses ?? [], clientAddress);
    if (account === undefined || !matches || account.disabled || !isAllowed) {
      this.#onOutcome('denied', hashSeconds);
      turn.failed(account !== undefined);
      return { denied: true, isAccount: account !== undefined };
    }
    this.#onOutcome('verified', hashSeconds);
    turn.succeeded();
    const reading = await read(loginName);
    if (!isAsVerified(account, reading)) return { denied: true, isAccount: true };
    this.#verified.add(fingerprint, account, clientAddress);
    return reading;
  }

  /** Equal checks in flight share one hash. */
  #matches(
    { loginPassword }: Credentials,
    fingerprint: string,
    account: AccountCredential | undefined,
    clientAddress: string,
    failures: number,
  ): Promise<boolean> {
    const first = account?.passwordHash ?? UNMATCHABLE_HASH;
    const second = account?.secondPasswordHash ?? null;
    const hashes: [string, ...string[]] = second === null ? [first] : [first, second];
    const key = fingerprint + hashes.join();
    const inFlight = this.#inFlight.get(key);
    if (inFlight !== undefined) return inFlight;
    const check = this.#hashes
      .run(clientAddress, () => matchesHash(loginPassword, ...hashes), failures)
      .finally(() => this.#inFlight.delete(key));
    this.#inFlight.set(key, check);
    return check;
  }
}

function isAsVerified<Reading extends ReadUnderLogin>(
  verified: Pick<VerifiedAccount, 'accountID' | 'credentialVersion'>,
  reading: Reading,
): reading is Verified<Reading> {
  const now = reading.account;
  return (
    now?.accountID === verified.accountID &&
    now.credentialVersion === verified.credentialVersion &&
    !now.disabled
  );
}
