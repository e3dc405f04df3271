/**
 * Verified logins that workers share, as the primary process has them: it passes on to each worker what the others have
 * verified, and hands all of them to each new one. A login is thus hashed once, not once a worker, and not again after
 * a reload or the end of a worker. No worker waits for any of this, except a new one, which starts after it has them.
 */

import type { Worker } from 'node:cluster';
import { CredentialCache, newCredentialKey } from '../../accounts/credential-cache.ts';
import type { SharedCredential } from '../../accounts/shared-credential.ts';
import { LoginOutbox, type SendLogins, sendInMessages } from './login-outbox.ts';
import type { ToWorker } from './messages.ts';

/** Those of all workers of one start of the service. */
export class SharedLogins {
  readonly #key = newCredentialKey();
  readonly #logins = new CredentialCache({ key: this.#key });
  readonly #outboxes = new Map<Worker, LoginOutbox>();
  readonly #onFull: () => void;

  /** @param onFull called for each login that was dropped, because a worker takes none. */
  constructor(onFull: () => void) {
    this.#onFull = onFull;
  }

  /** Sends a new worker the key, all logins, and from then on further ones. Resolves when it has been sent them all. */
  async handOver(worker: Worker): Promise<void> {
    void send(worker, { kind: 'credential key', key: this.#key.toString('base64') });
    const sendLogins: SendLogins = (logins) =>
      send(worker, { kind: 'verified logins', logins: logins.map((login) => this.#logins.share(login)) });
    this.#outboxes.set(worker, new LoginOutbox(sendLogins, this.#onFull));
    worker.once('exit', () => this.#outboxes.delete(worker));
    await sendInMessages(this.#logins.all(), sendLogins);
  }

  /** Remembers what a worker has verified, and passes it on to the others. */
  learn(from: Worker, logins: readonly SharedCredential[]): void {
    for (const shared of logins) {
      const login = this.#logins.learn(shared);
      for (const [worker, outbox] of this.#outboxes) if (worker !== from) outbox.add(login);
    }
  }
}

/** Resolves when the system has taken the message, or the worker is gone. */
function send(worker: Worker, message: ToWorker): Promise<void> {
  return new Promise((resolve) => {
    if (worker.isConnected()) worker.send(message, () => resolve());
    else resolve();
  });
}
