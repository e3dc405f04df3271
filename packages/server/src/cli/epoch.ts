/** `epoch …`: of which state of the database the cursors of the change feed are. */

import { print } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { addDatabaseOption, withStore } from './database-option.ts';

const DETAILS = `
Cursors of /v1/changes contain the epoch of the database. After a return to an
earlier state, an old cursor would refer to other changes, and clients that follow
the feed would miss some silently. 'restore' renews the epoch itself. On PostgreSQL,
renew it before you start the service after pg_restore, after a point-in-time
recovery, and after a failover to an asynchronous standby. Clients that follow the
feed then get 410, and read all orders again.`;

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
