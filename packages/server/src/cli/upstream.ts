/** `upstream …`: services of CAs and resellers where orders are followed. */

import { isIP } from 'node:net';
import { jsonLine, orderNumberOf, print, printError, table } from '@cert-order-status/client/cli';
import { count, describeDuration } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { AdminError } from '../accounts/admin-error.ts';
import { OperatorError } from '../operator-error.ts';
import { isGlobalAddress } from '../outbound/global-address.ts';
import { parseOutboundUrl } from '../outbound/outbound-url.ts';
import type { ShownUpstream, UpstreamChange } from '../upstreams/upstream-admin.ts';
import { describePace, describeProblem, describeQuietHours } from '../upstreams/upstream-words.ts';
import { passwordElsewhere } from './password-input.ts';
import { addUpstreamOptions, withUpstreamAdmin } from './upstream-admin.ts';
import {
  addChoiceOptions,
  addRemovalOptions,
  type ChangeOptions,
  type ChoiceOptions,
  changeOf,
  choiceOf,
} from './upstream-choice.ts';
import { followCommand, ordersCommand, refreshCommand, unfollowCommand } from './upstream-orders.ts';

const NAME = ['<NAME>', 'what the upstream is called here'] as const;

/** Makes the command. */
export function upstreamCommand(): Command {
  return new Command('upstream')
    .description(
      'follow orders at a CA or reseller: add, test, set, pause and remove upstreams, and their orders',
    )
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(testCommand())
    .addCommand(setCommand())
    .addCommand(stateCommand('pause', 'ask for nothing until the upstream is resumed'))
    .addCommand(stateCommand('resume', 'ask again, at once, also after a problem'))
    .addCommand(removeCommand())
    .addCommand(followCommand())
    .addCommand(unfollowCommand())
    .addCommand(refreshCommand())
    .addCommand(ordersCommand());
}

const ADD_DETAILS = `
The password is prompted for, or read with --password-stdin, and stored encrypted. The service
sends requests to public addresses, and to the networks of its --outbound-allow.

Examples:
  $ cert-order-status upstream add ca --base-url https://ca.example --login acme-reseller
  $ cert-order-status upstream test ca 7250060
  $ cert-order-status upstream follow ca --account acme 7250060 7250061`;

interface PasswordOptions {
  readonly passwordStdin?: true;
}

function addCommand(): Command {
  const command = new Command('add')
    .description('add an upstream, of which no order is followed yet')
    .argument('<NAME>', 'what it is called here: letters, digits and -._, at most 64')
    .requiredOption('--base-url <URL>', 'the service, such as https://ca.example: https')
    .requiredOption('--login <NAME>', 'the login name of the account there')
    .option(
      '--password-stdin',
      'read its password from standard input; one trailing newline is not part of it',
    )
    .addHelpText('after', ADD_DETAILS)
    .action(async (name: string, options: AddOptions & PasswordOptions, self: Command) => {
      const choice = choiceOf(options);
      await withUpstreamAdmin(self, 'write', async (admin) => {
        await admin.checkFree(name);
        const password = await passwordOf(choice.loginName, name, options);
        tellPrivate(await admin.add(name, choice, password));
      });
      print(`upstream '${name}' was added; 'cert-order-status upstream test ${name} ORDER' tries it`);
    });
  return addUpstreamOptions(addChoiceOptions(command));
}

interface AddOptions extends ChoiceOptions {
  readonly baseUrl: string;
  readonly login: string;
}

const SET_DETAILS = `
Another base URL or login name needs the password again. What is changed counts from the next
request on; a problem of before is forgotten, and requests go on at once.

Examples:
  $ cert-order-status upstream set ca --ask-password
  $ cert-order-status upstream set ca --interval 6h --quiet-hours 22:00-06:00 --time-zone Europe/Berlin`;

function setCommand(): Command {
  const command = new Command('set')
    .description('change settings of an upstream; those that are not named stay')
    .argument(...NAME)
    .option('--base-url <URL>', 'the service: https')
    .option('--login <NAME>', 'the login name of the account there')
    .option('--ask-password', 'prompt for the password')
    .option(
      '--password-stdin',
      'read the password from standard input; one trailing newline is not part of it',
    )
    .addHelpText('after', SET_DETAILS)
    .action(async (name: string, options: ChangeOptions & SetOptions, self: Command) => {
      await withUpstreamAdmin(self, 'write', async (admin) => {
        const before = await admin.get(name);
        const change = changeOf(options, before);
        const ask = () => passwordOf(change.loginName ?? before.loginName, name, options);
        const isAsked = options.askPassword || options.passwordStdin;
        const loginPassword = isAsked ? await ask() : undefined;
        const send = async (all: UpstreamChange) => tellPrivate(await admin.change(name, all));
        try {
          await send({ ...change, loginPassword });
        } catch (error) {
          const isMissing = error instanceof AdminError && error.field === 'loginPassword';
          if (!isMissing || loginPassword !== undefined || !process.stdin.isTTY) throw error;
          printError(error.message);
          await send({ ...change, loginPassword: await ask() });
        }
      });
      print(`upstream '${name}' was changed`);
    });
  return addUpstreamOptions(addRemovalOptions(addChoiceOptions(command)));
}

/** What the service will refuse unless it is allowed. Names are resolved when the upstream is asked. */
function tellPrivate({ baseUrl }: ShownUpstream): void {
  const { host } = parseOutboundUrl(baseUrl);
  if (isIP(host) === 0 || isGlobalAddress(host)) return;
  printError(
    `warning: ${host} is no public address: the service needs --outbound-allow ${host} to ask there`,
  );
}

interface SetOptions extends PasswordOptions {
  readonly askPassword?: true;
}

function passwordOf(loginName: string, name: string, { passwordStdin }: PasswordOptions): Promise<string> {
  return passwordElsewhere(`login '${loginName}' at upstream '${name}'`, passwordStdin === true);
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the upstreams, by name')
    .option('--json', 'one JSON object a line')
    .action(async ({ json }: { json?: true }, self: Command) => {
      const upstreams = await withUpstreamAdmin(self, 'read', (admin) => admin.list());
      if (json) {
        for (const upstream of upstreams) print(jsonLine(upstream));
        return;
      }
      const rows = upstreams.map(({ name, state, problem, baseUrl, figures }) => [
        name,
        problem === undefined ? state : `${state}, ${problem.kind}`,
        String(figures.followed),
        String(figures.due),
        baseUrl,
      ]);
      print(table([['NAME', 'STATE', 'FOLLOWED', 'DUE', 'BASE URL'], ...rows]));
    });
  return addUpstreamOptions(command);
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show an upstream: its settings, how often its orders are asked for, and what is wrong')
    .argument(...NAME)
    .option('--json', 'as JSON')
    .action(async (name: string, { json }: { json?: true }, self: Command) => {
      const upstream = await withUpstreamAdmin(self, 'read', (admin) => admin.get(name));
      print(json ? jsonLine(upstream) : describe(upstream).join('\n'));
    });
  return addUpstreamOptions(command);
}

function describe(upstream: ShownUpstream): readonly string[] {
  const { name, state, account, figures, roots, lastRequest, lastSuccess, asksValidityPeriod } = upstream;
  const problem = describeProblem(upstream);
  return [
    `${name}: ${state}`,
    `base URL ${upstream.baseUrl}, login ${upstream.loginName}, added ${upstream.created}`,
    `account here: ${account ?? 'named with each order'}`,
    `certificates trusted beside the usual ones: ${roots === undefined ? 'none' : 'its own'}`,
    `validity periods: ${asksValidityPeriod ? 'asked for' : 'not asked for, as it does not understand showValidityPeriod'}`,
    `quiet hours: ${describeQuietHours(upstream)}`,
    `interval: ${describePace(upstream, figures)}`,
    `budget used: ${count(figures.requestsLastHour, 'request')} in the past hour, of ${60 * upstream.requestsPerMinute}`,
    `orders: ${figures.followed} followed, ${figures.open} open, ${figures.waiting} not answered yet, ${figures.unknown} unknown there`,
    `due now: ${figures.due}${figures.due === 0 ? '' : `, the first for ${describeDuration(figures.lagSeconds * 1000)}`}`,
    `failing: ${figures.failing}`,
    `last request: ${lastRequest ?? 'none'}, last success: ${lastSuccess ?? 'none'}`,
    ...(problem === undefined ? [] : [`problem: ${problem}`]),
  ];
}

const TEST_DETAILS = `
The request counts in the budget; nothing of the response is stored. It is sent from here, with
the --outbound options that the service has.

Examples:
  $ cert-order-status upstream test ca 7250060
  $ cert-order-status upstream test lab --outbound-allow 10.0.0.0/8`;

function testCommand(): Command {
  const command = new Command('test')
    .description('ask for one order, and say what came back')
    .argument(...NAME)
    .argument(
      '[ORDER]',
      'any order of the account there; the one that is due next when left out',
      orderNumberOf,
    )
    .option('--json', 'as JSON')
    .addHelpText('after', TEST_DETAILS)
    .action(
      async (name: string, orderNumber: string | undefined, { json }: { json?: true }, self: Command) => {
        const report = await withUpstreamAdmin(self, 'write', (admin) => admin.test(name, orderNumber));
        const { isWorking, findings } = report;
        if (json) print(jsonLine(report));
        else if (isWorking) print(findings.join('\n'));
        if (!isWorking) throw new OperatorError(`upstream '${name}' does not work: ${findings.join('; ')}`);
      },
    );
  return addUpstreamOptions(command, 'with requests');
}

function stateCommand(act: 'pause' | 'resume', description: string): Command {
  const command = new Command(act)
    .description(description)
    .argument(...NAME)
    .action(async (name: string, _options: unknown, self: Command) => {
      const { state } = await withUpstreamAdmin(self, 'write', (admin) => admin[act](name));
      print(`upstream '${name}' is ${state}`);
    });
  return addUpstreamOptions(command);
}

function removeCommand(): Command {
  const command = new Command('remove')
    .description('delete an upstream and its password; its orders stay as they were last known')
    .argument(...NAME)
    .action(async (name: string, _options: unknown, self: Command) => {
      const orders = await withUpstreamAdmin(self, 'write', (admin) => admin.remove(name));
      print(
        `upstream '${name}' was removed; ${count(orders, 'order is', 'orders are')} not followed any more, and may be changed by hand`,
      );
    });
  return addUpstreamOptions(command);
}
