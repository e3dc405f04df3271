/** `import`: orders from NDJSON into the database. */

import { print, printError } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { applyOrders } from '../maintenance/import/apply-orders.ts';
import { checkOrders } from '../maintenance/import/check-orders.ts';
import { OperatorError } from '../operator-error.ts';
import type { OrderStore } from '../orders/order-store.ts';
import { describeBrokenRules, type Exemption } from '../orders/rules.ts';
import { StagingDatabase } from '../store/staging-database.ts';
import { commandLineAuthor } from './command-line-author.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { type Input, openInput } from './input-file.ts';
import { Progress } from './progress.ts';

/** How many orders are told one by one that are in the database otherwise than in the file. */
const ADJUSTED_TOLD = 100;

const DETAILS = `
Every line of the file is one order as JSON. All lines are checked before any order is
written: if one is invalid, every invalid line is listed with the reason, and the
database stays as it was. Then the orders are written in batches; the service may
run meanwhile. Importing the same file again changes nothing, and completes an import
that was interrupted. An order that is Rejected or Cancelled while certificates of it
await validation is accepted with these certificates rejected, and listed; --as-is
accepts it unchanged. The file may be larger than memory; checked lines are kept in
the temporary folder (TMPDIR) meanwhile.`;

/** Makes the command. */
export function importCommand(): Command {
  const command = new Command('import')
    .description('import orders from an NDJSON file into the order database')
    .argument('<FILE>', 'the file, or - for standard input')
    .option('--skip-invalid', 'skip invalid lines and import the others (the exit code is still 1)')
    .option('--as-is', 'take orders that break the rules of state and of change, and record which')
    .option('--no-webhooks', 'do not tell webhook endpoints of these orders')
    .addHelpText('after', DETAILS)
    .action(async (file: string, options: ImportOptions, self: Command) => {
      const input = await openInput(file);
      await withStore(self, 'write', ({ orders: orderStore }) => importOrders(input, orderStore, options));
    });
  return addDatabaseOption(command);
}

interface ImportOptions {
  readonly skipInvalid?: true;
  readonly asIs?: true;
  /** False for `--no-webhooks`. */
  readonly webhooks: boolean;
}

async function importOrders(
  { stream, size }: Input,
  orderStore: OrderStore,
  { skipInvalid, asIs, webhooks }: ImportOptions,
): Promise<void> {
  const exemption: Exemption | undefined = asIs ? { kind: 'as-is' } : undefined;
  const progress = new Progress();
  const staging = new StagingDatabase();
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  try {
    const { lines, repeated } = await checkOrders(
      stream,
      orderStore,
      staging,
      exemption,
      ({ step, lines, bytes }) =>
        progress.update(`checking ${step}`, () => ({
          fraction: size === undefined || step === 'links' ? undefined : bytes / Math.max(size, 1),
          text: count(lines, 'line'),
        })),
    );
    progress.clear();
    const invalid = staging.countBadLines();
    for (const { line, text } of staging.problems()) printError(`line ${line}: ${text}`);
    if (invalid > 0 && !skipInvalid) {
      throw new OperatorError(
        `${invalid} of ${count(lines, 'line')} ${invalid === 1 ? 'is' : 'are'} not valid, so nothing was imported; fix ${invalid === 1 ? 'it' : 'them'}, or use --skip-invalid`,
      );
    }

    // From here on a batch that was begun is finished before the command ends.
    process.once('SIGINT', onInterrupt).once('SIGTERM', onInterrupt);
    const total = staging.countGood();
    let adjusted = 0;
    const counts = await applyOrders(
      staging.records(),
      orderStore,
      { by: commandLineAuthor(), exemption, isSilent: !webhooks },
      {
        onProgress: (done) =>
          progress.update('importing', () => ({
            fraction: done / total,
            text: `${done} of ${count(total, 'order')}`,
          })),
        onAdjusted(orderNumber, adjustments) {
          if (++adjusted > ADJUSTED_TOLD) return;
          progress.clear();
          printError(`order ${orderNumber} differs from the file: ${describeBrokenRules(adjustments)}`);
        },
      },
      interrupt.signal,
    );
    progress.clear();
    if (adjusted > ADJUSTED_TOLD)
      printError(
        `… and ${count(adjusted - ADJUSTED_TOLD, 'more order differs', 'more orders differ')} from the file`,
      );
    const summary = [
      `${count(counts.created, 'order')} created, ${counts.changed} changed, ${counts.unchanged} unchanged`,
      ...(adjusted > 0 ? [`${adjusted} of them otherwise than in the file`] : []),
      ...(repeated > 0 ? [`${count(repeated, 'line')} repeated others`] : []),
      ...(invalid > 0 ? [`${count(invalid, 'invalid line')} left out`] : []),
    ];
    print(summary.join(', '));
    if (invalid > 0) process.exitCode = 1;
  } finally {
    progress.clear();
    process.off('SIGINT', onInterrupt).off('SIGTERM', onInterrupt);
    staging.close();
  }
}
