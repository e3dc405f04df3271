/** Time that passes when a test says so, for the client's pauses; sockets go on as they are. */

import type { TestContext } from 'node:test';
import { setImmediate } from 'node:timers/promises';

/** Starts it, for one test. */
export function virtualTime(t: TestContext) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let now = 0;
  t.mock.method(performance, 'now', () => now);
  return {
    now: () => now,
    /** Lets time pass, and everything happen that needs no socket. */
    async pass(milliseconds: number): Promise<void> {
      // What has just been answered gets to its pause first.
      await setImmediate();
      now += milliseconds;
      t.mock.timers.tick(milliseconds);
      await setImmediate();
    },
  };
}
