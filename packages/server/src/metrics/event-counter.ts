/**
 * Counting by one label. Something is counted several times a request, so it costs next to nothing until it is read.
 */

/** A counter as Prometheus has them; {@link EventCounter.read} makes what `prom-client` would of it. */
export class EventCounter<Value extends string | number = never> {
  readonly #name: string;
  readonly #help: string;
  readonly #label: string | undefined;
  readonly #counts = new Map<Value | undefined, number>();

  /** @param label the name of the label; without one there is one count, which begins with 0. */
  constructor(name: string, help: string, label?: string) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
    if (label === undefined) this.#counts.set(undefined, 0);
  }

  /** @param value of the label; the count of one that was never given is not there at all. */
  add(value?: Value, count = 1): void {
    this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  /** All counts so far. */
  read(): object {
    const label = this.#label;
    return {
      name: this.#name,
      help: this.#help,
      type: 'counter',
      values: Array.from(this.#counts, ([value, count]) => ({
        value: count,
        labels: label === undefined ? {} : { [label]: value },
      })),
      aggregator: 'sum',
    };
  }
}
