/** Rows of the history, as every engine gives them, and what they stand for. */

import type { Author, Change } from '../../orders/change.ts';
import type { RuleName } from '../../orders/rules.ts';

/** How many characters of JSON, about, a page holds at most. */
export const PAGE_LENGTH = 8 * 1024 * 1024;

/** A change's columns. */
interface ChangeRow {
  readonly cursor: string;
  readonly orderNumber: string;
  readonly version: number;
  readonly made: number;
  readonly authorKind: Author['kind'];
  readonly authorName: string;
  readonly reason: string | null;
  readonly overruled: string | null;
  readonly created: string | null;
  readonly differences: string;
}

/** The same of a page that a person reads. */
export const SHOWN_PAGE_LENGTH = 1024 * 1024;

/** As many of the rows as are not too much to hold; the first in any case. */
export function pageOf(rows: Iterable<object>, pageLength = PAGE_LENGTH): Change[] {
  const changes: Change[] = [];
  let length = 0;
  for (const each of rows) {
    const row = each as ChangeRow;
    length += (row.created ?? row.differences).length;
    if (length > pageLength && changes.length > 0) break;
    changes.push(changeOf(row));
  }
  return changes;
}

function changeOf(row: ChangeRow): Change {
  return {
    cursor: row.cursor,
    orderNumber: row.orderNumber,
    version: row.version,
    at: new Date(row.made).toISOString(),
    by: { kind: row.authorKind, name: row.authorName },
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.overruled !== null && { waivedRules: JSON.parse(row.overruled) as RuleName[] }),
    ...(row.created === null
      ? { kind: 'changed', differences: JSON.parse(row.differences) }
      : { kind: 'created', order: JSON.parse(row.created) }),
  };
}
