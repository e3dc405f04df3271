/** The keys that this process has. */

import { statSync } from 'node:fs';
import { errorMessage } from '../operator-error.ts';
import { changeKeyFile, keysOfFile, readKeyFile } from './key-file.ts';
import { distinctKeys, newSecretKey, type SecretKey } from './secret-key.ts';
import { SecretUnavailable } from './secret-unavailable.ts';

/** Keys in the environment, separated by spaces or commas. No setting and no flag: `ps` shows those. */
export const SECRET_KEY_VARIABLE = 'CERT_ORDER_STATUS_SECRET_KEY';
/** How long a file that could not be read is not read again while it stays as it is, in milliseconds. */
const RETRY_PAUSE_MS = 1000;

/** Where keys come from. It holds no key: it can be logged and sent to another process. */
export type KeySource =
  /** `isMade`: the first secret makes the file, if there is none. */
  | { readonly kind: 'file'; readonly path: string; readonly isMade: boolean }
  | { readonly kind: 'environment' }
  /** There are none; the reason says what to do. */
  | { readonly kind: 'none'; readonly reason: string };

/**
 * Keys, read when they are first needed, and again when one is needed that is not among them and the file has changed:
 * so a process that serves learns of a new key by itself.
 */
export class KeyRing {
  readonly source: KeySource;
  readonly #nowMs: () => number;
  #keys: readonly SecretKey[] = [];
  #problem: string | undefined;
  #warning: string | undefined;
  /** Of the file when it was last read. */
  #state: string | undefined;
  #failedAtMs = Number.NEGATIVE_INFINITY;

  /** @param nowMs a clock that only goes forward, in milliseconds. */
  constructor(source: KeySource, nowMs: () => number = () => performance.now()) {
    this.source = source;
    this.#nowMs = nowMs;
  }

  /** Where the keys are, for messages. */
  get place(): string {
    const { source } = this;
    return source.kind === 'file' ? source.path : SECRET_KEY_VARIABLE;
  }

  /** Why there are none, if that is so. */
  get missingReason(): string {
    const { source } = this;
    return source.kind === 'none' ? source.reason : `there is no key file at ${this.place}`;
  }

  /** What an operator should know of how the keys are stored. */
  get warning(): string | undefined {
    return this.#warning;
  }

  /** Whether there are no keys, rather than wrong ones. */
  isMissing(): boolean {
    const { source } = this;
    if (source.kind === 'none') return true;
    return source.kind === 'file' && this.#keys.length === 0 && readKeyFile(source.path) === undefined;
  }

  /**
   * All keys, the newest first.
   *
   * @throws {SecretUnavailable} when there are none, or they cannot be read.
   */
  all(): readonly SecretKey[] {
    if (this.#keys.length === 0) this.#read();
    if (this.#keys.length === 0) throw new SecretUnavailable(this.#problem ?? 'there is no key');
    return this.#keys;
  }

  /**
   * One of them.
   *
   * @throws {SecretUnavailable} when it is not among them.
   */
  find(keyID: string): SecretKey {
    if (this.#known(keyID) === undefined) this.#read();
    const found = this.#known(keyID);
    if (found !== undefined) return found;
    throw new SecretUnavailable(
      this.#problem ??
        `the key ${keyID} is not in ${this.place}: put it there, from the node where it was made or from a copy`,
    );
  }

  /**
   * The newest key. Makes the key file, if there is none and it is one that is made.
   *
   * @throws {SecretUnavailable} when there is none.
   */
  async newestOrMade(): Promise<SecretKey> {
    const { source } = this;
    if (source.kind === 'file' && source.isMade && this.isMissing()) {
      await changeKeyFile(source.path, (text) => (text === undefined ? fileOf(newSecretKey()) : undefined));
      this.refresh();
    }
    return newestOf(this.all());
  }

  /**
   * Puts a new key in front of those in the file, or makes the file. No secret is encrypted with it yet.
   *
   * @returns the new key's ID.
   * @throws {SecretUnavailable} when the keys are in no file, or it cannot be written.
   */
  async add(): Promise<string> {
    await this.#changeFile((text) => {
      if (text === undefined) return fileOf(newSecretKey());
      keysOfFile(text, this.place);
      const changed = `${newSecretKey()}\n${text}`;
      // Not one more than can be read again.
      keysOfFile(changed, this.place);
      return changed;
    });
    return newestOf(this.all()).id;
  }

  /**
   * Takes keys out of the file.
   *
   * @throws {SecretUnavailable} when the keys are in no file, or it cannot be written.
   */
  async drop(keyIDs: ReadonlySet<string>): Promise<void> {
    await this.#changeFile((text = '') => {
      const isDropped = (line: string) => {
        const isKey = line.trim() !== '' && !line.trim().startsWith('#');
        return isKey && keysOfFile(line, this.place).some(({ id }) => keyIDs.has(id));
      };
      return text
        .split('\n')
        .filter((line) => !isDropped(line))
        .join('\n');
    });
  }

  async #changeFile(change: (text: string | undefined) => string): Promise<void> {
    const { source } = this;
    if (source.kind !== 'file') {
      throw new SecretUnavailable(source.kind === 'none' ? source.reason : `the keys are in ${this.place}`);
    }
    await changeKeyFile(source.path, change);
    this.refresh();
  }

  /** Reads the keys anew. */
  refresh(): void {
    this.#state = undefined;
    this.#keys = [];
    this.#read();
  }

  #known(keyID: string): SecretKey | undefined {
    return this.#keys.find(({ id }) => id === keyID);
  }

  /** Keys that were read before stay when the source is wrong for a while. */
  #read(): void {
    const state = stateOf(this.source);
    if (state === this.#state) {
      const isRetried = this.#problem !== undefined && this.#nowMs() - this.#failedAtMs >= RETRY_PAUSE_MS;
      if (!isRetried) return;
    }
    this.#state = state;
    try {
      this.#keys = this.#readSource();
      this.#problem = undefined;
    } catch (error) {
      if (!(error instanceof SecretUnavailable)) throw error;
      this.#problem = error.message;
      this.#failedAtMs = this.#nowMs();
    }
  }

  #readSource(): readonly SecretKey[] {
    const { source, place } = this;
    if (source.kind === 'none') throw new SecretUnavailable(source.reason);
    if (source.kind === 'environment') {
      const texts = (process.env[SECRET_KEY_VARIABLE] ?? '').split(/[\s,]+/).filter((text) => text !== '');
      return distinctKeys(
        texts.map((text, index) => ({ text, place: `key ${index + 1} of ${place}` })),
        place,
      );
    }
    const file = readKeyFile(source.path);
    if (file === undefined) throw new SecretUnavailable(this.missingReason);
    this.#warning = file.isReadableByAll
      ? `every user of the machine can read the key file ${source.path}: chmod 600 it`
      : undefined;
    return keysOfFile(file.text, source.path);
  }
}

/** Differs when what the source holds may differ. */
function stateOf(source: KeySource): string {
  if (source.kind !== 'file') return source.kind;
  try {
    const { ino, size, mode, mtimeNs, ctimeNs } = statSync(source.path, { bigint: true });
    return [ino, size, mode, mtimeNs, ctimeNs].join();
  } catch (error) {
    return errorMessage(error);
  }
}

function newestOf(keys: readonly SecretKey[]): SecretKey {
  const [newest] = keys;
  if (newest === undefined) throw new SecretUnavailable('there is no key');
  return newest;
}

/** A new key file. */
function fileOf(key: string): string {
  return `# Keys of the secrets in an order database, the newest first. See 'cert-order-status secret-key --help'.\n${key}\n`;
}
