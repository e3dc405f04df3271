/** The first pass of an import: every line is checked against the file and the database; nothing is written. */

import type { OrderRecord } from '@cert-order-status/protocol';
import { applyRules } from '../../orders/apply-rules.ts';
import type { OrderStore, Survey } from '../../orders/order-store.ts';
import {
  brokenLinkRule,
  brokenPlacementRule,
  loopOfReplacements,
  type PlacedOrder,
} from '../../orders/placement-rules.ts';
import { type BrokenRule, describeBrokenRules, type Exemption } from '../../orders/rules.ts';
import type { Link, StagingDatabase } from '../../store/staging-database.ts';
import { readLines } from './lines.ts';
import { readLine } from './read-line.ts';

/**
 * How many lines or links are looked up in the database at once; and how many bytes the lines take at most, but for the
 * last.
 */
const BATCH_ORDERS = 500;
const BATCH_BYTES = 4 * 1024 * 1024;

/** How far the check has come. */
export interface CheckProgress {
  /** First the lines one by one, then the links between the orders. */
  readonly step: 'lines' | 'links';
  readonly lines: number;
  readonly bytes: number;
}

/** What the check counted. */
export interface CheckCounts {
  /** Without blank ones. */
  readonly lines: number;
  /** Lines that say again, word for word, what another says. */
  readonly repeated: number;
}

interface NumberedRecord {
  readonly line: number;
  readonly record: OrderRecord;
}

/** Fills the staging database with the file's valid orders and the problems of the others. */
export async function checkOrders(
  input: AsyncIterable<Uint8Array>,
  orderStore: OrderStore,
  staging: StagingDatabase,
  exemption: Exemption | undefined,
  onProgress: (progress: CheckProgress) => void,
): Promise<CheckCounts> {
  let lines = 0;
  let bytes = 0;
  let repeated = 0;
  let batch: NumberedRecord[] = [];
  let batchBytes = 0;
  const checkBatch = async () => {
    repeated += await checkAgainstDatabase(batch, orderStore, staging, exemption);
    batch = [];
    batchBytes = 0;
  };
  for await (const line of readLines(input)) {
    const content = readLine(line, exemption?.kind === 'as-is' ? 'as-is' : 'fed');
    if (content === undefined) continue;
    lines++;
    if ('problem' in content) staging.report(line.number, content.problem);
    else batch.push({ line: line.number, record: content.record });
    batchBytes += line.bytes?.length ?? 0;
    if (batch.length === BATCH_ORDERS || batchBytes >= BATCH_BYTES) await checkBatch();
    bytes = line.position;
    onProgress({ step: 'lines', lines, bytes });
  }
  await checkBatch();
  onProgress({ step: 'links', lines, bytes });
  await checkLinks(orderStore, staging);
  return { lines, repeated };
}

async function checkAgainstDatabase(
  batch: readonly NumberedRecord[],
  orderStore: OrderStore,
  staging: StagingDatabase,
  exemption: Exemption | undefined,
): Promise<number> {
  let repeated = 0;
  for (let rest = batch; rest.length > 0; ) {
    const survey = await orderStore.survey({
      loginNames: rest.map(({ record }) => record.account),
      orderNumbers: rest.map(({ record }) => record.orderNumber),
      certificateIDs: rest.flatMap(({ record }) =>
        record.certificates.flatMap((each) => each.certificateID ?? []),
      ),
    });
    const isLeft = ({ record }: NumberedRecord) => survey.left.has(record.orderNumber);
    staging.batch(() => {
      for (const { line, record } of rest.filter((each) => !isLeft(each))) {
        const broken = brokenRules(record, survey, exemption);
        if (broken.length > 0) {
          staging.report(line, describeBrokenRules(broken));
          staging.markBad(record.orderNumber);
        } else if (!staging.add(line, record, relinks(record, survey.orders))) {
          repeated++;
        }
      }
    });
    rest = rest.filter(isLeft);
  }
  return repeated;
}

/** Those that the order breaks by itself, and in the database as it is now; links are checked when all are known. */
function brokenRules(
  record: OrderRecord,
  survey: Survey,
  exemption: Exemption | undefined,
): readonly BrokenRule[] {
  const before = survey.orders.get(record.orderNumber);
  const misplaced = brokenPlacementRule(record, before, {
    hasAccount: (loginName) => survey.accounts.has(loginName),
    followed: (orderNumber) => survey.followed.get(orderNumber),
    holderOf: (certificateID) => survey.holders.get(certificateID),
  });
  if (misplaced !== undefined) return [misplaced];
  const applied = applyRules(before, record, exemption);
  return applied.isLegal ? [] : applied.broken;
}

function relinks(record: OrderRecord, orders: ReadonlyMap<string, PlacedOrder>): boolean {
  const placed = orders.get(record.orderNumber);
  return placed !== undefined && placed.replacesOrderNumber !== record.replacesOrderNumber;
}

async function checkLinks(orderStore: OrderStore, staging: StagingDatabase): Promise<void> {
  let outOfFile: Link[] = [];
  const checkOutOfFile = async () => {
    const orders = await orderStore.placed(outOfFile.map(({ replacesOrderNumber }) => replacesOrderNumber));
    for (const link of outOfFile) rejectBrokenLink(link, orders.get(link.replacesOrderNumber), staging);
    outOfFile = [];
  };
  for (const link of staging.links('all')) {
    const replaced = staging.look(link.replacesOrderNumber);
    if (replaced === undefined) outOfFile.push(link);
    else if (replaced !== 'bad') rejectBrokenLink(link, replaced, staging);
    if (outOfFile.length === BATCH_ORDERS) await checkOutOfFile();
  }
  await checkOutOfFile();
  await rejectLoopsThroughDatabase(orderStore, staging);
  staging.rejectAfterBad();
  staging.place();
}

function rejectBrokenLink(
  link: Link,
  replaced: Pick<PlacedOrder, 'account'> | undefined,
  staging: StagingDatabase,
): void {
  const broken = brokenLinkRule(link, replaced);
  if (broken !== undefined) staging.reject(link.orderNumber, describeBrokenRules([broken]));
}

/**
 * A loop that passes through orders of the database which the file does not hold has an order of the database whose
 * link the file changes. From each of those the links are followed, by each order only once in all.
 */
async function rejectLoopsThroughDatabase(orderStore: OrderStore, staging: StagingDatabase): Promise<void> {
  let walk = 0;
  for (const { orderNumber } of staging.links('changed')) {
    walk++;
    let next: string | undefined = orderNumber;
    while (next !== undefined) {
      const before = staging.visit(next, walk);
      if (before === 'this walk') await rejectLoop(next, orderStore, staging);
      if (before !== 'no walk') break;
      next = await replacedBy(next, orderStore, staging);
    }
  }
}

/** Rejects the orders of the file that a loop passes through. */
async function rejectLoop(start: string, orderStore: OrderStore, staging: StagingDatabase): Promise<void> {
  const loop: string[] = [];
  let next: string | undefined = start;
  do {
    loop.push(next);
    next = await replacedBy(next, orderStore, staging);
  } while (next !== undefined && next !== start);
  for (const orderNumber of loop)
    staging.reject(orderNumber, describeBrokenRules([loopOfReplacements(orderNumber)]));
}

/** What the order will replace when the file is applied. */
async function replacedBy(
  orderNumber: string,
  orderStore: OrderStore,
  staging: StagingDatabase,
): Promise<string | undefined> {
  const ofFile = staging.look(orderNumber);
  if (ofFile !== undefined && ofFile !== 'bad') return ofFile.replacesOrderNumber;
  return (await orderStore.placed([orderNumber])).get(orderNumber)?.replacesOrderNumber;
}
