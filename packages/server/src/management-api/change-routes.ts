/** Following every change of the database. */

import { FeedPage, feedQuery, LATEST } from '../json-api/feed-schemas.ts';
import type { Api } from '../json-api/json-api.ts';
import { Problem } from '../json-api/problem.ts';
import { HISTORY_LIMIT } from '../json-api/schema-parts.ts';
import { CURSOR_PATTERN, parseCursor } from '../orders/cursor.ts';
import { HISTORY_START, type History } from '../orders/history.ts';
import { type RouteParts, responses, shownChange } from './route.ts';

/** How often the token of a waiting client is checked, in milliseconds. */
const TOKEN_CHECK_INTERVAL_MS = 2000;

/** Adds the route. */
export function changeRoutes(
  api: Api,
  { store: { history }, watch, onHandedOn, confirmToken }: RouteParts,
): void {
  api.get(
    '/v1/changes',
    {
      config: { scope: 'read' },
      schema: {
        operationId: 'followChanges',
        summary: 'Every change of every order, once, in order',
        description:
          'Begin without a cursor, and pass the cursor of each response as after in the next request: every change is returned exactly once.',
        querystring: feedQuery(CURSOR_PATTERN),
        response: responses(
          {
            200: FeedPage,
          },
          'unknown-cursor',
        ),
      },
    },
    async (request) => {
      const { after = HISTORY_START, limit = HISTORY_LIMIT, wait = 0 } = request.query;
      const cursor = after === LATEST ? await history.latest() : await inFull(history, after);
      await requireKnown(history, cursor);
      let changes = await history.after(cursor, limit);
      if (changes.length === 0 && wait > 0) {
        const gone = new AbortController();
        const onClose = () => gone.abort();
        request.raw.socket.once('close', onClose);
        // While the token was checked, for example.
        if (request.raw.socket.destroyed) onClose();
        const over = AbortSignal.any([AbortSignal.timeout(wait * 1000), gone.signal]);
        try {
          let checkDue: AbortSignal;
          do {
            checkDue = AbortSignal.timeout(TOKEN_CHECK_INTERVAL_MS);
            await watch.waitBeyond(cursor, AbortSignal.any([over, checkDue]));
            changes = await history.after(cursor, limit);
            // Only now: what has been read was there while the token was valid.
            await confirmToken(request);
          } while (changes.length === 0 && checkDue.aborted && !over.aborted);
        } finally {
          request.raw.socket.off('close', onClose);
        }
        const [first] = changes;
        if (first !== undefined) onHandedOn(Math.max(0, Date.now() - Date.parse(first.at)) / 1000);
      }
      // Since it was looked up the database may have gone back to an earlier state.
      await requireKnown(history, cursor);
      return { changes: changes.map(shownChange), cursor: changes.at(-1)?.cursor ?? cursor };
    },
  );
}

/** The cursor as responses have it: earlier versions gave cursors without an epoch. */
async function inFull(history: History, cursor: string): Promise<string> {
  if (cursor === HISTORY_START || parseCursor(cursor).epoch !== undefined) return cursor;
  const { epoch, isFirst } = await history.epoch();
  return isFirst ? `${epoch}_${cursor}` : cursor;
}

/** @throws {Problem} when nothing says what came after the cursor. */
async function requireKnown(history: History, cursor: string): Promise<void> {
  if (await history.isKnown(cursor)) return;
  throw new Problem(
    'unknown-cursor',
    'no change has this cursor: the database was restored, or changes were pruned; take the cursor that after=latest gives, read all orders anew, and follow from there',
  );
}
