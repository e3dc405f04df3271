/** A port of a test's own, with a handler of the test's own. */

import type { RequestListener } from 'node:http';
import type { TestContext } from 'node:test';
import { pino } from 'pino';
import { CONNECTION_COUNTS, type ConnectionLimits } from '../../src/http/connections.ts';
import { type Endpoint, type Listener, listen } from '../../src/http/listener.ts';
import type { LimitName } from '../../src/limits.ts';
import { testPair } from '../test-pair.ts';

/** What a test may want otherwise. */
export interface ListenOptions extends Partial<Omit<Endpoint, 'connections'>> {
  readonly connections?: Partial<ConnectionLimits>;
  readonly withTls?: true;
}

/** Opens the port, which is closed when the test ends; `limits` has the name of each limit that was reached. */
export async function listenWith(
  t: TestContext,
  { connections, withTls, ...endpoint }: ListenOptions,
  handle: RequestListener,
): Promise<Listener & { readonly limits: readonly LimitName[] }> {
  const limits: LimitName[] = [];
  const listener = await listen(
    {
      host: '127.0.0.1',
      port: 0,
      connections: {
        ...CONNECTION_COUNTS,
        isShared: () => false,
        onLimit: (limit) => limits.push(limit),
        ...connections,
      },
      ...endpoint,
    },
    withTls && { pair: await testPair() },
    handle,
    pino({ enabled: false }),
  );
  t.after(() => listener.close(0));
  return { ...listener, limits };
}
