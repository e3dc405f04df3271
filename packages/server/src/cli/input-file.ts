/** Files that commands read, or standard input in their place. */

import { open } from 'node:fs/promises';
import { errorMessage, OperatorError } from '../operator-error.ts';
import { isStandardInput } from './standard-stream.ts';

/** An input of any length. */
export interface Input {
  readonly stream: AsyncIterable<Uint8Array>;
  /** In bytes, if it is known. */
  readonly size: number | undefined;
}

/**
 * Opens a file to read it once.
 *
 * @param file its path, or `-` for standard input.
 * @throws {OperatorError} that names the file.
 */
export async function openInput(file: string): Promise<Input> {
  if (isStandardInput(file)) return { stream: process.stdin, size: undefined };
  try {
    // Opened once: what is written to a named pipe can be read but once.
    const handle = await open(file);
    const stats = await handle.stat();
    if (stats.isDirectory()) {
      await handle.close();
      throw new Error('it is a folder');
    }
    return { stream: handle.createReadStream(), size: stats.isFile() ? stats.size : undefined };
  } catch (error) {
    throw new OperatorError(`cannot read ${file}: ${errorMessage(error)}`);
  }
}
