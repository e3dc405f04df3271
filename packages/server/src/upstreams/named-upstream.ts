/** Upstreams by the name that people give. */

import { AdminError } from '../accounts/admin-error.ts';
import type { Upstream, Upstreams } from './upstream.ts';

/**
 * An upstream as it is now, if it is still asked at the same place and with the same login name: where it is not, what
 * was looked up before does not count.
 */
export async function upstreamAsBefore(
  upstreams: Pick<Upstreams, 'get'>,
  { upstreamID, name, baseUrl, loginName }: Upstream,
): Promise<Upstream | undefined> {
  const now = await upstreams.get(name);
  const isSame = now?.upstreamID === upstreamID && now.baseUrl === baseUrl && now.loginName === loginName;
  return isSame ? now : undefined;
}

/** @throws {AdminError} when there is none of this name. */
export async function namedUpstream(upstreams: Pick<Upstreams, 'get'>, name: string): Promise<Upstream> {
  const upstream = await upstreams.get(name);
  if (upstream !== undefined) return upstream;
  throw new AdminError('not-found', 'name', `there is no upstream '${name}'`);
}
