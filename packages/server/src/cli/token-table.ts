/** Tokens as the command line lists them and their times as it reads them. */

import { jsonLine, print, printError, table } from '@cert-order-status/client/cli';
import type { Command } from 'commander';
import { isExpired } from '../accounts/expiry.ts';
import type { CreatedToken } from '../accounts/token-admin.ts';
import type { TokenSummary } from '../accounts/tokens.ts';
import { momentAhead } from './moment.ts';

/** Adds the option that says when a new token expires. */
export function addExpiresOption(command: Command): Command {
  return command.option(
    '--expires <WHEN>',
    'a time (2027-01-01T00:00:00Z), or from now (12h, 90d); never if left out',
    momentAhead,
  );
}

/** Prints a new token, alone on standard output. */
export function printNewToken(what: string, { token, expires }: CreatedToken): void {
  const until = expires === undefined ? 'never expires' : `expires at ${expires}`;
  printError(`${what}, ${until}. It is shown only this once:`);
  print(token);
}

/** Prints tokens as a table, or as lines of JSON. */
export function printTokens(tokens: readonly TokenSummary[], json: true | undefined): void {
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
}

function stateOf({ revoked, expires }: TokenSummary): string {
  if (revoked !== undefined) return `revoked ${revoked}`;
  if (expires === undefined) return 'valid';
  return `${isExpired(expires) ? 'expired' : 'valid until'} ${expires}`;
}
