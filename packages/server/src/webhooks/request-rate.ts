/** How many requests an endpoint gets a second. */

/** How many, unless the operator says otherwise. */
export const WEBHOOK_RATE = 50;

/** A bucket of requests for each endpoint that was sent some lately. */
export class RequestRate {
  readonly #perSecond: number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  /** @param perSecond how many requests a second; so many can also come at once. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** How many requests an endpoint can be sent now. */
  available(endpointID: string, nowMs: number): number {
    const bucket = this.#buckets.get(endpointID);
    if (bucket === undefined) return this.#perSecond;
    const { left, atMs } = bucket;
    return Math.floor(Math.min(this.#perSecond, left + ((nowMs - atMs) / 1000) * this.#perSecond));
  }

  /** Takes note of a request. */
  use(endpointID: string, nowMs: number): void {
    const { left, atMs } = this.#buckets.get(endpointID) ?? { left: this.#perSecond, atMs: nowMs };
    const filled = Math.min(this.#perSecond, left + ((nowMs - atMs) / 1000) * this.#perSecond);
    this.#buckets.set(endpointID, { left: filled - 1, atMs: nowMs });
  }

  /** Forgets buckets that are full again. */
  tidy(nowMs: number): void {
    for (const [endpointID, { atMs }] of this.#buckets) {
      if (nowMs - atMs > 1000) this.#buckets.delete(endpointID);
    }
  }
}
