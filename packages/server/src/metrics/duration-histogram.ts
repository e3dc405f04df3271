/** How long something took, in buckets. As cheap as counting: see `event-counter.ts`. */

/** A histogram as Prometheus has them; {@link DurationHistogram.read} makes what `prom-client` would of it. */
export class DurationHistogram {
  readonly #name: string;
  readonly #help: string;
  /** Ascending, in seconds. */
  readonly #bounds: Float64Array;
  /** How many are in each bucket alone; the last are those above all bounds. */
  readonly #counts: Float64Array;
  #sumSeconds = 0;

  /** @param boundsSeconds the upper bounds of the buckets, ascending; each is part of its bucket. */
  constructor(name: string, help: string, boundsSeconds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#bounds = Float64Array.from(boundsSeconds);
    this.#counts = new Float64Array(boundsSeconds.length + 1);
  }

  observe(seconds: number): void {
    const bounds = this.#bounds;
    let bucket = 0;
    while (bucket < bounds.length && seconds > (bounds[bucket] as number)) bucket++;
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1;
    this.#sumSeconds += seconds;
  }

  /** Each bucket with those below it, and the sum and the count of all. */
  read(): object {
    const name = this.#name;
    let count = 0;
    const buckets = Array.from(this.#counts, (ofBucket, index) => {
      count += ofBucket;
      return { labels: { le: this.#bounds[index] ?? '+Inf' }, value: count, metricName: `${name}_bucket` };
    });
    return {
      name,
      help: this.#help,
      type: 'histogram',
      values: [
        ...buckets,
        { labels: {}, value: this.#sumSeconds, metricName: `${name}_sum` },
        { labels: {}, value: count, metricName: `${name}_count` },
      ],
      aggregator: 'sum',
    };
  }
}
