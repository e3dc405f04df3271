/** `account token …`: with what programs of a customer follow the account's orders. */

import { print } from '@cert-order-status/client/cli';
import { Command } from 'commander';
import { AccountTokenAdmin } from '../accounts/account-token-admin.ts';
import { checkToken } from '../accounts/token-admin.ts';
import type { StoreMode } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { addExpiresOption, printNewToken, printTokens } from './token-table.ts';

/** Makes the command. */
export function accountTokenCommand(): Command {
  return new Command('token')
    .description('add, list and revoke the tokens with which programs follow the orders of an account')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

const ADD_DETAILS = `
The token is printed once, alone on standard output, and cannot be shown again: the
database holds only its digest. It stays valid when the account's password changes;
a disabled account's tokens are refused.`;

function addCommand(): Command {
  const command = new Command('add')
    .description('add a token that reads the orders of an account, and print it')
    .argument('<LOGIN>', 'login name')
    .argument('<NAME>', 'what it is for, at most 64 characters')
    .addHelpText('after', ADD_DETAILS)
    .action(async (loginName: string, name: string, { expires }: { expires?: number }, self: Command) => {
      checkToken({ name, expiresAtMs: expires });
      const created = await withAdmin(self, 'write', (admin) =>
        admin.create(loginName, { name, expiresAtMs: expires }),
      );
      printNewToken(`token '${name}' of account '${loginName}' was added: scope read`, created);
    });
  return addDatabaseOption(addExpiresOption(command));
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the tokens of an account, by name')
    .argument('<LOGIN>', 'login name')
    .option('--json', 'one JSON object a line')
    .action(async (loginName: string, { json }: { json?: true }, self: Command) => {
      printTokens(await withAdmin(self, 'read', (admin) => admin.list(loginName)), json);
    });
  return addDatabaseOption(command);
}

function revokeCommand(): Command {
  const command = new Command('revoke')
    .description('refuse a token of an account from its next request on')
    .argument('<LOGIN>', 'login name')
    .argument('<NAME>', "the token's name")
    .action(async (loginName: string, name: string, _options: unknown, self: Command) => {
      const isRevoked = await withAdmin(self, 'write', (admin) => admin.revoke(loginName, name));
      print(`token '${name}' of account '${loginName}' ${isRevoked ? 'is now' : 'was already'} revoked`);
    });
  return addDatabaseOption(command);
}

function withAdmin<Result>(
  command: Command,
  mode: StoreMode,
  work: (admin: AccountTokenAdmin) => Promise<Result>,
): Promise<Result> {
  return withStore(command, mode, (store) => work(new AccountTokenAdmin(store)));
}
