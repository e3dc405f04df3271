/** `verify`: is the database whole? */

import { print, printError } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { verifyDatabase } from '../maintenance/verify.ts';
import { verifySecrets } from '../maintenance/verify-secrets.ts';
import { OperatorError } from '../operator-error.ts';
import { withStore } from './database-option.ts';
import { Progress } from './progress.ts';
import { addSecretKeyOption, keyRingOf } from './secret-key-option.ts';

/** How many problems are told one by one. */
const MOST_TOLD = 100;

const DETAILS = `
Checks everything: the engine's own integrity check, the rules of state, the links
between orders, that each order equals what its history says, and that each secret can
be decrypted, if its key is here. The service may run meanwhile. The exit code is 1 if
anything is wrong.`;

/** Makes the command. */
export function verifyCommand(): Command {
  const command = new Command('verify')
    .description('check that an order database is intact')
    .addHelpText('after', DETAILS)
    .action(async (_options: unknown, self: Command) => {
      const progress = new Progress();
      let problems = 0;
      const onProblem = (problem: string) => {
        progress.clear();
        if (++problems <= MOST_TOLD) printError(problem);
      };
      const keys = keyRingOf(self);
      const [counts, { secrets, isDecrypted }] = await withStore(self, 'read', async (store) => [
        await verifyDatabase(store, onProblem, (orders) =>
          progress.update('verifying', () => ({ fraction: undefined, text: count(orders, 'order') })),
        ),
        await verifySecrets(store, keys, onProblem),
      ]);
      progress.clear();
      if (problems > MOST_TOLD) printError(`… and ${problems - MOST_TOLD} more`);
      const { orders, changes, exceptions, pruned } = counts;
      const looked = `${count(orders, 'order')} and ${count(changes, 'change')}`;
      if (!isDecrypted) {
        printError(
          `warning: ${count(secrets, 'secret was', 'secrets were')} not decrypted: ${keys.missingReason}`,
        );
      }
      if (problems > 0) throw new OperatorError(`${looked} were looked at, and ${problems} things are wrong`);
      print(`${looked}: all is well`);
      if (secrets > 0 && isDecrypted) print(`${count(secrets, 'secret')} can be decrypted`);
      if (exceptions > 0)
        print(
          `${count(exceptions, 'order breaks', 'orders break')} rules by corrections that the history knows`,
        );
      if (pruned > 0)
        print(`${count(pruned, 'order has', 'orders have')} lost the beginning of the history to prune`);
    });
  return addSecretKeyOption(command);
}
