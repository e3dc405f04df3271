/** The file that holds keys, one a line, the newest first; lines that begin with `#` are comments. */

import {
  closeSync,
  constants,
  existsSync,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  openSync,
  readSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { withoutByteOrderMark } from '@cert-order-status/protocol';
import { flush } from '../flush.ts';
import { errorMessage } from '../operator-error.ts';
import { distinctKeys, type SecretKey } from './secret-key.ts';
import { SecretUnavailable } from './secret-unavailable.ts';

const FILE_BYTES_LIMIT = 16 * 1024;
const OWNER_ONLY = 0o600;
const WRITABLE_BY_OTHERS = 0o022;
const READABLE_BY_ALL = 0o004;
/** While another process changes the file, how often and how long it is tried again, in milliseconds. */
const LOCK_PAUSE_MS = 50;
const LOCK_WAIT_MS = 5000;
/** A change takes milliseconds: what is older was left by a process that was killed. */
const ABANDONED_MS = 60_000;

/** What a key file holds. */
export interface KeyFile {
  readonly text: string;
  readonly isReadableByAll: boolean;
}

/**
 * Reads a key file; undefined when there is none.
 *
 * @throws {SecretUnavailable} when it cannot be read, is no file, is too large, or others can write to it.
 */
export function readKeyFile(path: string): KeyFile | undefined {
  let file: number;
  try {
    // A named pipe is not waited for.
    file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new SecretUnavailable(`cannot read the key file: ${errorMessage(error)}`);
  }
  try {
    const state = fstatSync(file);
    if (!state.isFile()) throw new SecretUnavailable(`the key file ${path} is not a file`);
    if (isOpenTo(state, WRITABLE_BY_OTHERS)) {
      throw new SecretUnavailable(`others than its owner can write to the key file ${path}: chmod go-w it`);
    }
    const bytes = Buffer.alloc(FILE_BYTES_LIMIT + 1);
    const length = readSync(file, bytes);
    if (length > FILE_BYTES_LIMIT) {
      throw new SecretUnavailable(`the key file ${path} is larger than ${FILE_BYTES_LIMIT} bytes`);
    }
    const text = withoutByteOrderMark(bytes.toString('utf8', 0, length));
    bytes.fill(0);
    return { text, isReadableByAll: isOpenTo(state, READABLE_BY_ALL) };
  } finally {
    closeSync(file);
  }
}

/** Windows has no such permissions. */
function isOpenTo({ mode }: Stats, whom: number): boolean {
  return process.platform !== 'win32' && (mode & whom) !== 0;
}

/**
 * The keys in the text of a key file.
 *
 * @throws {SecretUnavailable} when there is none, or one is wrong.
 */
export function keysOfFile(text: string, path: string): readonly SecretKey[] {
  const lines = text.split('\n').map((line, index) => ({
    text: line.trim(),
    place: `line ${index + 1} of ${path}`,
  }));
  return distinctKeys(
    lines.filter((line) => line.text !== '' && !line.text.startsWith('#')),
    path,
  );
}

/**
 * Changes a key file, or makes it, for its owner only. At every moment the path holds the file of before or the new
 * one, whole; of several processes, one at a time changes it. The owner and the permissions stay.
 *
 * @param change makes the new text from that of the file, or from undefined where there is none; undefined leaves it.
 * @throws {SecretUnavailable} when the file cannot be read or written; then it is as it was.
 */
export async function changeKeyFile(
  path: string,
  change: (text: string | undefined) => string | undefined,
): Promise<void> {
  const target = existsSync(path) ? realpathSync(path) : resolve(path);
  const partial = `${target}.new`;
  const file = await lock(path, partial);
  try {
    const text = change(readKeyFile(target)?.text);
    if (text === undefined) return;
    if (existsSync(target)) keepOwner(file, statSync(target));
    // Not `writeSync`, which on a full disk writes a part of it without an error.
    writeFileSync(file, text);
    fsyncSync(file);
    const own = fstatSync(file);
    if (statSync(partial, { throwIfNoEntry: false })?.ino !== own.ino) {
      throw new SecretUnavailable(`another process changes the key file ${path}; try again`);
    }
    renameSync(partial, target);
    flush(dirname(target));
  } catch (error) {
    if (error instanceof SecretUnavailable) throw error;
    throw new SecretUnavailable(`cannot write the key file ${path}: ${errorMessage(error)}`);
  } finally {
    if (statSync(partial, { throwIfNoEntry: false })?.ino === fstatSync(file).ino) rmSync(partial);
    closeSync(file);
  }
}

/** The new file under its temporary name, which only one process can make. */
async function lock(path: string, partial: string): Promise<number> {
  for (let waitedMs = 0; ; waitedMs += LOCK_PAUSE_MS) {
    try {
      return openSync(partial, 'wx', OWNER_ONLY);
    } catch (error) {
      if (!existsSync(partial)) {
        if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
        throw new SecretUnavailable(`cannot write the key file ${path}: ${errorMessage(error)}`);
      }
    }
    const madeMs = statSync(partial, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (Math.abs(Date.now() - madeMs) > ABANDONED_MS) rmSync(partial, { force: true });
    else if (waitedMs >= LOCK_WAIT_MS) {
      throw new SecretUnavailable(
        `another process changes the key file ${path}, or was killed while it did: try again in a minute`,
      );
    } else await pause(LOCK_PAUSE_MS);
  }
}

/** Only root can give a file to others. */
function keepOwner(file: number, { uid, gid, mode }: Stats): void {
  if (process.getuid?.() === 0) fchownSync(file, uid, gid);
  fchmodSync(file, mode & 0o777);
}
