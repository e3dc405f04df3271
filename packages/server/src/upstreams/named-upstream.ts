/** Upstreams by the name that people give. */

import { AdminError } from '../accounts/admin-error.ts';
import type { Upstream, Upstreams } from './upstream.ts';

/** @throws {AdminError} when there is none of this name. */
export async function namedUpstream(upstreams: Pick<Upstreams, 'get'>, name: string): Promise<Upstream> {
  const upstream = await upstreams.get(name);
  if (upstream !== undefined) return upstream;
  throw new AdminError('not-found', 'name', `there is no upstream '${name}'`);
}
