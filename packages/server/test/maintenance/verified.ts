import { type VerifiedCounts, verifyDatabase } from '../../src/maintenance/verify.ts';
import type { Store } from '../../src/store/store.ts';

/** What verify counts in a database, and finds wrong with it. */
export async function verified(
  store: Store,
): Promise<{ counts: VerifiedCounts; problems: readonly string[] }> {
  const problems: string[] = [];
  const counts = await verifyDatabase(
    store,
    (problem) => problems.push(problem),
    () => {},
  );
  return { counts, problems };
}
