/** Following the changes of an account's orders. */

import type { FastifyRequest } from 'fastify';
import { FeedPage, feedQuery } from '../json-api/feed-schemas.ts';
import { type Api, responsesWith } from '../json-api/json-api.ts';
import { Problem } from '../json-api/problem.ts';
import { HISTORY_LIMIT } from '../json-api/schema-parts.ts';
import { ACCOUNT_CURSOR_PATTERN } from './account-cursors.ts';
import type { AccountFeed } from './account-feed.ts';
import type { AccountWaits } from './account-waits.ts';

/** When a client may come back whose place a newer request has taken, in seconds: two would take turns for ever. */
const REPLACED_RETRY_AFTER_SECONDS = 30;

/** What the route works with. */
interface ChangesRouteParts {
  readonly feed: AccountFeed;
  readonly waits: AccountWaits;
  /** Receives the time from a change to its delivery to a waiting client, in seconds. */
  readonly onHandedOn: (seconds: number) => void;
}

/** Adds the route. */
export function changesRoute(api: Api, { feed, waits, onHandedOn }: ChangesRouteParts): void {
  api.get(
    '/v1/changes',
    {
      schema: {
        operationId: 'followChanges',
        summary: "Every change of the account's orders, once, in order",
        description:
          'Begin without a cursor, and pass the cursor of each response as after in the next request: every change is returned exactly once. Personal data, authors and reasons of changes are not part of it.',
        security: [{ token: [] }, { password: [] }],
        querystring: feedQuery(ACCOUNT_CURSOR_PATTERN),
        response: responsesWith(
          {
            200: FeedPage,
          },
          [
            'invalid-parameter',
            'unauthorized',
            'not-https',
            'unknown-cursor',
            'too-many-failures',
            'too-many-requests',
            'wait-replaced',
            'internal-error',
            'overloaded',
            'database-busy',
            'database-unavailable',
          ],
        ),
      },
    },
    async (request) => {
      const { after, limit = HISTORY_LIMIT, wait = 0 } = request.query;
      const { accountID } = request.customer;
      let page = await feed.read(accountID, await feed.placeAfter(accountID, after), limit);
      // A request whose connection is closed by now takes the place of no other.
      if (page.changes.length === 0 && wait > 0 && !request.raw.socket.destroyed) {
        const { place } = page;
        page = await whileWaiting(request, wait * 1000, () => feed.read(accountID, place, limit));
        const [first] = page.changes;
        if (first !== undefined) onHandedOn(Math.max(0, Date.now() - Date.parse(first.at)) / 1000);
      }
      return { changes: page.changes, cursor: feed.cursorOf(accountID, page.place) };
    },
  );

  /** Reads until there is a change, or the wait is over. */
  async function whileWaiting<Page extends { readonly changes: readonly unknown[] }>(
    { raw: { socket }, customer }: FastifyRequest,
    waitMs: number,
    read: () => Promise<Page>,
  ): Promise<Page> {
    const until = performance.now() + waitMs;
    const wait = await waits.begin({ accountID: customer.accountID, tokenID: customer.token?.tokenID });
    const onClose = () => wait.end('over');
    socket.once('close', onClose);
    if (socket.destroyed) onClose();
    try {
      for (let end = 'changed'; ; ) {
        const page = await read();
        if (page.changes.length > 0 || end !== 'changed') {
          // Only now: what has been read was there while the credentials were valid.
          await customer.confirm();
          return page;
        }
        end = await wait.next(until - performance.now());
        if (end !== 'changed' && end !== 'over') throw replaced(end === 'waitsPerToken');
      }
    } finally {
      socket.off('close', onClose);
      waits.end(wait);
    }
  }
}

function replaced(isByToken: boolean): Problem {
  const reason = isByToken
    ? 'a newer request waits with the same API token: give each program a token of its own'
    : 'the account has too many requests that wait: let fewer programs follow its orders at a time';
  return new Problem('wait-replaced', reason, {
    headers: { 'Retry-After': String(REPLACED_RETRY_AFTER_SECONDS) },
  });
}
