/**
 * A small model of the order database: what the service must answer to a change, and what the order must be after it.
 * Written from the rules as they are stated, and on purpose without a line of the code that it is compared with.
 */

import { CHECKS } from '@cert-order-status/protocol';

type Fields = Record<string, unknown>;
export type ModelOrder = Fields & { certificates: Fields[] };

export interface ModelAnswer {
  readonly status: number;
  /** The rules that were broken. */
  readonly rules: readonly string[];
}

const LEGAL_CERTIFICATE_STEPS = new Set([
  'Awaiting Validation>Awaiting Brand Validation',
  'Awaiting Brand Validation>Awaiting Validation',
  'Awaiting Validation>Issued',
  'Awaiting Brand Validation>Issued',
  'Awaiting Validation>Rejected',
  'Awaiting Brand Validation>Rejected',
  'Issued>Replaced',
  'Issued>Revoked',
  'Issued>Expired',
  'Replaced>Revoked',
  'Replaced>Expired',
]);
const LEGAL_ORDER_STEPS = new Set([
  'Pending>Completed',
  'Pending>Rejected',
  'Pending>Cancelled',
  'Completed>Pending',
]);

const isWaiting = (certificate: Fields) => String(certificate['certificateStatus']).startsWith('Awaiting');
const hasSerialNumber = (certificate: Fields) =>
  ['Issued', 'Replaced', 'Revoked', 'Expired'].includes(String(certificate['certificateStatus']));
const settledChecks = CHECKS.filter((check) => !/DVUP|ClickThrough/.test(check));

export class RulesModel {
  readonly orders = new Map<string, ModelOrder>();
  readonly #accounts: readonly string[];
  /** Certificate ID to the order that has it. */
  readonly #holders = new Map<unknown, string>();

  constructor(accounts: readonly string[]) {
    this.#accounts = accounts;
  }

  put(orderNumber: string, order: ModelOrder, isForced: boolean): ModelAnswer {
    return this.#change(orderNumber, structuredClone(order), isForced);
  }

  patchOrder(orderNumber: string, patch: Fields, isForced: boolean): ModelAnswer {
    const order = this.orders.get(orderNumber);
    if (order === undefined) return { status: 404, rules: [] };
    return this.#change(orderNumber, merged(order, patch) as ModelOrder, isForced);
  }

  patchCertificate(
    orderNumber: string,
    certificateID: string,
    patch: Fields,
    isForced: boolean,
  ): ModelAnswer {
    const order = this.orders.get(orderNumber);
    const index = order?.certificates.findIndex((each) => each['certificateID'] === certificateID) ?? -1;
    if (order === undefined || index === -1) return { status: 404, rules: [] };
    const certificates = order.certificates.with(index, merged(order.certificates[index] as Fields, patch));
    return this.#change(orderNumber, { ...order, certificates }, isForced);
  }

  #change(orderNumber: string, wanted: ModelOrder, isForced: boolean): ModelAnswer {
    if (!isWellFormed(wanted)) return { status: 422, rules: [] };
    const before = this.orders.get(orderNumber);
    const misplaced = this.#misplaced(orderNumber, wanted, before);
    if (misplaced !== undefined) return { status: 409, rules: [misplaced] };

    const after = structuredClone(wanted);
    if (before !== undefined) {
      const left = new Map(after.certificates.map((each) => [each['certificateID'], each]));
      const old = before.certificates.map(({ certificateID }) => {
        const kept = left.get(certificateID);
        left.delete(certificateID);
        return kept;
      });
      after.certificates = [...old, ...left.values()] as Fields[];
    }
    if (after['orderStatus'] === 'Rejected' || after['orderStatus'] === 'Cancelled') {
      for (const certificate of after.certificates.filter(isWaiting)) {
        certificate['certificateStatus'] = 'Rejected';
        certificate['certificateStatusReason'] = after['orderStatusReason'] ?? 'Order cancelled';
      }
    }
    const rules = [...inconsistencies(after), ...(isForced ? [] : illegalSteps(before, after))];
    if (rules.length > 0) return { status: 409, rules: [...new Set(rules)].sort() };
    this.orders.set(orderNumber, after);
    for (const { certificateID } of after.certificates) this.#holders.set(certificateID, orderNumber);
    return { status: before === undefined ? 201 : 200, rules: [] };
  }

  #misplaced(orderNumber: string, wanted: ModelOrder, before: ModelOrder | undefined): string | undefined {
    if (!this.#accounts.includes(String(wanted['account']))) return 'account-exists';
    if (before !== undefined && before['account'] !== wanted['account']) return 'account-never-changes';
    const ids = wanted.certificates.map((each) => each['certificateID']);
    if (ids.some((id) => (this.#holders.get(id) ?? orderNumber) !== orderNumber)) {
      return 'certificate-in-one-order';
    }
    const kept = new Set(ids);
    if (before?.certificates.some((each) => !kept.has(each['certificateID']))) {
      return 'certificate-never-removed';
    }
    const replaced = wanted['replacesOrderNumber'];
    if (replaced === undefined) return undefined;
    const target = this.orders.get(String(replaced));
    if (target === undefined) return 'replaced-order-exists';
    if (target['account'] !== wanted['account']) return 'replaced-order-of-same-account';
    for (let next: unknown = replaced; next !== undefined; ) {
      if (next === orderNumber) return 'replacements-never-loop';
      next = this.orders.get(String(next))?.['replacesOrderNumber'];
    }
    return undefined;
  }
}

function merged(fields: Fields, patch: Fields): Fields {
  return Object.fromEntries(Object.entries({ ...fields, ...patch }).filter(([, value]) => value !== null));
}

function isWellFormed(order: ModelOrder): boolean {
  return (
    (order['orderStatusReason'] !== undefined) === (order['orderStatus'] === 'Rejected') &&
    order['replacesOrderNumber'] !== order['orderNumber'] &&
    new Set(order.certificates.map((each) => each['certificateID'])).size === order.certificates.length &&
    order.certificates.every(
      (each) =>
        (each['serialNumber'] !== undefined) === hasSerialNumber(each) &&
        (each['certificateStatusReason'] !== undefined) ===
          ['Rejected', 'Revoked'].includes(String(each['certificateStatus'])),
    )
  );
}

function* inconsistencies(order: ModelOrder): Iterable<string> {
  for (const certificate of order.certificates.filter(hasSerialNumber)) {
    for (const check of settledChecks) {
      if (['not-completed', 'in-progress'].includes(String(certificate[check])))
        yield 'issued-with-finished-checks';
    }
  }
  if (order['orderStatus'] !== 'Completed') return;
  if (order.certificates.some(isWaiting)) yield 'completed-without-awaiting';
  if (!order.certificates.some(hasSerialNumber)) yield 'completed-with-issued-certificate';
}

function* illegalSteps(before: ModelOrder | undefined, after: ModelOrder): Iterable<string> {
  if (before === undefined) return;
  const step = `${before['orderStatus']}>${after['orderStatus']}`;
  if (before['orderStatus'] !== after['orderStatus']) {
    if (!LEGAL_ORDER_STEPS.has(step)) yield 'order-transition';
    else if (step === 'Completed>Pending' && after.certificates.length === before.certificates.length) {
      yield 'reopened-by-reissue';
    }
  }
  for (const [index, was] of before.certificates.entries()) {
    const is = after.certificates[index] as Fields;
    const from = was['certificateStatus'];
    const to = is['certificateStatus'];
    if (from !== to && !LEGAL_CERTIFICATE_STEPS.has(`${from}>${to}`)) yield 'certificate-transition';
    if (!hasSerialNumber(was)) continue;
    if (settledChecks.some((check) => was[check] !== is[check])) yield 'checks-fixed-by-issue';
  }
}
