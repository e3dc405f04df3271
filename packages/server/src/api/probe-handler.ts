/** What the probe port serves: is the process alive, and can it answer questions. */

import type { RequestListener } from 'node:http';
import { refuse, textAnswer } from './answer.ts';

/** @param isReady Whether the service takes requests and its database answers. */
export function probeHandler(isReady: () => Promise<boolean>): RequestListener {
  return async (request, response) => {
    const [path] = (request.url ?? '').split('?', 1);
    if (path === '/healthz') {
      refuse(request, response, textAnswer(200, 'ok'));
    } else if (path === '/readyz') {
      const ready = await isReady();
      refuse(request, response, ready ? textAnswer(200, 'ready') : textAnswer(503, 'not ready'));
    } else {
      refuse(request, response, textAnswer(404, 'not found'));
    }
  };
}
