/** How many requests an endpoint gets a second. */

/** How many, unless the operator says otherwise. */
export const WEBHOOK_RATE = 50;

/** A bucket of requests for each endpoint that was sent some lately. */
export class RequestRate {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  readonly #buckets = new Map<string, { left: number; atMs: number }>();

  /**
   * @param perSecond how many requests a second; so many can also come at once.
   * @param nowMs the time in milliseconds since any moment; it never goes back.
   */
  constructor(perSecond: number, nowMs: () => number = () => performance.now()) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
  }

  /** How many requests an endpoint can be sent now. */
  available(endpointID: string): number {
    return Math.floor(this.#left(endpointID));
  }

  /** Takes note of a request. */
  use(endpointID: string): void {
    this.#buckets.set(endpointID, { left: this.#left(endpointID) - 1, atMs: this.#nowMs() });
  }

  /** Forgets buckets that are full again. Returns how many are left. */
  tidy(): number {
    for (const endpointID of this.#buckets.keys()) {
      if (this.#left(endpointID) === this.#perSecond) this.#buckets.delete(endpointID);
    }
    return this.#buckets.size;
  }

  #left(endpointID: string): number {
    const bucket = this.#buckets.get(endpointID);
    if (bucket === undefined) return this.#perSecond;
    const { left, atMs } = bucket;
    return Math.min(this.#perSecond, left + ((this.#nowMs() - atMs) / 1000) * this.#perSecond);
  }
}
