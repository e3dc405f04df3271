/** Whether other users of the machine may use a file: PostgreSQL does not run as root, and its files are theirs. */

import { chmodSync, cpSync, readdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const ENTER = 0o001;
const READ_AND_ENTER = 0o005;

/** Whether everybody may enter each folder above it, and read it (and enter it, or run it). */
export function isOpenToOthers(path: string): boolean {
  const whole = resolve(path);
  for (let folder = dirname(whole); ; folder = dirname(folder)) {
    if (!allows(folder, ENTER)) return false;
    if (folder === dirname(folder)) break;
  }
  return allows(whole, READ_AND_ENTER);
}

function allows(path: string, mode: number): boolean {
  return (statSync(path).mode & mode) === mode;
}

/** Copies a folder so that everybody may read all of it. */
export function copyForOthers(from: string, to: string): void {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true });
  chmodSync(to, 0o755);
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    if (entry.isSymbolicLink()) continue;
    const path = join(entry.parentPath, entry.name);
    const isProgram = (statSync(path).mode & 0o100) !== 0;
    chmodSync(path, entry.isDirectory() || isProgram ? 0o755 : 0o644);
  }
}
