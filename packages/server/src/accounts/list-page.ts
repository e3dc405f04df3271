/** Lists of accounts and tokens, page by page. */

/** Which page of a list. */
export interface ListRange {
  /** The name that the page before ended with; the first page when left out or empty. */
  readonly after?: string | undefined;
  /** The most items of the page. */
  readonly limit: number;
}

/** A page of a list. */
export interface ListPage<Item> {
  readonly items: readonly Item[];
  /** The name that the next page is after; undefined on the last page. */
  readonly next: string | undefined;
}

/**
 * Makes a page.
 *
 * @param found the items of the page, and one more if there are more.
 */
export function listPage<Item>(
  found: readonly Item[],
  limit: number,
  nameOf: (item: Item) => string,
): ListPage<Item> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? nameOf(last) : undefined };
}
