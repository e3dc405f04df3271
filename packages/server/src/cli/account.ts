/** `account …`: who may ask. */

import { jsonLine, print, table } from '@cert-order-status/client/cli';
import { Command, Option } from 'commander';
import {
  AccountAdmin,
  checkAllowedAddresses,
  checkLoginName,
  describeAllowedAddresses,
} from '../accounts/account-admin.ts';
import { BROUGHT_PASSWORD_MINIMUM } from '../accounts/new-password.ts';
import { WrongUsage } from '../operator-error.ts';
import { accountTokenCommand } from './account-token.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { passwordFromPrompt, passwordFromStdin } from './password-input.ts';

/** Makes the command. */
export function accountCommand(): Command {
  return new Command('account')
    .description(
      'add, list, disable and enable accounts, set their passwords, make tokens for them, and bind them to networks',
    )
    .addCommand(addCommand())
    .addCommand(passwdCommand())
    .addCommand(disabledCommand('disable', true, 'refuse the account from its next request on'))
    .addCommand(disabledCommand('enable', false, 'accept the account again'))
    .addCommand(allowCommand())
    .addCommand(listCommand())
    .addCommand(accountTokenCommand());
}

interface PasswordOptions {
  readonly passwordStdin?: true;
  readonly generate?: true;
}

function withPasswordOptions(command: Command): Command {
  return command
    .option(
      '--password-stdin',
      'read the password from standard input; one trailing newline is not part of it',
    )
    .addOption(new Option('--generate', 'generate a password, and print it').conflicts('passwordStdin'));
}

function addCommand(): Command {
  const command = new Command('add')
    .description('add an account; the command prompts for the password unless an option provides it')
    .argument('<LOGIN>', 'login name, case-sensitive, at most 64 characters')
    .action(async (loginName: string, options: PasswordOptions, self: Command) => {
      checkLoginName(loginName);
      await withAdmin(self, async (admin) => {
        await admin.checkFree(loginName);
        const given = await passwordOf(loginName, options);
        const password = await admin.add(loginName, given, BROUGHT_PASSWORD_MINIMUM);
        print(`account '${loginName}' was added`);
        tellGenerated(password, options);
      });
    });
  return addDatabaseOption(withPasswordOptions(command));
}

function passwdCommand(): Command {
  const command = new Command('passwd')
    .description('change the password of an account; the old one is refused from the next request on')
    .argument('<LOGIN>', 'login name')
    .action(async (loginName: string, options: PasswordOptions, self: Command) => {
      await withAdmin(self, async (admin) => {
        await admin.checkExists(loginName);
        const given = await passwordOf(loginName, options);
        const password = await admin.resetPassword(loginName, given, BROUGHT_PASSWORD_MINIMUM);
        print(`the password of account '${loginName}' was changed`);
        tellGenerated(password, options);
      });
    });
  return addDatabaseOption(withPasswordOptions(command));
}

function disabledCommand(name: 'disable' | 'enable', disabled: boolean, description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<LOGIN>', 'login name')
    .action(async (loginName: string, _options: unknown, self: Command) => {
      const isChanged = await withAdmin(self, (admin) => admin.setDisabled(loginName, disabled));
      print(`account '${loginName}' ${isChanged ? 'is now' : 'was already'} ${name}d`);
    });
  return addDatabaseOption(command);
}

function allowCommand(): Command {
  const command = new Command('allow')
    .description('bind an account to networks: from elsewhere it is refused from the next request on')
    .argument('<LOGIN>', 'login name')
    .argument('[NETWORK...]', 'such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32; they replace those of before')
    .option('--anywhere', 'lift the restriction')
    .action(
      async (loginName: string, networks: string[], { anywhere }: { anywhere?: true }, self: Command) => {
        if ((anywhere === true) === networks.length > 0) {
          throw new WrongUsage(['name one network or several, or --anywhere']);
        }
        checkAllowedAddresses(networks);
        await withAdmin(self, (admin) => admin.allow(loginName, networks));
        print(`account '${loginName}' may send requests from ${describeAllowedAddresses(networks)}`);
      },
    );
  return addDatabaseOption(command);
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the accounts, by login name')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }, self: Command) => {
      const accounts = await withStore(self, 'read', (store) => store.accounts.list());
      if (json) {
        for (const account of accounts) print(jsonLine(account));
        return;
      }
      const rows = accounts.map(({ loginName, disabled, created, orders, allowedAddresses }) => [
        loginName,
        disabled ? 'disabled' : 'enabled',
        String(orders),
        created,
        describeAllowedAddresses(allowedAddresses),
      ]);
      print(table([['LOGIN', 'STATE', 'ORDERS', 'CREATED', 'ALLOWED FROM'], ...rows]));
    });
  return addDatabaseOption(command);
}

/** The password that was given; undefined when one is to be generated. */
async function passwordOf(
  loginName: string,
  { passwordStdin, generate }: PasswordOptions,
): Promise<string | undefined> {
  if (generate) return undefined;
  return passwordStdin ? passwordFromStdin() : passwordFromPrompt(loginName);
}

function tellGenerated(password: string, { generate }: PasswordOptions): void {
  if (generate) print(`password: ${password}`);
}

function withAdmin<Result>(
  command: Command,
  work: (admin: AccountAdmin) => Promise<Result>,
): Promise<Result> {
  return withStore(command, 'write', ({ accounts }) => work(new AccountAdmin(accounts)));
}
