/** Commands on a terminal, which `script` of util-linux makes. */

import { execFileSync } from 'node:child_process';

/** Where there is no such `script`, tests that need a terminal are skipped. */
export const hasTerminals = (() => {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
})();
