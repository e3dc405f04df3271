/** `order list`: the orders that match. */

import { jsonLine, orderNumberOf, print, printError, table } from '@cert-order-status/client/cli';
import { CHECKS, type CheckName } from '@cert-order-status/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import { ORDER_FILTERS, type OrderFilter, readOrderFilter } from '../orders/order-filter.ts';
import type { OrderPage } from '../orders/order-store.ts';
import type { OrderSummary } from '../orders/order-views.ts';
import type { Store } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { limitOf } from './list-limit.ts';
import { momentAgo, momentAhead } from './moment.ts';

const LIMIT = 100;

interface ListOptions {
  readonly account?: string;
  readonly status?: string;
  readonly certificateStatus?: string;
  readonly fqdn?: string;
  readonly fqdnPrefix?: string;
  readonly check?: Checks;
  readonly anyCheck?: string;
  readonly changedSince?: number;
  readonly expiresBefore?: number;
  readonly after?: string;
  readonly limit: number;
  readonly json?: true;
}

type Checks = Readonly<Partial<Record<CheckName, string>>>;

/** Makes the command. */
export function listCommand(): Command {
  const command = new Command('list')
    .description('list orders by number; all filters that are given apply')
    .option('--account <LOGIN>', 'of this account')
    .addOption(
      new Option('--status <STATUS>', 'the order stands there').choices(ORDER_FILTERS.orderStatus.words),
    )
    .addOption(
      new Option('--certificate-status <STATUS>', 'a certificate stands there').choices(
        ORDER_FILTERS.certificateStatus.words,
      ),
    )
    .option('--fqdn <NAME>', 'a certificate has this FQDN')
    .option('--fqdn-prefix <TEXT>', "a certificate's FQDN begins with this")
    .option(
      '--check <CHECK=STATE>',
      'a check is in this state, as dcvStatus=in-progress; repeatable',
      checkOf,
    )
    .addOption(
      new Option('--any-check <STATE>', 'some check, whichever, is in this state').choices(
        ORDER_FILTERS.anyCheck.words,
      ),
    )
    .option(
      '--changed-since <WHEN>',
      'changed since a time (2025-06-11T11:57:00Z) or so long ago (90m, 24h, 7d)',
      momentAgo,
    )
    .option(
      '--expires-before <WHEN>',
      'a certificate that is issued or replaced expires before a time (2027-01-01T00:00:00Z), or within a duration (30d)',
      momentAhead,
    )
    .option('--after <NUMBER>', 'only orders with a higher number', orderNumberOf)
    .option('--limit <N>', 'the most to list', limitOf, LIMIT)
    .option('--json', 'one order a line as JSON, which import reads')
    .action(async (options: ListOptions, self: Command) => {
      const { limit, after, json } = options;
      const page = { limit, after };
      const filter = filterOf(options);
      const [numbers, more] = await withStore(self, 'read', (store) =>
        json ? printWhole(store, filter, page) : printLines(store, filter, page),
      );
      if (more) printError(`there are more: --after ${numbers.at(-1)} lists them, or raise --limit`);
    });
  return addDatabaseOption(command);
}

/** What was printed, by order number, and whether there are more orders. */
type Printed = readonly [string[], boolean];

async function printWhole(
  { orders: orderStore }: Store,
  filter: OrderFilter,
  page: OrderPage,
): Promise<Printed> {
  const { orders, more } = await orderStore.search(filter, page);
  for (const { record } of orders) print(jsonLine(record));
  return [orders.map(({ record }) => record.orderNumber), more];
}

async function printLines({ orderViews }: Store, filter: OrderFilter, page: OrderPage): Promise<Printed> {
  const { orders, more } = await orderViews.list(filter, page);
  print(table([['ORDER', 'STATUS', 'ACCOUNT', 'CHANGED', 'CERTIFICATES'], ...orders.map(rowOf)]));
  return [orders.map(({ orderNumber }) => orderNumber), more];
}

/** Commander has checked the words already. */
function filterOf(options: ListOptions): OrderFilter {
  const {
    account,
    status,
    certificateStatus,
    fqdn,
    fqdnPrefix,
    check,
    anyCheck,
    changedSince,
    expiresBefore,
  } = options;
  const { filter } = readOrderFilter({
    ...check,
    account,
    orderStatus: status,
    certificateStatus,
    FQDN: fqdn,
    FQDNPrefix: fqdnPrefix,
    anyCheck,
  });
  return { ...filter, changedSince, expiresBefore };
}

function rowOf(order: OrderSummary): string[] {
  const { orderNumber, orderStatus, account, changed, certificateCount } = order;
  const first = [order.FQDN, order.certificateStatus].filter(Boolean).join(' ');
  const others = certificateCount - 1;
  return [orderNumber, orderStatus, account, changed, others === 0 ? first : `${first}, ${others} more`];
}

function checkOf(given: string, before: Checks = {}): Checks {
  const [name, state = '', ...rest] = given.split('=');
  const check = CHECKS.find((each) => each === name);
  if (check === undefined || rest.length > 0) {
    throw new InvalidArgumentError(`It must be CHECK=STATE; the checks are ${CHECKS.join(', ')}.`);
  }
  const { words } = ORDER_FILTERS[check];
  if (!words.some((word) => word === state)) {
    throw new InvalidArgumentError(`The states of a check are ${words.join(', ')}.`);
  }
  return { ...before, [check]: state };
}
