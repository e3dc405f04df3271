/** The console's first page: how many orders are where, what holds them up, and how long they take. */

import type { FastifyInstance } from 'fastify';
import { sendPage } from '../page-server.ts';
import { CONSOLE, type ConsoleRouteParts, sendConsolePage } from './layout.ts';
import { countFigures, type Figures } from './overview-figures.ts';
import { SIGNED_OUT, signInForm } from './sign-in.ts';

/**
 * How long figures are shown before they are counted again, in milliseconds: in a large database that takes its time.
 */
const FRESH_MS = 10_000;

/** Adds the route. */
export function overviewRoutes(
  pages: FastifyInstance,
  { store: { reports }, upstreams, sessions }: ConsoleRouteParts,
): void {
  let latest: { readonly at: number; readonly figures: Promise<Figures> } | undefined;
  const figures = () => {
    const now = performance.now();
    if (latest === undefined || now - latest.at > FRESH_MS) {
      const counting = countFigures(reports, upstreams);
      latest = { at: now, figures: counting };
      // What failed is counted again the next time.
      counting.catch(() => {
        latest = undefined;
      });
    }
    return latest.figures;
  };

  pages.get(CONSOLE, async (request, reply) => {
    const owner = await sessions.ownerOf(request);
    if (owner?.scope !== 'admin') {
      const problem = (await sessions.hasEnded(request)) ? SIGNED_OUT : undefined;
      return sendPage(reply, { title: 'Console', content: signInForm(problem) });
    }
    request.signedIn = { token: owner.name };
    // The charts are loaded when they are first shown.
    const { overview } = await import('./overview-content.ts');
    const page = { title: 'Overview', content: overview(await figures()) };
    return sendConsolePage(reply, owner, CONSOLE, page);
  });
}
