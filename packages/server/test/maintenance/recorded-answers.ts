/** What a database answers, exports and remembers, line by line: what an upgrade must not change by a byte. */

import { encodeDetailedOrderStatus, type StatusQuery } from '@cert-order-status/protocol';
import { HISTORY_START } from '../../src/orders/history.ts';
import type { Store } from '../../src/store/store.ts';

/** How many changes are read at once. */
const PAGE = 100;

/** Every answer of each queryType by order and by certificate, then the export, then the history. */
export async function recordedAnswers(store: Store): Promise<string[]> {
  const orders = await Array.fromAsync(store.orders.all());
  const lines: string[] = [];
  for (const { account, orderNumber, certificates } of orders) {
    const certificateIDs = certificates.flatMap(({ certificateID }) => certificateID ?? []);
    const numbers = [{ orderNumber }, ...certificateIDs.map((certificateID) => ({ certificateID }))];
    for (const queryType of [0, 1, 2] as const) {
      for (const number of numbers) {
        lines.push(...(await answersTo(store, account, { ...number, queryType } as StatusQuery)));
      }
    }
  }
  lines.push(...orders.map((order) => JSON.stringify(order)));
  for (let cursor = HISTORY_START; ; ) {
    const changes = await store.history.after(cursor, PAGE);
    const last = changes.at(-1);
    if (last === undefined) return lines;
    lines.push(...changes.map((change) => JSON.stringify(change)));
    cursor = last.cursor;
  }
}

async function answersTo({ statusReader }: Store, account: string, query: StatusQuery): Promise<string[]> {
  const reading = await statusReader.read(account, query);
  if (!('status' in reading)) throw new Error(`${JSON.stringify(query)} is not answered`);
  return (['flat', 'nested'] as const).map((form) => encodeDetailedOrderStatus(reading.status, form));
}
