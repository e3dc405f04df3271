/** Verified logins on their way to another process. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { CachedCredential } from '../../accounts/credential-cache.ts';

/** How many are in one message: with the longest list of networks each, half a megabyte. */
const MESSAGE_LOGINS = 100;
/** How many wait at most. As many as a process remembers. */
const MOST_WAITING = 100_000;
/** How long the first one waits for others, in milliseconds. */
const GATHER_MS = 20;

/** Sends some logins. Resolves when the system has taken the message, or there is no process to take it any more. */
export type SendLogins = (logins: readonly CachedCredential[]) => Promise<void>;

/**
 * Sends logins in small messages, one after the other, as fast as the other process takes them. Nothing waits for it:
 * while the other process takes none, a login waits here once, however often it is used from a further address, and is
 * dropped when there are too many.
 */
export class LoginOutbox {
  readonly #send: SendLogins;
  readonly #onFull: () => void;
  readonly #most: number;
  readonly #waiting = new Map<string, CachedCredential>();
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;

  /** @param onFull called for each login that was dropped. */
  constructor(send: SendLogins, onFull: () => void, most = MOST_WAITING) {
    this.#send = send;
    this.#onFull = onFull;
    this.#most = most;
  }

  /** Sends a login soon. */
  add(login: CachedCredential): void {
    if (this.#waiting.size >= this.#most && !this.#waiting.has(login.fingerprint)) {
      this.#onFull();
      return;
    }
    this.#waiting.set(login.fingerprint, login);
    this.#sendSoon();
  }

  /** Resolves when none waits any more. */
  async flush(): Promise<void> {
    while (this.#sending !== undefined || this.#waiting.size > 0) await this.#sendWaiting();
  }

  #sendSoon(): void {
    if (this.#sending === undefined) this.#timer ??= setTimeout(() => this.#sendWaiting(), GATHER_MS).unref();
  }

  #sendWaiting(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sending ??= sendInMessages(this.#taken(), this.#send).then(() => {
      this.#sending = undefined;
      if (this.#waiting.size > 0) this.#sendSoon();
    });
    return this.#sending;
  }

  /** Those that wait, and those that come meanwhile. */
  *#taken(): Generator<CachedCredential> {
    for (const [fingerprint, login] of this.#waiting) {
      this.#waiting.delete(fingerprint);
      yield login;
    }
  }
}

/** Sends logins in small messages, and lets other work be done between two of them. */
export async function sendInMessages(logins: Iterable<CachedCredential>, send: SendLogins): Promise<void> {
  let message: CachedCredential[] = [];
  for (const login of logins) {
    if (message.push(login) < MESSAGE_LOGINS) continue;
    await send(message);
    await nextTurn();
    message = [];
  }
  if (message.length > 0) await send(message);
}
