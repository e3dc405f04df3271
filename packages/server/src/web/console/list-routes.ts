/** Pages of the console that list things and have forms that change them. */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ListPage, ListRange } from '../../accounts/list-page.ts';
import { type Html, html } from '../html.ts';
import { type Notice, noticeOfError, noticeView } from '../notice.ts';
import { queryOf } from '../page-server.ts';
import { pager } from '../pager.ts';
import { type ConsoleRouteParts, sendConsolePage, type TokenOwner } from './layout.ts';

const PAGE_LENGTH = 50;

/** One such page. */
interface List<Item> {
  readonly title: string;
  /** Where it is: begins with the console's own path. */
  readonly path: string;
  list(range: ListRange): Promise<ListPage<Item>>;
  /** The form above the table, and the table. */
  view(items: readonly Item[]): Html;
  /** Carries out a form. An `AdminError` becomes the notice. */
  change(request: FastifyRequest, owner: TokenOwner): Promise<Notice>;
}

/** Adds the routes of one page. */
export function listRoutes<Item>(
  pages: FastifyInstance,
  { requireOperator }: ConsoleRouteParts,
  { title, path, list, view, change }: List<Item>,
): void {
  const page = async (after: string, notice?: Notice) => {
    const { items, next } = await list({ after, limit: PAGE_LENGTH });
    return {
      title,
      content: html`<h1>${title}</h1>${noticeView(notice)}${view(items)}${pager(path, {}, after !== '', next)}`,
    };
  };

  pages.get(path, async (request, reply) => {
    const owner = await requireOperator(request);
    return sendConsolePage(reply, owner, path, await page(queryOf(request, 'after').after));
  });

  pages.post(path, async (request, reply) => {
    const owner = await requireOperator(request);
    const notice = await change(request, owner).catch(noticeOfError);
    const status = notice.kind === 'good' ? 200 : 422;
    return sendConsolePage(reply, owner, path, await page('', notice), status);
  });
}
