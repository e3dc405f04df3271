/** Whether an order book is whole: what the engine says of it, its rules, and its history. */

import type { OrderRecord } from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { Difference } from '../orders/differences.ts';
import type { BookedOrder } from '../orders/revisions.ts';
import { brokenStateRules } from '../orders/state-rules.ts';
import type { Store } from '../store/store.ts';

/** How many orders, and how many of an order's changes, are read at once. */
const PAGE = 500;

/** What was looked at. */
export interface VerifiedCounts {
  readonly orders: number;
  readonly changes: number;
  /** Orders that break rules of state, by a correction or an import that the history knows. */
  readonly exceptions: number;
  /** Orders whose early history was pruned. */
  readonly pruned: number;
}

/**
 * Looks at every order.
 *
 * @param onProblem is told of everything that is wrong.
 */
export async function verifyBook(
  store: Store,
  onProblem: (problem: string) => void,
  onProgress: (orders: number) => void,
): Promise<VerifiedCounts> {
  for (const problem of await store.damage()) onProblem(problem);
  const counts = { orders: 0, changes: 0, exceptions: 0, pruned: 0 };
  for (let after: string | undefined; ; ) {
    const { orders, more } = await store.orderBook.search(
      {},
      { limit: PAGE, ...(after !== undefined && { after }) },
    );
    for (const order of orders) {
      const { orderNumber } = order.record;
      let found = await examine(store, order);
      // Somebody may have changed it between the two reads.
      for (let retries = 0; found.problems.length > 0 && retries < 3; retries++) {
        const now = await store.orderBook.get(orderNumber);
        if (now === undefined || now.version === order.version) break;
        found = await examine(store, now);
      }
      for (const problem of found.problems) onProblem(`order ${orderNumber}: ${problem}`);
      counts.orders++;
      counts.changes += found.changes;
      if (found.isException) counts.exceptions++;
      if (found.isPruned) counts.pruned++;
      onProgress(counts.orders);
      after = orderNumber;
    }
    if (!more) return counts;
  }
}

async function examine(store: Store, { record, version }: BookedOrder) {
  const problems: string[] = [];
  const changes = await changesOf(store, record.orderNumber);
  const overruled = new Set(changes.flatMap((change) => change.overruled ?? []));
  const isPruned = changes[0]?.kind !== 'created';
  const broken = brokenStateRules(record);
  for (const { rule, message } of broken) {
    if (!overruled.has(rule) && !isPruned)
      problems.push(`it breaks the rule ${rule}, and nothing says why: ${message}`);
  }
  problems.push(...linkProblems(record, await replacedBy(store, record)));
  problems.push(...historyProblems(record, version, changes));
  return { problems, changes: changes.length, isException: broken.length > 0, isPruned };
}

async function changesOf({ history }: Store, orderNumber: string): Promise<readonly Change[]> {
  const all: Change[] = [];
  for (let after = 0; ; ) {
    const { changes, more } = await history.ofOrder(orderNumber, { after, limit: PAGE });
    all.push(...changes);
    const last = changes.at(-1);
    if (!more || last === undefined) return all;
    after = last.version;
  }
}

/** The orders that this one replaces, directly or not, until the first that was seen before. */
async function replacedBy(
  { orderBook }: Store,
  record: OrderRecord,
): Promise<readonly (OrderRecord | undefined)[]> {
  const chain: (OrderRecord | undefined)[] = [];
  const seen = new Set([record.orderNumber]);
  for (let next = record.replacesOrderNumber; next !== undefined; ) {
    const earlier = (await orderBook.get(next))?.record;
    chain.push(earlier);
    if (earlier === undefined || seen.has(next)) return chain;
    seen.add(next);
    next = earlier.replacesOrderNumber;
  }
  return chain;
}

function* linkProblems(
  { orderNumber, account, replacesOrderNumber }: OrderRecord,
  chain: readonly (OrderRecord | undefined)[],
): Iterable<string> {
  if (replacesOrderNumber === undefined) return;
  const [replaced] = chain;
  if (replaced === undefined) yield `it replaces order ${replacesOrderNumber}, which is not in the book`;
  else if (replaced.account !== account)
    yield `it replaces order ${replacesOrderNumber}, which is another account's`;
  if (chain.at(-1)?.orderNumber === orderNumber) yield 'it replaces itself, through other orders';
}

/** Goes back from what the order is now, change by change. */
function* historyProblems(
  record: OrderRecord,
  version: number,
  changes: readonly Change[],
): Iterable<string> {
  const latest = changes.at(-1);
  if (latest === undefined) return;
  if (latest.version !== version) {
    yield `it is version ${version}, but its history ends with version ${latest.version}`;
    return;
  }
  let then: unknown = record;
  for (const [index, change] of [...changes.entries()].reverse()) {
    const earlier = changes[index - 1];
    if (earlier !== undefined && earlier.version !== change.version - 1) {
      yield `version ${change.version - 1} is missing in its history`;
      return;
    }
    if (change.kind === 'created') {
      if (!isSame(then, change.order))
        yield `it is not what its history makes of it since version ${change.version}`;
      return;
    }
    const before = undone(then as OrderRecord, change.differences);
    if (before === undefined) {
      yield `it does not have what version ${change.version} in its history changed`;
      return;
    }
    then = before;
  }
}

/** The order before the differences; undefined when it does not have what they say came of them. */
function undone(record: OrderRecord, differences: readonly Difference[]): OrderRecord | undefined {
  const fields: Record<string, unknown> = { ...record };
  let certificates: Record<string, unknown>[] = record.certificates.map((each) => ({ ...each }));
  for (const { certificateID, field, before, after } of differences) {
    if (certificateID === undefined && field === 'certificates') {
      const added = certificates.find(
        (each) => each['certificateID'] === (after as { certificateID: string }).certificateID,
      );
      if (added === undefined || !isSame(added, after)) return undefined;
      certificates = certificates.filter((each) => each !== added);
      continue;
    }
    const holder =
      certificateID === undefined
        ? fields
        : certificates.find((each) => each['certificateID'] === certificateID);
    if (holder === undefined || !isSame(holder[field], after)) return undefined;
    if (before === undefined) delete holder[field];
    else holder[field] = before;
  }
  return { ...fields, certificates } as unknown as OrderRecord;
}

/** Whatever order fields come in. */
function isSame(one: unknown, other: unknown): boolean {
  return JSON.stringify(sorted(one)) === JSON.stringify(sorted(other));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([name, field]) => [name, sorted(field)]),
  );
}
