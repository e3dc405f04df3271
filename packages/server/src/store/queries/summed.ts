/** Entries of the same key as one, with the sum of their counts. */
export function summed<Count extends string, Entry extends Readonly<Record<Count, number>>>(
  entries: readonly Entry[],
  keyOf: (entry: Entry) => string,
  count: Count,
): readonly Entry[] {
  const sums = new Map<string, Entry>();
  for (const entry of entries) {
    const before = sums.get(keyOf(entry))?.[count] ?? 0;
    sums.set(keyOf(entry), { ...entry, [count]: before + entry[count] });
  }
  return [...sums.values()];
}
