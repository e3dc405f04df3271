/** Whether an order database is whole: what the engine says of it, its rules, and its history. */

import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import type { Change } from '../orders/change.ts';
import type { StoredOrder } from '../orders/change-request.ts';
import type { Difference } from '../orders/differences.ts';
import type { PlacedOrder } from '../orders/placement-rules.ts';
import { brokenStateRules } from '../orders/state-rules.ts';
import type { Store } from '../store/store.ts';

/** How many orders, and how many of an order's changes, are read at once. */
const PAGE_ORDERS = 500;

/** How many orders are remembered whose links are sound. */
const SOUND_LINKS_LIMIT = 100_000;

const WRONGLY_PACKED =
  'its column packedCertificates does not repeat its certificates as they are: status responses are wrong until it changes';

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
export async function verifyDatabase(
  store: Store,
  onProblem: (problem: string) => void,
  onProgress: (orders: number) => void,
): Promise<VerifiedCounts> {
  for (const problem of await store.integrityProblems()) onProblem(problem);
  for (const { orderNumber, problem } of await store.wronglyFollowed()) {
    onProblem(`order ${orderNumber}: ${problem}`);
  }
  const sound = new SoundLinks();
  const counts = { orders: 0, changes: 0, exceptions: 0, pruned: 0 };
  for (let after: string | undefined; ; ) {
    const { orders, more } = await store.orders.search({}, { limit: PAGE_ORDERS, after });
    const wronglyPacked = await store.wronglyPacked(orders.map(({ record }) => record));
    for (const order of orders) {
      const { orderNumber } = order.record;
      let found = await examine(store, order, sound, wronglyPacked);
      // It may have changed between the two reads.
      for (let retries = 0; found.problems.length > 0 && retries < 3; retries++) {
        const now = await store.orders.get(orderNumber);
        if (now === undefined || now.version === order.version) break;
        found = await examine(store, now, sound, await store.wronglyPacked([now.record]));
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

async function examine(
  store: Store,
  { record, version }: StoredOrder,
  sound: SoundLinks,
  wronglyPacked: ReadonlySet<string>,
) {
  const problems: string[] = [];
  const changes = await changesOf(store, record.orderNumber);
  const waivedRules = new Set(changes.flatMap((change) => change.waivedRules ?? []));
  const isPruned = changes[0]?.kind !== 'created';
  const broken = brokenStateRules(record);
  for (const { rule, message } of broken) {
    if (!waivedRules.has(rule) && !isPruned)
      problems.push(`it breaks the rule ${rule}, and nothing says why: ${message}`);
  }
  problems.push(...(await linkProblems(store, record, sound)));
  problems.push(...historyProblems(record, version, changes));
  if (wronglyPacked.has(record.orderNumber)) problems.push(WRONGLY_PACKED);
  return { problems, changes: changes.length, isException: broken.length > 0, isPruned };
}

async function changesOf({ history }: Store, orderNumber: string): Promise<readonly Change[]> {
  const all: Change[] = [];
  for (let after = 0; ; ) {
    const { changes, more } = await history.ofOrder(orderNumber, { after, limit: PAGE_ORDERS });
    all.push(...changes);
    const last = changes.at(-1);
    if (!more || last === undefined) return all;
    after = last.version;
  }
}

/** Orders whose links are known to end: they are not followed again. */
class SoundLinks {
  readonly #orders = new Set<string>();

  has(orderNumber: string): boolean {
    return this.#orders.has(orderNumber);
  }

  add(orderNumbers: Iterable<string>): void {
    for (const orderNumber of orderNumbers) {
      if (this.#orders.size === SOUND_LINKS_LIMIT) this.#orders.clear();
      this.#orders.add(orderNumber);
    }
  }
}

async function linkProblems(
  { orders: orderStore }: Store,
  { orderNumber, account, replacesOrderNumber }: OrderRecord,
  sound: SoundLinks,
): Promise<readonly string[]> {
  if (replacesOrderNumber === undefined) return [];
  const placed = async (number: string) => (await orderStore.placed([number])).get(number);
  const replaced = await placed(replacesOrderNumber);
  if (replaced === undefined)
    return [`it replaces order ${replacesOrderNumber}, which is not in the database`];
  const problems: string[] = [];
  if (replaced.account !== account)
    problems.push(`it replaces order ${replacesOrderNumber}, which is another account's`);
  const seen = new Set([orderNumber]);
  let next: string | undefined = replacesOrderNumber;
  for (let order: PlacedOrder | undefined = replaced; next !== undefined && !sound.has(next); ) {
    if (seen.has(next)) break;
    seen.add(next);
    next = order?.replacesOrderNumber;
    order = next === undefined ? undefined : await placed(next);
  }
  if (next === orderNumber) problems.push('it replaces itself, through other orders');
  else if (next === undefined || sound.has(next)) sound.add(seen);
  return problems;
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
  const then = new EarlierState(record);
  for (const [index, change] of [...changes.entries()].reverse()) {
    const earlier = changes[index - 1];
    if (earlier !== undefined && earlier.version !== change.version - 1) {
      yield `version ${change.version - 1} is missing in its history`;
      return;
    }
    if (change.kind === 'created') {
      if (!isSame(then.record(), change.order))
        yield `it is not what its history makes of it since version ${change.version}`;
      return;
    }
    if (!then.undo(change.differences)) {
      yield `it does not have what version ${change.version} in its history changed`;
      return;
    }
  }
}

/** An order as it was before some of its changes. To undo one takes as long as it is, however large the order. */
class EarlierState {
  readonly #fields: Record<string, unknown>;
  /** By their numbers within the order. */
  readonly #certificates: Map<number, Record<string, unknown>>;
  readonly #numbers: Map<unknown, number>;

  constructor({ certificates, ...fields }: OrderRecord) {
    this.#fields = { ...fields };
    this.#certificates = new Map(certificates.map((each, index) => [index + 1, { ...each }]));
    this.#numbers = new Map(certificates.map(({ certificateID }, index) => [certificateID, index + 1]));
  }

  record(): unknown {
    return { ...this.#fields, certificates: [...this.#certificates.values()] };
  }

  /** False when the order does not have what the differences say came of them. */
  undo(differences: readonly Difference[]): boolean {
    return differences.every((difference) => this.#undoOne(difference));
  }

  /** Earlier versions named a certificate by its ID alone. */
  #undoOne({ certificate, certificateID, field, before, after }: Difference): boolean {
    if (field === 'certificates' && certificateID === undefined) {
      const added = certificate ?? this.#numbers.get((after as CertificateRecord).certificateID) ?? 0;
      return isSame(this.#certificates.get(added), after) && this.#certificates.delete(added);
    }
    const number =
      certificate ?? (certificateID === undefined ? undefined : (this.#numbers.get(certificateID) ?? 0));
    const holder = number === undefined ? this.#fields : this.#certificates.get(number);
    if (holder === undefined || !isSame(holder[field], after)) return false;
    if (before === undefined) delete holder[field];
    else holder[field] = before;
    return true;
  }
}

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
