/** `order show`: an order as it is. */

import { jsonLine, orderNumberOf, print, table } from '@cert-order-status/client/cli';
import { CERTIFICATE_FIELDS, describeDuration } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';
import type { Following, StoredOrder } from '../orders/change-request.ts';
import { addDatabaseOption, withStore } from './database-option.ts';

/** The fields of a certificate after its serial number, which are shown when it has them. */
const LATER_FIELDS = CERTIFICATE_FIELDS.slice(CERTIFICATE_FIELDS.indexOf('serialNumber') + 1);

/** Makes the command. */
export function showCommand(): Command {
  const command = new Command('show')
    .description('show an order with its certificates and their checks')
    .argument('<NUMBER>', 'order number')
    .option('--json', 'as one line of JSON, which import reads')
    .action(async (given: string, { json }: { json?: true }, self: Command) => {
      const orderNumber = orderNumberOf(given);
      const order = await withStore(self, 'read', async ({ orders, followedOrders }) => {
        const found = await orders.get(orderNumber);
        const followed = found === undefined ? await followedOrders.get(orderNumber) : undefined;
        if (followed === undefined) return found;
        const { upstream } = followed;
        throw new OperatorError(
          `order ${orderNumber} is followed at upstream '${upstream}', which has told nothing of it yet`,
        );
      });
      if (order === undefined) throw new OperatorError(`there is no order ${orderNumber}`);
      print(json ? jsonLine(order.record) : describeOrder(order));
    });
  return addDatabaseOption(command);
}

/** An order as a person wants to see it. */
function describeOrder({ record, following }: StoredOrder): string {
  const facts = [
    ['Order', record.orderNumber],
    ['Account', record.account],
    ['Ordered', record.orderDateTime ?? '—'],
    ['Status', withReason(record.orderStatus, record.orderStatusReason)],
  ];
  if (following !== undefined) facts.push(['Observed', describeFollowing(following)]);
  if (record.replacesOrderNumber !== undefined) facts.push(['Replaces', record.replacesOrderNumber]);
  if (record.suggestedOrgDetails !== undefined) facts.push(['Suggested', record.suggestedOrgDetails.status]);
  const parts = [table(facts)];
  for (const [index, organization] of (record.suggestedOrgDetails?.organizations ?? []).entries()) {
    parts.push(`Suggested organisation ${index + 1}\n${indent(table(Object.entries(organization)))}`);
  }
  for (const [index, certificate] of record.certificates.entries()) {
    const lines = [
      ['certificateID', certificate.certificateID ?? '—'],
      ['objectType', certificate.objectType ?? '—'],
      ['FQDN', certificate.FQDN ?? '—'],
      ['status', withReason(certificate.certificateStatus ?? '—', certificate.certificateStatusReason)],
      ['serialNumber', certificate.serialNumber ?? '—'],
      ...LATER_FIELDS.flatMap((field) => factOf(field, certificate[field])),
    ];
    parts.push(`Certificate ${index + 1} of ${record.certificates.length}\n${indent(table(lines))}`);
  }
  return parts.join('\n\n');
}

/** How old the knowledge of a followed order is. */
function describeFollowing({ upstream, observed, intervalSeconds }: Following): string {
  const interval =
    intervalSeconds === undefined ? '' : `, which is asked every ${describeDuration(intervalSeconds * 1000)}`;
  return `${observed} at upstream ${upstream}${interval}`;
}

function factOf(field: string, value: string | undefined): string[][] {
  return value === undefined ? [] : [[field, value]];
}

function withReason(status: string, reason: string | undefined): string {
  return reason === undefined ? status : `${status}: ${reason}`;
}

function indent(text: string): string {
  return text.replace(/^/gm, '  ');
}
