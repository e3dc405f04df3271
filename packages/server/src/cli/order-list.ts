/** `order list`: the orders that match. */

import { jsonLine, orderNumberOf, print, printError, table } from '@cert-order-status/client/cli';
import {
  CERTIFICATE_STATUSES,
  CHECK_STATUSES,
  CHECKS,
  type CheckName,
  type CheckStatus,
  ORDER_STATUSES,
} from '@cert-order-status/protocol';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { OrderFilter, OrderPage } from '../orders/order-store.ts';
import type { OrderSummary } from '../orders/order-views.ts';
import type { Store } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';
import { momentAgo } from './moment.ts';

const LIMIT = 100;

interface ListOptions {
  readonly account?: string;
  readonly status?: OrderFilter['orderStatus'];
  readonly certificateStatus?: OrderFilter['certificateStatus'];
  readonly fqdn?: string;
  readonly fqdnPrefix?: string;
  readonly check?: Partial<Record<CheckName, CheckStatus>>;
  readonly anyCheck?: CheckStatus;
  readonly changedSince?: number;
  readonly after?: string;
  readonly limit: number;
  readonly json?: true;
}

/** Makes the command. */
export function listCommand(): Command {
  const command = new Command('list')
    .description('list orders by number; all filters that are given apply')
    .option('--account <LOGIN>', 'of this account')
    .addOption(new Option('--status <STATUS>', 'the order stands there').choices(ORDER_STATUSES))
    .addOption(
      new Option('--certificate-status <STATUS>', 'a certificate stands there').choices(CERTIFICATE_STATUSES),
    )
    .option('--fqdn <NAME>', 'a certificate has this FQDN')
    .option('--fqdn-prefix <TEXT>', "a certificate's FQDN begins with this")
    .option(
      '--check <CHECK=STATE>',
      'a check is in this state, as dcvStatus=in-progress; repeatable',
      checkOf,
    )
    .addOption(
      new Option('--any-check <STATE>', 'some check, whichever, is in this state').choices(CHECK_STATUSES),
    )
    .option(
      '--changed-since <WHEN>',
      'changed since a time (2025-06-11T11:57:00Z) or so long ago (90m, 24h, 7d)',
      momentAgo,
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
  { orders: orderBook }: Store,
  filter: OrderFilter,
  page: OrderPage,
): Promise<Printed> {
  const { orders, more } = await orderBook.search(filter, page);
  for (const { record } of orders) print(jsonLine(record));
  return [orders.map(({ record }) => record.orderNumber), more];
}

async function printLines({ orderViews }: Store, filter: OrderFilter, page: OrderPage): Promise<Printed> {
  const { orders, more } = await orderViews.list(filter, page);
  print(table([['ORDER', 'STATUS', 'ACCOUNT', 'CHANGED', 'CERTIFICATES'], ...orders.map(rowOf)]));
  return [orders.map(({ orderNumber }) => orderNumber), more];
}

function filterOf(options: ListOptions): OrderFilter {
  const { account, status, certificateStatus, fqdn, fqdnPrefix, check, anyCheck, changedSince } = options;
  return {
    account,
    orderStatus: status,
    certificateStatus,
    FQDN: fqdn,
    FQDNPrefix: fqdnPrefix,
    checks: check,
    anyCheck,
    changedSince,
  };
}

function rowOf(order: OrderSummary): string[] {
  const { orderNumber, orderStatus, account, changed, certificateCount } = order;
  const first = [order.FQDN, order.certificateStatus].filter(Boolean).join(' ');
  const others = certificateCount - 1;
  return [orderNumber, orderStatus, account, changed, others === 0 ? first : `${first}, ${others} more`];
}

function checkOf(given: string, before: ListOptions['check'] = {}): ListOptions['check'] {
  const [name, state, ...rest] = given.split('=');
  const check = CHECKS.find((each) => each === name);
  const status = CHECK_STATUSES.find((each) => each === state);
  if (check === undefined || rest.length > 0) {
    throw new InvalidArgumentError(`It must be CHECK=STATE; the checks are ${CHECKS.join(', ')}.`);
  }
  if (status === undefined) {
    throw new InvalidArgumentError(`The states of a check are ${CHECK_STATUSES.join(', ')}.`);
  }
  return { ...before, [check]: status };
}

function limitOf(given: string): number {
  if (/^[0-9]{1,7}$/.test(given) && Number(given) > 0) return Number(given);
  throw new InvalidArgumentError('It must be a whole number, at least 1.');
}
