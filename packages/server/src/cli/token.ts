/** `token …`: who may use the management API. */

import { jsonLine, print, printError, table } from '@cert-order-status/client/cli';
import { formatDateTime, textProblem } from '@cert-order-status/protocol';
import { Command, Option } from 'commander';
import { digestOf, newToken, TOKEN_NAME_LIMIT } from '../accounts/bearer-token.ts';
import { TOKEN_SCOPES, type TokenScope, type TokenSummary } from '../accounts/tokens.ts';
import { OperatorError, WrongUsage } from '../operator-error.ts';
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
The token is printed once, alone on standard output, and cannot be had again: the database holds only a digest of it. The
history names it as who made a change, so a name is taken for ever.`;

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
      const problem = textProblem(name, TOKEN_NAME_LIMIT);
      if (problem !== undefined) throw new WrongUsage([`the name ${problem}`]);
      if (options.expires !== undefined && options.expires <= Date.now()) {
        throw new WrongUsage(['--expires is in the past']);
      }
      const expires =
        options.expires === undefined ? undefined : formatDateTime(Math.floor(options.expires / 1000));
      const token = newToken();
      const isAdded = await withStore(self, 'write', ({ tokens }) =>
        tokens.add({
          name,
          scope: options.scope,
          digest: digestOf(token),
          expires,
        }),
      );
      if (!isAdded) throw new OperatorError(`there is or was a token '${name}' already; choose another name`);
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
  return `${Date.parse(expires) <= Date.now() ? 'expired' : 'valid until'} ${expires}`;
}

function revokeCommand(): Command {
  const command = new Command('revoke')
    .description('refuse a token from its very next request on')
    .argument('<NAME>', 'its name')
    .action(async (name: string, _options: unknown, self: Command) => {
      const result = await withStore(self, 'write', ({ tokens }) => tokens.revoke(name));
      if (result === 'unknown token') throw new OperatorError(`there is no token '${name}'`);
      print(`token '${name}' ${result === 'revoked' ? 'is now' : 'was already'} revoked`);
    });
  return addDatabaseOption(command);
}
