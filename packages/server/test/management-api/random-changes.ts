/** Random changes of a small world of orders: legal ones often enough for orders to get somewhere. */

import { CERTIFICATE_STATUSES, CHECK_STATUSES, CHECKS, ORDER_STATUSES } from '@cert-order-status/protocol';
import type { ModelOrder } from './rules-model.ts';

type Fields = Record<string, unknown>;

export type RandomChange = { readonly orderNumber: string; readonly isForced: boolean } & (
  | { readonly kind: 'put'; readonly order: ModelOrder }
  | { readonly kind: 'patch order'; readonly patch: Fields }
  | { readonly kind: 'patch certificate'; readonly certificateID: string; readonly patch: Fields }
);

/** Numbers from 0 up to 1, the same ones for the same seed (mulberry32). */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const NEXT: Readonly<Record<string, readonly string[]>> = {
  'Awaiting Validation': ['Awaiting Brand Validation', 'Issued', 'Issued', 'Issued', 'Rejected'],
  'Awaiting Brand Validation': ['Awaiting Validation', 'Issued', 'Issued', 'Rejected'],
  Issued: ['Replaced', 'Revoked', 'Expired'],
  Replaced: ['Revoked', 'Expired'],
};

/** Makes the changes, looking at the orders as they are. */
export class ChangeMaker {
  readonly #draw: () => number;
  readonly #orders: ReadonlyMap<string, ModelOrder>;
  #numbers = 0;

  constructor(seed: number, orders: ReadonlyMap<string, ModelOrder>) {
    this.#draw = draws(seed);
    this.#orders = orders;
  }

  next(): RandomChange {
    const isForced = this.#happens(0.08);
    if (this.#numbers < 6 || this.#happens(0.15)) {
      const orderNumber = String(++this.#numbers);
      return { kind: 'put', orderNumber, isForced, order: this.#newOrder(orderNumber) };
    }
    const orderNumber = String(
      this.#happens(0.02) ? 999_999 : this.#numbers - this.#below(Math.min(8, this.#numbers)),
    );
    const order = this.#orders.get(orderNumber);
    if (order === undefined) {
      return { kind: 'put', orderNumber, isForced, order: this.#newOrder(orderNumber) };
    }
    const what = this.#draw();
    if (what < 0.3) return { kind: 'put', orderNumber, isForced, order: this.#changedOrder(order) };
    if (what < 0.6) return { kind: 'patch order', orderNumber, isForced, patch: this.#orderPatch(order) };
    const certificate = this.#oneOf(order.certificates);
    const certificateID = this.#happens(0.02) ? '888888' : String(certificate['certificateID']);
    const patch = this.#certificatePatch(certificate);
    return { kind: 'patch certificate', orderNumber, isForced, certificateID, patch };
  }

  #newOrder(orderNumber: string): ModelOrder {
    const count = 1 + this.#below(3);
    const orderStatus = this.#happens(0.6) ? 'Pending' : this.#oneOf(ORDER_STATUSES);
    const certificates = Array.from({ length: count }, (_, index) =>
      this.#newCertificate(`${orderNumber}0${index + 1}`, orderStatus === 'Completed'),
    );
    if (this.#happens(0.02)) certificates.push(this.#newCertificate('101', false));
    return {
      account: this.#happens(0.02) ? 'nobody' : this.#happens(0.1) ? 'other' : 'acme-hosting',
      orderNumber,
      orderDateTime: '2026-01-01T00:00:00Z',
      orderStatus,
      ...(orderStatus === 'Rejected' && this.#happens(0.95) && { orderStatusReason: 'no such firm' }),
      ...(this.#happens(0.15) && { replacesOrderNumber: String(1 + this.#below(this.#numbers + 1)) }),
      certificates,
    };
  }

  #newCertificate(certificateID: string, isLate: boolean): Fields {
    const status = isLate || this.#happens(0.2) ? this.#oneOf(CERTIFICATE_STATUSES) : 'Awaiting Validation';
    return {
      certificateID,
      objectType: 'SSL',
      FQDN: `${certificateID}.example.com`,
      certificateStatus: status,
      ...this.#partsOf(status),
      ...this.#checks(status.startsWith('Awaiting') ? 0.3 : 0.9),
    };
  }

  #changedOrder(order: ModelOrder): ModelOrder {
    const { orderStatusReason: _, ...rest } = order;
    const orderStatus = this.#happens(0.5) ? order['orderStatus'] : this.#oneOf(ORDER_STATUSES);
    let certificates = order.certificates.map((certificate) =>
      this.#happens(0.3)
        ? (Object.fromEntries(
            Object.entries({ ...certificate, ...this.#certificatePatch(certificate) }).filter(
              ([, value]) => value !== null,
            ),
          ) as Fields)
        : certificate,
    );
    if (this.#happens(0.15)) {
      certificates.push(this.#newCertificate(`${order['orderNumber']}0${certificates.length + 1}`, false));
    }
    if (this.#happens(0.05)) certificates = certificates.toReversed();
    if (this.#happens(0.03) && certificates.length > 1) certificates = certificates.slice(1);
    return {
      ...rest,
      account: this.#happens(0.03) ? 'other' : order['account'],
      orderStatus,
      ...(orderStatus === 'Rejected' && this.#happens(0.95) && { orderStatusReason: 'no such firm' }),
      certificates,
    };
  }

  #orderPatch(order: ModelOrder): Fields {
    if (this.#happens(0.2)) {
      const replaced = this.#happens(0.2) ? null : this.#recentNumber();
      return { replacesOrderNumber: replaced };
    }
    const orderStatus = this.#oneOf(ORDER_STATUSES);
    const wasRejected = order['orderStatus'] === 'Rejected';
    if (orderStatus === 'Rejected') return { orderStatus, orderStatusReason: 'not theirs' };
    return { orderStatus, ...(wasRejected && this.#happens(0.9) && { orderStatusReason: null }) };
  }

  #certificatePatch(certificate: Fields): Fields {
    if (this.#happens(0.3)) return { [this.#oneOf(CHECKS)]: this.#oneOf(CHECK_STATUSES) };
    const legal = NEXT[String(certificate['certificateStatus'])] ?? CERTIFICATE_STATUSES;
    const status = this.#oneOf(this.#happens(0.75) ? legal : CERTIFICATE_STATUSES);
    const parts = this.#partsOf(status);
    const wasIssued = certificate['serialNumber'] !== undefined;
    return {
      certificateStatus: status,
      certificateStatusReason: null,
      ...(this.#happens(0.95) && { serialNumber: null }),
      ...parts,
      ...(!wasIssued && status === 'Issued' && this.#happens(0.85) && this.#checks(1)),
    };
  }

  /** What the state requires, or now and then not. */
  #partsOf(status: string): Fields {
    const isIssued = ['Issued', 'Replaced', 'Revoked', 'Expired'].includes(status);
    const isReasoned = ['Rejected', 'Revoked'].includes(status);
    return {
      ...(isReasoned !== this.#happens(0.03) && { certificateStatusReason: 'a reason' }),
      ...(isIssued !== this.#happens(0.03) && { serialNumber: '0A1B' }),
    };
  }

  #checks(finished: number): Fields {
    return Object.fromEntries(
      CHECKS.map((check) => [
        check,
        this.#happens(finished) ? this.#oneOf(['completed', 'not-required']) : this.#oneOf(CHECK_STATUSES),
      ]),
    );
  }

  #recentNumber(): string {
    return String(this.#numbers - this.#below(Math.min(8, this.#numbers)));
  }

  #happens(probability: number): boolean {
    return this.#draw() < probability;
  }

  #below(limit: number): number {
    return Math.floor(this.#draw() * limit);
  }

  #oneOf<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }
}
