/** `upstream follow`, `unfollow`, `refresh` and `orders`: the orders that are followed at an upstream. */

import { jsonLine, orderNumberOf, print, printError, table } from '@cert-order-status/client/cli';
import { count } from '@cert-order-status/protocol';
import { Command, Option } from 'commander';
import { OperatorError, WrongUsage } from '../operator-error.ts';
import { FOLLOWED_STATES, type FollowedOrder, type FollowedState } from '../upstreams/followed-orders.ts';
import { limitOf } from './list-limit.ts';
import { type NumberedOrder, orderNumbersIn } from './order-number-file.ts';
import { Progress } from './progress.ts';
import { addUpstreamOptions, withUpstreamAdmin } from './upstream-admin.ts';

/** How many orders are listed unless more are asked for. */
const LIMIT = 100;

const UPSTREAM = ['<NAME>', "the upstream's name"] as const;
const STATE_WORDS = `in this state (${FOLLOWED_STATES.join(', ')})`;

const FOLLOW_DETAILS = `
Only the operator says whose an order is. An order that is fed here already, or is followed at
another upstream or for another account, is refused; all others are followed nevertheless, and the
exit code is then 1. Following an order again changes nothing.

The file has one order number a line; empty lines do not count. If a line holds something else,
every such line is listed, and no order is followed.

Examples:
  $ cert-order-status upstream follow ca --account acme 7250060 7250061
  $ cert-order-status upstream follow ca --account acme --file orders.txt`;

interface FollowOptions {
  readonly account?: string;
  readonly file?: string;
}

/** Makes `follow`. */
export function followCommand(): Command {
  const command = new Command('follow')
    .description('follow orders at an upstream, for an account here')
    .argument(...UPSTREAM)
    .argument('[ORDER...]', 'order numbers')
    .option('--account <LOGIN>', 'the account whose orders they are; not needed if the upstream has one')
    .option('--file <FILE>', 'order numbers, one a line; - is standard input')
    .addHelpText('after', FOLLOW_DETAILS)
    .action(async (name: string, given: readonly string[], options: FollowOptions, self: Command) => {
      const orders = await ordersOf(given, options);
      const progress = new Progress();
      try {
        await withUpstreamAdmin(self, 'write', async (admin) => {
          const numbers = orders.map(({ orderNumber }) => orderNumber);
          const { followed, already, refused } = await admin.orders.follow(
            name,
            options.account,
            numbers,
            (done) =>
              progress.update('following', () => ({
                fraction: done / numbers.length,
                text: `${done} of ${count(numbers.length, 'order')}`,
              })),
          );
          progress.clear();
          const places = new Map(orders.map(({ orderNumber, place }) => [orderNumber, place]));
          for (const { orderNumber, message } of refused)
            printError(`${places.get(orderNumber) ?? ''}${message}`);
          print(`${count(followed, 'order is', 'orders are')} followed from now on${others(already)}`);
          if (refused.length > 0) {
            throw new OperatorError(`${count(refused.length, 'order was', 'orders were')} refused`);
          }
        });
      } finally {
        progress.clear();
      }
    });
  return addUpstreamOptions(command);
}

function others(already: number): string {
  return already === 0 ? '' : `, ${already} ${already === 1 ? 'was' : 'were'} before`;
}

async function ordersOf(
  given: readonly string[],
  { file }: FollowOptions,
): Promise<readonly NumberedOrder[]> {
  if ((file === undefined) === (given.length === 0)) {
    throw new WrongUsage(['name order numbers, or a file of them with --file']);
  }
  if (file !== undefined) return orderNumbersIn(file);
  return given.map((each) => ({ orderNumber: orderNumberOf(each), place: '' }));
}

/** Makes `unfollow`. */
export function unfollowCommand(): Command {
  const command = new Command('unfollow')
    .description('ask for orders no more; they stay as they were last known, and may be changed by hand')
    .argument(...UPSTREAM)
    .argument('<ORDER...>', 'order numbers')
    .action(async (name: string, given: readonly string[], _options: unknown, self: Command) => {
      const numbers = given.map(orderNumberOf);
      await withUpstreamAdmin(self, 'write', (admin) => admin.orders.unfollow(name, numbers));
      print(`${count(numbers.length, 'order is', 'orders are')} not followed any more`);
    });
  return addUpstreamOptions(command);
}

const REFRESH_DETAILS = `
They are asked for before all others, within the requests a minute that are allowed; also orders
that are settled, or that the upstream does not know. Until the last of them was asked for, no other
order has its turn: 1,000 orders at 20 requests a minute take 50 minutes.

Examples:
  $ cert-order-status upstream refresh ca 7250060
  $ cert-order-status upstream refresh ca --state unknown
  $ cert-order-status upstream refresh ca --all`;

interface RefreshOptions {
  readonly state?: FollowedState;
  readonly all?: true;
}

/** Makes `refresh`. */
export function refreshCommand(): Command {
  const command = new Command('refresh')
    .description('ask for orders as soon as the budget allows')
    .argument(...UPSTREAM)
    .argument('[ORDER...]', 'order numbers')
    .addOption(new Option('--state <STATE>', `all orders ${STATE_WORDS}`).choices(FOLLOWED_STATES))
    .option('--all', 'all orders')
    .addHelpText('after', REFRESH_DETAILS)
    .action(async (name: string, given: readonly string[], { state, all }: RefreshOptions, self: Command) => {
      const ways = [given.length > 0, state !== undefined, all === true].filter(Boolean).length;
      if (ways !== 1) throw new WrongUsage(['name order numbers, or a --state, or --all']);
      const numbers = given.map(orderNumberOf);
      const progress = new Progress();
      const refreshed = await withUpstreamAdmin(self, 'write', async ({ orders }) => {
        if (numbers.length === 0) {
          return orders.refreshAll(name, state, (done) =>
            progress.update('refreshing', () => ({ fraction: undefined, text: count(done, 'order') })),
          );
        }
        await orders.refresh(name, numbers);
        return numbers.length;
      }).finally(() => progress.clear());
      print(`${count(refreshed, 'order is', 'orders are')} asked for next`);
    });
  return addUpstreamOptions(command);
}

interface OrdersOptions {
  readonly state?: FollowedState;
  readonly after?: string;
  readonly limit: number;
  readonly json?: true;
}

/** Makes `orders`. */
export function ordersCommand(): Command {
  const command = new Command('orders')
    .description('list the orders that are followed, by number')
    .argument(...UPSTREAM)
    .addOption(new Option('--state <STATE>', `those ${STATE_WORDS}`).choices(FOLLOWED_STATES))
    .option('--after <NUMBER>', 'only orders with a higher number', orderNumberOf)
    .option('--limit <N>', 'the most to list', limitOf, LIMIT)
    .option('--json', 'one JSON object a line')
    .action(async (name: string, { json, ...page }: OrdersOptions, self: Command) => {
      const { items, next } = await withUpstreamAdmin(self, 'read', ({ orders }) => orders.list(name, page));
      if (json) for (const order of items) print(jsonLine(order));
      else print(table([HEAD, ...items.map(rowOf)]));
      if (next !== undefined) printError(`there are more: --after ${next} lists them, or raise --limit`);
    });
  return addUpstreamOptions(command);
}

const HEAD = ['ORDER', 'ACCOUNT', 'STATE', 'OBSERVED', 'NEXT REQUEST', 'REMARKS'];

function rowOf({
  orderNumber,
  account,
  state,
  observed,
  nextRequest,
  problem,
  notes,
}: FollowedOrder): string[] {
  const remarks = [...(problem === undefined ? [] : [problem]), ...notes];
  return [orderNumber, account, state, observed ?? 'never', nextRequest ?? 'none', remarks.join('; ')];
}
