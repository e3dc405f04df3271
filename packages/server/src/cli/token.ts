/** `token …`: who may use the management API. */

import { jsonLine, print, printError, table } from '@cert-order-status/client/cli';
import { Command, Option } from 'commander';
import { isExpired } from '../accounts/expiry.ts';
import { checkToken, TokenAdmin } from '../accounts/token-admin.ts';
import { TOKEN_SCOPES, type TokenScope, type TokenSummary } from '../accounts/tokens.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { momentAhead } from './moment.ts';

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
    .option(
      '--expires <WHEN>',
      'a time (2027-01-01T00:00:00Z), or from now (12h, 90d); never if left out',
      momentAhead,
    )
    .addHelpText('after', CREATE_DETAILS)
    .action(async (name: string, options: { scope: TokenScope; expires?: number }, self: Command) => {
      const wish = { name, scope: options.scope, expiresAtMs: options.expires };
      checkToken(wish);
      const { token, expires } = await withStore(self, 'write', ({ tokens }) =>
        new TokenAdmin(tokens).create(wish),
      );
      const until = expires === undefined ? 'never expires' : `expires at ${expires}`;
      printError(
        `token '${name}' was created: scope ${options.scope}, ${until}. It is shown only this once:`,
      );
      print(token);
    });
  return addDatabaseOption(command);
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the tokens, by name')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }, self: Command) => {
      const tokens = await withStore(self, 'read', (store) => store.tokens.list());
      if (json) {
        for (const token of tokens) print(jsonLine(token));
        return;
      }
      const rows = tokens.map((token) => [
        token.name,
        token.scope,
        stateOf(token),
        token.created,
        token.lastUsed ?? 'never',
      ]);
      print(table([['NAME', 'SCOPE', 'STATE', 'CREATED', 'LAST USED'], ...rows]));
    });
  return addDatabaseOption(command);
}

function stateOf({ revoked, expires }: TokenSummary): string {
  if (revoked !== undefined) return `revoked ${revoked}`;
  if (expires === undefined) return 'valid';
  return `${isExpired(expires) ? 'expired' : 'valid until'} ${expires}`;
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
