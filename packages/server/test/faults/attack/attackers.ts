/**
 * A process of attackers, of lower priority than everything else: `attackers.ts TARGET`, as JSON. Ends when its time is
 * over, or when the process that has started it lets go of it. `ATTACKS=unreadStreams,handshakes` is some of them.
 */

import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';
import type { Target } from './attack.ts';
import * as connections from './connections.ts';
import * as logins from './logins.ts';
import * as management from './management.ts';
import * as pages from './pages.ts';

const target: Target = JSON.parse(process.argv[2] ?? '');
setPriority(target.priority);
try {
  // Where Linux shares out the processor by session, that is what counts beyond the session.
  writeFileSync('/proc/self/autogroup', String(target.priority));
} catch {
  // It does not here.
}
const over = new AbortController();
process.once('disconnect', () => over.abort());
const signal = AbortSignal.any([over.signal, AbortSignal.timeout(target.seconds * 1000)]);
const only = process.env['ATTACKS']?.split(',');
const attacks = [connections, logins, management, pages].flatMap((kind) =>
  Object.entries(kind).flatMap(([name, attack]) => (only?.includes(name) === false ? [] : [attack])),
);
await Promise.all(
  attacks.map((attack) =>
    attack(target, signal).catch((error) => {
      if (!signal.aborted) throw error;
    }),
  ),
);
process.exit(0);
