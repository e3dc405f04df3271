/** `audit …`: the record of logins. */

import { jsonLine, print, table } from '@cert-order-status/client/cli';
import { Command, InvalidArgumentError } from 'commander';
import type { Store } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';

const LIMIT = 100;

/** Makes the command. */
export function auditCommand(): Command {
  return new Command('audit')
    .description('list failed logins, and the use of the management API and the console')
    .addCommand(failuresCommand())
    .addCommand(operatorsCommand());
}

function failuresCommand(): Command {
  return listing(
    new Command('failures').description(
      'failed logins of customers, by hour, login and address; the login is empty if no account has it',
    ),
    ['HOUR', 'LOGIN', 'ADDRESS', 'FAILURES'],
    ({ failedLogins }, limit) => failedLogins.failures(limit),
    ({ hour, loginName, address, failures }) => [hour, loginName, address, String(failures)],
  );
}

function operatorsCommand(): Command {
  return listing(
    new Command('operators').description(
      'sign-ins to the console, and requests to the management API by hour; the token is empty if it is not in this database',
    ),
    ['AT', 'WHERE', 'TOKEN', 'ADDRESS', 'OUTCOME', 'TIMES'],
    ({ operatorLogins }, limit) => operatorLogins.list(limit),
    ({ at, surface, tokenName, address, succeeded, times }) => [
      at,
      surface,
      tokenName,
      address,
      succeeded ? 'good' : 'refused',
      String(times),
    ],
  );
}

function listing<Entry>(
  command: Command,
  head: readonly string[],
  read: (store: Store, limit: number) => Promise<readonly Entry[]>,
  row: (entry: Entry) => string[],
): Command {
  command
    .option('--limit <N>', 'the most to list, the latest first', limitOf, LIMIT)
    .option('--json', 'one JSON object a line')
    .action(async ({ limit, json }: { limit: number; json?: true }, self: Command) => {
      const entries = await withStore(self, 'read', (store) => read(store, limit));
      if (json) for (const entry of entries) print(jsonLine(entry));
      else print(table([[...head], ...entries.map(row)]));
    });
  return addDatabaseOption(command);
}

function limitOf(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('It must be a whole number from 1 on.');
  return Number(text);
}
