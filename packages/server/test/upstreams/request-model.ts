/**
 * When an upstream is asked for which order, as the documents say it: a model in memory, written without the code that
 * it is compared with.
 */

import type { Finding } from './simulated-upstream.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

interface ModelOrder {
  readonly number: number;
  /** 0 refreshed, 1 new, 2 regular, 3 settled or unknown. */
  queue: number;
  next: number | undefined;
  state: 'waiting' | 'open' | 'settled' | 'unknown';
  step: number;
  failures: number;
  /** What was last seen. */
  seen: string | undefined;
}

/** What the model goes by, in milliseconds. */
export interface ModelPolicy {
  readonly intervalMs: number;
  readonly lastStepsMs: number;
  readonly slotMs: number;
  /** The end of the quiet hours that a moment is in. */
  readonly quietEnd: (ms: number) => number | undefined;
}

/** Decides when the next request is, and takes note of what it finds. */
export class RequestModel {
  readonly #policy: ModelPolicy;
  readonly #orders = new Map<number, ModelOrder>();
  #slot = 0;
  #notBefore: number | undefined;
  #failures = 0;
  #turn = 0;
  isPaused = false;

  constructor(policy: ModelPolicy) {
    this.#policy = policy;
  }

  follow(numbers: readonly number[], now: number): void {
    for (const number of numbers) {
      const order = {
        number,
        queue: 1,
        next: now,
        state: 'waiting',
        step: 0,
        failures: 0,
        seen: undefined,
      } as const;
      this.#orders.set(number, { ...order });
    }
  }

  refresh(numbers: readonly number[], now: number): void {
    for (const number of numbers) Object.assign(this.#of(number), { queue: 0, next: now });
  }

  /** The operator changes or resumes the upstream. */
  forget(): void {
    this.#failures = 0;
    this.#notBefore = undefined;
  }

  /** The first moment from now on, and before the end, at which a request is made, and for which order. */
  next(now: number, end: number): { readonly at: number; readonly number: number } | undefined {
    if (this.isPaused) return undefined;
    for (let at = now; at < end; ) {
      const allowed = this.#allowed(at);
      if (allowed > at) {
        at = allowed;
        continue;
      }
      const order = this.#turnOf(at);
      if (order !== undefined) return { at, number: order.number };
      const later = [...this.#orders.values()].flatMap(({ next }) => (next === undefined ? [] : [next]));
      at = Math.min(end, ...later);
    }
    return undefined;
  }

  /** A request begins: counted, and put off by an interval whatever becomes of it. */
  begin(number: number, at: number): void {
    const { slotMs, intervalMs } = this.#policy;
    this.#slot = Math.max(this.#isSlotFar(at) ? 0 : this.#slot, at - slotMs) + slotMs;
    this.#turn++;
    const order = this.#of(number);
    order.queue = order.state === 'settled' || order.state === 'unknown' ? 3 : 2;
    order.next = at + intervalMs;
  }

  /** @param at when the response came. @param random from 0 up to 1. */
  end(number: number, finding: Finding, begun: number, at: number, random: number): void {
    const order = this.#of(number);
    const jittered = (ms: number) => Math.round(ms * (1 + random / 10));
    const quiet = (state: 'settled' | 'unknown', isSame: boolean, endMs?: number) => {
      order.step = order.state === state && isSame ? Math.min(order.step + 1, 3) : 1;
      order.state = state;
      order.queue = 3;
      if (order.step === 1) order.next = at + jittered(DAY);
      else if (order.step === 2) order.next = at + jittered(7 * DAY);
      else if (endMs === undefined || begun > endMs + DAY) order.next = undefined;
      else if (begun < endMs - 30 * DAY) order.next = at + endMs - 30 * DAY - begun + jittered(DAY) - DAY;
      else order.next = at + jittered(DAY);
    };
    if (finding.kind === 'crash') return;
    if (finding.kind === 'problem') {
      const { problem, retryAfterMs = 0 } = finding;
      const [first, longest] = {
        unreachable: [1, 60],
        'invalid-response': [1, 60],
        'call-limit': [5, 180],
        'login-refused': [15, 360],
      }[problem] as [number, number];
      // The first time it may be the order alone.
      const minutes =
        problem === 'invalid-response'
          ? ([0, 1, 2, 4, 8, 16, 32][this.#failures] ?? longest)
          : Math.min(longest, first * 2 ** this.#failures);
      const own = jittered(minutes * MINUTE);
      const backoff = problem === 'call-limit' ? Math.max(own, retryAfterMs) : own;
      this.#failures++;
      this.#notBefore = at + backoff;
      order.next =
        at + Math.max(backoff, Math.min(this.#policy.intervalMs, 5 * MINUTE * 2 ** order.failures));
      order.failures++;
      return;
    }
    this.forget();
    order.failures = 0;
    if (finding.kind === 'unknown') {
      quiet('unknown', true);
      return;
    }
    const text = JSON.stringify(finding.order);
    const isSame = order.seen === text;
    order.seen = text;
    if (finding.isSettled) {
      quiet('settled', isSame, finding.endMs);
      return;
    }
    Object.assign(order, { state: 'open', step: 0, queue: 2 });
    order.next = at + jittered(finding.isInLastSteps ? this.#policy.lastStepsMs : this.#policy.intervalMs);
  }

  #of(number: number): ModelOrder {
    const order = this.#orders.get(number);
    if (order === undefined) throw new Error(`there is no order ${number}`);
    return order;
  }

  /** Further away than requests can have used up: the clock was set back. */
  #isSlotFar(at: number): boolean {
    return this.#slot > at + 11 * this.#policy.slotMs;
  }

  #allowed(at: number): number {
    const backoff = this.#notBefore !== undefined && this.#notBefore <= at + DAY ? this.#notBefore : at;
    return Math.max(at, this.#isSlotFar(at) ? at : this.#slot, backoff, this.#policy.quietEnd(at) ?? at);
  }

  /** Refreshed ones first; new and due ones in turns; at last what is further away than an interval. */
  #turnOf(at: number): ModelOrder | undefined {
    const first = (orders: readonly ModelOrder[]) =>
      orders.toSorted((a, b) => (a.next ?? 0) - (b.next ?? 0) || a.queue - b.queue || a.number - b.number)[0];
    const all = [...this.#orders.values()].filter(({ next }) => next !== undefined);
    const refreshed = first(all.filter(({ queue }) => queue === 0));
    const fresh = first(all.filter(({ queue }) => queue === 1));
    const due = first(all.filter(({ queue, next }) => queue > 1 && (next ?? 0) <= at));
    const [far] = all
      .filter(({ queue, next }) => queue === 2 && (next ?? 0) > at + 1.1 * this.#policy.intervalMs)
      .toSorted((a, b) => (b.next ?? 0) - (a.next ?? 0) || b.number - a.number);
    return refreshed ?? (this.#turn % 2 === 0 ? (fresh ?? due) : (due ?? fresh)) ?? far;
  }
}
