/** The probe port: liveness, readiness and metrics. */

import type { RequestListener } from 'node:http';
import { normalTarget } from '../http/request-target.ts';
import { refuse, textResponse } from '../http/response.ts';
import { refusalOfOtherMethods } from '../http/route-methods.ts';
import { shared } from '../shared-work.ts';
import type { Snapshot } from './exposition.ts';

const PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * @param isReady whether the service accepts requests and its database responds.
 * @param figures what all processes have counted and measured.
 */
export function probeHandler(
  isReady: () => Promise<boolean>,
  figures?: () => Promise<readonly Snapshot[]>,
): RequestListener {
  const exposition =
    figures &&
    shared(async () => {
      // Loaded when it is needed.
      const { EXPOSITION_TYPE, expositionOf } = await import('./exposition.ts');
      return { type: EXPOSITION_TYPE, body: await expositionOf(await figures()) };
    });
  return async (request, response) => {
    const [path = ''] = normalTarget(request.url ?? '').split('?', 1);
    const refusal = PATHS.has(path) ? refusalOfOtherMethods(request.method) : undefined;
    if (refusal !== undefined) {
      refuse(request, response, refusal);
    } else if (path === '/healthz') {
      refuse(request, response, textResponse(200, 'ok'));
    } else if (path === '/readyz') {
      const ready = await isReady();
      refuse(request, response, ready ? textResponse(200, 'ready') : textResponse(503, 'not ready'));
    } else if (path === '/metrics' && exposition !== undefined) {
      const { type, body } = await exposition();
      refuse(request, response, { headers: { 'Content-Type': type, 'Cache-Control': 'no-store' }, body });
    } else {
      refuse(request, response, textResponse(404, 'not found'));
    }
  };
}
