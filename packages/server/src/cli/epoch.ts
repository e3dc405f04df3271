/** `epoch …`: of which state of the database the cursors of the change feed are. */

import { print } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { addDatabaseOption, withStore } from './database-option.ts';

const DETAILS = `
Cursors of /v1/changes bear the epoch of the database. When it goes back to an earlier state, the same place in the history stands for
other changes, and whoever followed would miss some without a word. 'restore' renews the epoch by itself. On PostgreSQL, renew it after
pg_restore, after a point-in-time recovery, and after a failover to a standby that was not synchronous: before the service is started.
Clients that follow the feed then get 410, and read all orders again.`;

/** Makes the command. */
export function epochCommand(): Command {
  return new Command('epoch')
    .description('show and renew the epoch of the cursors of the change feed')
    .addHelpText('after', DETAILS)
    .addCommand(showCommand())
    .addCommand(renewCommand());
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show the epoch')
    .action(async (_options, self: Command) => {
      const { epoch } = await withStore(self, 'read', ({ history }) => history.epoch());
      print(epoch);
    });
  return addDatabaseOption(command);
}

function renewCommand(): Command {
  const command = new Command('renew')
    .description('begin another epoch: earlier cursors are answered with 410 from now on')
    .addHelpText('after', DETAILS)
    .action(async (_options, self: Command) => {
      const epoch = await withStore(self, 'write', ({ history }) => history.renewEpoch());
      print(`the epoch is ${epoch} from now on; followers of /v1/changes read all orders anew`);
    });
  return addDatabaseOption(command);
}
