/**
 * Cursors of the change feed: `EPOCH_N`, opaque to clients. N is the change's place in the history. The epoch is the
 * history's own: it is renewed when a database goes back to an earlier state, as the same N then stands for other
 * changes.
 */

/** What a cursor looks like; earlier versions gave N alone, in the first epoch of a database. */
export const CURSOR_PATTERN = '(?:[0-9a-f]{12}_)?[0-9]{1,18}';

/** How many bytes of chance an epoch is made of: no two restores of any backup get the same one. */
export const EPOCH_BYTES = 6;

/** A cursor's parts. */
export interface Cursor {
  /** Left out in cursors of earlier versions. */
  readonly epoch: string | undefined;
  /** Decimal. */
  readonly place: string;
}

/** The epoch of a history. */
export interface Epoch {
  readonly epoch: string;
  /** Whether it is the first one: then cursors without an epoch are its own, too. */
  readonly isFirst: boolean;
}

/** @param cursor of the form of {@link CURSOR_PATTERN}. */
export function parseCursor(cursor: string): Cursor {
  const at = cursor.indexOf('_');
  return { epoch: at === -1 ? undefined : cursor.slice(0, at), place: cursor.slice(at + 1) };
}

/** Whether two cursors that a history has given are of one epoch; the place before the first change is of every one. */
export function isSameEpoch(one: string, other: string): boolean {
  const [first, second] = [parseCursor(one), parseCursor(other)];
  return first.place === '0' || second.place === '0' || first.epoch === second.epoch;
}

/** Whether a cursor is of the epoch; the place before the first change, `0`, is of every one. */
export function isOfEpoch({ epoch, place }: Cursor, now: Epoch): boolean {
  return epoch === undefined ? now.isFirst || place === '0' : epoch === now.epoch;
}
