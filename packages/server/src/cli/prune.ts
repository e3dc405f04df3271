/** `prune`: deletes old rows. */

import { print } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { PRUNABLE, type Prunable } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { momentAgo } from './moment.ts';
import { Progress } from './progress.ts';

const NAMES: Readonly<Record<Prunable, string>> = {
  settledOrders: 'settled orders',
  changes: 'changes of the history',
  loginCounters: 'counters of failed logins',
  failedLogins: 'entries of failed logins',
  operatorLogins: "entries of operators' logins",
  sessions: 'sessions that had ended',
  shareLinks: 'share links that had ended',
};

const DETAILS = `
Orders are kept unless --settled-orders is given. Then orders are deleted that are
completed, rejected or cancelled, wait for nothing, have not changed since, and are
not replaced by an order that is kept. Clients that follow the changes from a deleted
cursor get 410. Rows are deleted a few at a time; the service may run meanwhile. Run
the command again to complete it if it was interrupted.`;

interface PruneOptions {
  readonly olderThan: number;
  readonly settledOrders?: true;
  readonly dryRun?: true;
}

/** Makes the command. */
export function pruneCommand(): Command {
  const command = new Command('prune')
    .description('delete old history, login records, sessions and share links')
    .requiredOption(
      '--older-than <WHEN>',
      'before a time (2025-06-11T11:57:00Z) or so long ago (90d, 24h)',
      momentAgo,
    )
    .option('--settled-orders', 'also delete settled orders, with all that belongs to them')
    .option('--dry-run', 'only count what would be deleted')
    .addHelpText('after', DETAILS)
    .action(async ({ olderThan, settledOrders, dryRun }: PruneOptions, self: Command) => {
      const progress = new Progress();
      const what = new Set(PRUNABLE.filter((kind) => kind !== 'settledOrders' || settledOrders));
      const pruned = await withStore(self, dryRun ? 'read' : 'write', ({ pruning }) =>
        pruning.prune(olderThan, what, {
          isDryRun: dryRun === true,
          onProgress: (kind, count) =>
            progress.update('pruning', () => ({ fraction: undefined, text: `${count} ${NAMES[kind]}` })),
        }),
      );
      progress.clear();
      for (const kind of PRUNABLE) {
        const count = pruned[kind];
        if (count !== undefined) print(`${count} ${NAMES[kind]} ${dryRun ? 'would be' : 'were'} taken away`);
      }
    });
  return addDatabaseOption(command);
}
