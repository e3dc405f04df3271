/** What SQLite takes for no limit. */
export const EVERY_ROW = -1;
