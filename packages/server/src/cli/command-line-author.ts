import { userInfo } from 'node:os';
import type { Author } from '../orders/change.ts';

/** The user who runs this command, as the history names the author. */
export function commandLineAuthor(): Author {
  return { kind: 'command line', name: userName() };
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // Containers often run as a user that has no name.
    return `user ${process.getuid?.() ?? 'unknown'}`;
  }
}
