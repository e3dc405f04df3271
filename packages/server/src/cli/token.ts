/** `token …`: who may use the management API. */

import { print } from '@cert-order-status/client/cli';
import { Command, Option } from 'commander';
import { checkToken, TokenAdmin } from '../accounts/token-admin.ts';
import { TOKEN_SCOPES, type TokenScope } from '../accounts/tokens.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { addExpiresOption, printNewToken, printTokens } from './token-table.ts';

/** Makes the command. */
export function tokenCommand(): Command {
  return new Command('token')
    .description('create, list and revoke the tokens of the management API')
    .addCommand(createCommand())
    .addCommand(listCommand())
    .addCommand(revokeCommand());
}

const CREATE_DETAILS = `
The token is printed once, alone on standard output, and cannot be shown again: the
database holds only its digest. The name of a token cannot be used again, because the
history names the author of each change by it.`;

function createCommand(): Command {
  const command = new Command('create')
    .description('create a token, and print it')
    .argument('<NAME>', 'what it is for, at most 64 characters')
    .addOption(
      new Option('--scope <SCOPE>', 'read; write: orders too; admin: accounts too')
        .choices(TOKEN_SCOPES)
        .makeOptionMandatory(),
    )
    .addHelpText('after', CREATE_DETAILS)
    .action(async (name: string, options: { scope: TokenScope; expires?: number }, self: Command) => {
      const wish = { name, scope: options.scope, expiresAtMs: options.expires };
      checkToken(wish);
      const created = await withStore(self, 'write', ({ tokens }) => new TokenAdmin(tokens).create(wish));
      printNewToken(`token '${name}' was created: scope ${options.scope}`, created);
    });
  return addDatabaseOption(addExpiresOption(command));
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the tokens, by name')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }, self: Command) => {
      printTokens(await withStore(self, 'read', (store) => store.tokens.list()), json);
    });
  return addDatabaseOption(command);
}

function revokeCommand(): Command {
  const command = new Command('revoke')
    .description('refuse a token from its next request on')
    .argument('<NAME>', 'its name')
    .action(async (name: string, _options: unknown, self: Command) => {
      const isRevoked = await withStore(self, 'write', ({ tokens }) => new TokenAdmin(tokens).revoke(name));
      print(`token '${name}' ${isRevoked ? 'is now' : 'was already'} revoked`);
    });
  return addDatabaseOption(command);
}
