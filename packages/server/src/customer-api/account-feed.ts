/** The change feed of an account: page by page, from a cursor on. */

import { LATEST } from '../json-api/feed-schemas.ts';
import { invalidParameter, Problem } from '../json-api/problem.ts';
import type { Change } from '../orders/change.ts';
import { parseCursor } from '../orders/cursor.ts';
import type { AccountSpan, History } from '../orders/history.ts';
import type { AccountCursors, AccountPlace } from './account-cursors.ts';
import { type PublicChange, publicChange } from './public-change.ts';

/** How many changes are read at once behind some of which there is nothing to see. */
const FURTHER_CHANGES = 1000;

/** A change with the place after it. */
type FeedChange = PublicChange & { readonly cursor: string };

/** Some of an account's changes, and the place after all that was read. */
interface FeedPage {
  readonly changes: readonly FeedChange[];
  readonly place: AccountPlace;
}

/** Reads the feeds of one database. */
export class AccountFeed {
  readonly #history: Pick<History, 'afterOfAccount' | 'accountSpan'>;
  readonly #cursors: AccountCursors;

  constructor(history: Pick<History, 'afterOfAccount' | 'accountSpan'>, cursors: AccountCursors) {
    this.#history = history;
    this.#cursors = cursors;
  }

  /**
   * Where to begin.
   *
   * @param after a cursor, {@link LATEST}, or undefined for the first change that there is.
   * @throws {Problem} for a cursor of another account, or one from which no one can go on.
   */
  async placeAfter(accountID: number, after: string | undefined): Promise<AccountPlace> {
    const span = await this.#history.accountSpan(accountID);
    if (after === undefined) return { epoch: span.epoch, place: span.start };
    if (after === LATEST) return { epoch: span.epoch, place: span.end };
    const { epoch, place } = this.#cursors.read(accountID, after);
    // Another database may have had another key.
    if (epoch !== span.epoch) throw unknownCursor();
    if (place === undefined) throw invalidParameter('after', 'is not a cursor of this account');
    requireWithin({ epoch, place }, span);
    return { epoch, place };
  }

  /**
   * The changes after a place, the first few; none only if there are none.
   *
   * @throws {Problem} when some of them are not there any more.
   */
  async read(accountID: number, from: AccountPlace, limit: number): Promise<FeedPage> {
    const changes: FeedChange[] = [];
    let place = from;
    for (let count = limit; ; count = Math.max(limit, FURTHER_CHANGES)) {
      const found = await this.#history.afterOfAccount(accountID, String(place.place), count);
      // Only now: the database may have gone back to an earlier state, and changes may have been pruned.
      requireWithin(place, await this.#history.accountSpan(accountID));
      for (const change of found) {
        place = placeOf(change);
        const shown = publicChange(change);
        if (shown !== undefined) changes.push({ cursor: this.cursorOf(accountID, place), ...shown });
        if (changes.length === limit) break;
      }
      // What is not for the account to see does not look like the end.
      if (changes.length > 0 || found.length === 0) return { changes, place };
    }
  }

  /** The cursor of a place. */
  cursorOf(accountID: number, place: AccountPlace): string {
    return this.#cursors.write(accountID, place);
  }
}

function placeOf({ cursor }: Change): AccountPlace {
  const { epoch = '', place } = parseCursor(cursor);
  return { epoch, place: BigInt(place) };
}

/** @throws {Problem} when nothing says what came after the place. */
function requireWithin({ epoch, place }: AccountPlace, span: AccountSpan): void {
  if (epoch !== span.epoch || place < span.start || place > span.end) throw unknownCursor();
}

function unknownCursor(): Problem {
  return new Problem(
    'unknown-cursor',
    'the history cannot be followed from this cursor: the database was restored, or changes were pruned; take the cursor that after=latest gives, ask for the status of all orders anew, and follow from there',
  );
}
