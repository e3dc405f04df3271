/** The limit of the records of logins: an attack makes them no longer than any busy hour. */

/** How many entries a record takes an hour, of all processes together. */
const AUDIT_ENTRIES_PER_HOUR = 1000;
/** The latest counters of failed logins that an exchange tells. */
export const MOST_COUNTERS_TOLD = 400_000;

const HOUR_MS = 3_600_000;

/** When the hour of a moment began, both in milliseconds since 1970. */
export function hourOf(time: number): number {
  return Math.floor(time / HOUR_MS) * HOUR_MS;
}

/**
 * The entries as they are to be added to those that the hour has already: those beyond the limit in their short form.
 *
 * @param stored the keys of all entries of the hour.
 * @param shortened an entry without what makes it one of many.
 */
export function withinLimit<Entry>(
  entries: readonly Entry[],
  stored: Iterable<string>,
  keyOf: (entry: Entry) => string,
  shortened: (entry: Entry) => Entry,
): Entry[] {
  const keys = new Set(stored);
  return entries.map((entry) => {
    const key = keyOf(entry);
    if (!keys.has(key) && keys.size >= AUDIT_ENTRIES_PER_HOUR) return shortened(entry);
    keys.add(key);
    return entry;
  });
}
