/** Which methods the paths of a server have. */

import { textResponse } from './response.ts';

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
}

/**
 * The routes of a server, for a request whose path one of them has and whose method none: its response is 405, with
 * the methods in `Allow` (RFC 9110, section 15.5.6).
 */
export class RouteMethods {
  readonly #routes: Route[] = [];

  /** @param pattern as Fastify has it: `/orders/:orderNumber`, and `::` for a colon. */
  add(methods: string | readonly string[], pattern: string): void {
    for (const method of [methods].flat()) this.#routes.push({ method, segments: pattern.split('/') });
  }

  /** `GET, HEAD`; undefined when no route has the path. In the order in which the routes were added. */
  allowed(url: string): string | undefined {
    const [path = ''] = url.split('?', 1);
    const segments = path.split('/');
    const methods = this.#routes
      .filter((route) => matches(route.segments, segments))
      .map(({ method }) => method);
    return methods.length === 0 ? undefined : [...new Set(methods)].join(', ');
  }
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => {
      const segment = segments[index] ?? '';
      const isParameter = part.startsWith(':') && !part.startsWith('::');
      return isParameter ? segment !== '' : segment === part.replace('::', ':');
    })
  );
}

/** What a path that can only be read responds to other methods; undefined for those that read. */
export function refusalOfOtherMethods(method: string | undefined) {
  if (method === 'GET' || method === 'HEAD') return undefined;
  const { headers, ...response } = textResponse(405, 'method not allowed');
  return { ...response, headers: { ...headers, Allow: 'GET, HEAD' } };
}
