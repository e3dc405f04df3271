/**
 * Routes that forms are sent to, and that people come back to: with reload, Enter in the address bar, or a bookmark.
 */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Adds the route of a form, and one that redirects a GET of the same path to the page that holds the form.
 *
 * @param url the form's route, for example `/orders/:orderNumber/links`.
 * @param page the page that holds the form, with parameters of the route, and a fragment if there is one:
 * `/orders/:orderNumber#sharing`.
 */
export function formRoute(
  pages: FastifyInstance,
  url: string,
  page: string,
  handler: (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply>,
): void {
  pages.post(url, handler);
  pages.get(url, async (request, reply) => reply.redirect(pageOfForm(page, request), 303));
}

function pageOfForm(page: string, { params, url }: FastifyRequest): string {
  const given = params as Readonly<Record<string, string>>;
  const [path = '', fragment] = page
    .replaceAll(/:([A-Za-z]+)/g, (_, name: string) => encodeURIComponent(given[name] ?? ''))
    .split('#', 2);
  const [, query] = /\?([^#]*)/.exec(url) ?? [];
  return path + (query === undefined ? '' : `?${query}`) + (fragment === undefined ? '' : `#${fragment}`);
}

/** Refuses to start with a form whose path would be a dead end for a GET. */
export function refuseFormsWithoutPages(pages: FastifyInstance): void {
  const routes = new Map<string, Set<string>>([
    ['GET', new Set()],
    ['POST', new Set()],
  ]);
  pages.addHook('onRoute', ({ method, url }) => {
    for (const each of [method].flat()) routes.get(each)?.add(url);
  });
  pages.addHook('onReady', async () => {
    const missing = [...(routes.get('POST') ?? [])].filter((url) => routes.get('GET')?.has(url) !== true);
    if (missing.length > 0) throw new Error(`no page for a GET of ${missing.join(', ')}: use formRoute`);
  });
}

/**
 * Paths whose segments are plain text, followed by slashes; one that begins with two, or a backslash, could lead to
 * another host.
 */
const WITH_TRAILING_SLASHES = /^((?:\/[\w.~%-]+)+)\/+$/;

/** Where a path with slashes at its end leads: the same without them, with its query; undefined for any other path. */
export function withoutTrailingSlashes(url: string): string | undefined {
  const [path = '', ...query] = url.split('?');
  const [, plain] = WITH_TRAILING_SLASHES.exec(path) ?? [];
  return plain === undefined ? undefined : [plain, ...query].join('?');
}
