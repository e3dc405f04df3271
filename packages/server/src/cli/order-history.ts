/** `order history`: what became of an order, as a timeline. */

import { jsonLine, orderNumberOf, print, printError, table } from '@cert-order-status/client/cli';
import type { CertificateRecord } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';
import { certificateName } from '../orders/certificate-identity.ts';
import type { Author, Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import type { Store } from '../store/store.ts';
import { addDatabaseOption, withStore } from './database-option.ts';

const PAGE = 500;

/** Makes the command. */
export function historyCommand(): Command {
  const command = new Command('history')
    .description('list every change of an order: when, by which author, each field before and after')
    .argument('<NUMBER>', 'order number')
    .option('--json', 'one change a line as JSON')
    .action(async (given: string, { json }: { json?: true }, self: Command) => {
      const orderNumber = orderNumberOf(given);
      await withStore(self, 'read', async (store) => {
        let count = 0;
        for await (const change of changesOf(orderNumber, store)) {
          print(json ? jsonLine(change) : describeChange(change));
          count++;
        }
        if (count > 0) return;
        if ((await store.orders.get(orderNumber)) === undefined) {
          throw new OperatorError(`there is no order ${orderNumber}`);
        }
        printError(`order ${orderNumber} has not been changed since the database has a history`);
      });
    });
  return addDatabaseOption(command);
}

async function* changesOf(orderNumber: string, { history }: Store): AsyncIterable<Change> {
  for (let after = 0; ; ) {
    const { changes, more } = await history.ofOrder(orderNumber, { after, limit: PAGE });
    yield* changes;
    const last = changes.at(-1);
    if (last === undefined || !more) return;
    after = last.version;
  }
}

function describeChange(change: Change): string {
  const { at, version, kind, by } = change;
  const lines = [`${at}  version ${version}, ${kind} by ${authorName(by)}`];
  if (change.waivedRules !== undefined) {
    const asItWas = change.by.kind === 'upstream' ? 'observed as it is' : 'taken as it was';
    const why = change.reason === undefined ? asItWas : `forced: ${change.reason}`;
    lines.push(`  ${why} (breaks ${change.waivedRules.join(', ')})`);
  } else if (change.reason !== undefined) {
    lines.push(`  reason: ${change.reason}`);
  }
  const rows =
    change.kind === 'created'
      ? [
          ['order', 'orderStatus', change.order.orderStatus],
          ...change.order.certificates.map((certificate, index) => [
            certificateName(certificate, index + 1),
            'certificateStatus',
            shown(certificate.certificateStatus),
          ]),
        ]
      : change.differences.map(rowOf);
  return `${lines.join('\n')}\n${table(rows).replace(/^/gm, '  ')}`;
}

/** A user of the command line is named alone, as ever. */
function authorName({ kind, name }: Author): string {
  return kind === 'command line' ? name : `${kind} ${name}`;
}

function rowOf({ certificate, certificateID, field, before, after }: Difference): string[] {
  if (certificateID === undefined && field === 'certificates') {
    const added = after as CertificateRecord;
    return [certificateName(added, certificate ?? 0), 'added', shown(added.certificateStatus)];
  }
  const isOfOrder = certificate === undefined && certificateID === undefined;
  return [
    isOfOrder ? 'order' : certificateName({ certificateID }, certificate ?? 0),
    field,
    `${shown(before)} → ${shown(after)}`,
  ];
}

function shown(value: unknown): string {
  if (value === undefined) return '—';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
