import { closeSync, fsyncSync, openSync } from 'node:fs';

/** Waits until what was written to a file, or the names in a folder, survive a power failure. */
export function flush(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
