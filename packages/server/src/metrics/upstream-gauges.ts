/** How the orders are followed that upstreams have, for Prometheus. */

import { Gauge, type Registry } from 'prom-client';
import { shared } from '../shared-work.ts';
import type { UpstreamFigures } from '../upstreams/upstream.ts';

/** How long what was counted is good for, in milliseconds: to count a million orders takes its time. */
const FIGURES_KEPT_MS = 30_000;

/** An upstream at one moment. */
export interface MeasuredUpstream {
  readonly name: string;
  readonly hasProblem: boolean;
  readonly figures: UpstreamFigures;
}

/** What is shown of each upstream. */
const GAUGES: readonly (readonly [
  name: string,
  help: string,
  value: (upstream: MeasuredUpstream) => number,
])[] = [
  ['followed_orders', 'Orders that are followed at an upstream', ({ figures }) => figures.followed],
  ['due_orders', 'Followed orders that are due to be asked for', ({ figures }) => figures.due],
  ['failing_orders', 'Followed orders whose latest response was of no use', ({ figures }) => figures.failing],
  ['unknown_orders', 'Followed orders that an upstream does not know', ({ figures }) => figures.unknown],
  ['failing', 'Whether the latest request to an upstream has failed', ({ hasProblem }) => Number(hasProblem)],
  [
    'lag_seconds',
    'For how long the followed order has been due that has been due for longest',
    ({ figures }) => figures.lagSeconds,
  ],
  [
    'interval_seconds',
    'How often an open order can be asked for within the budget',
    ({ figures }) => figures.reachedIntervalSeconds,
  ],
];

/** @param figures is called for scrapes; while it fails, as the database is away, there are no values. */
export function addUpstreamGauges(
  registry: Registry,
  figures: () => Promise<readonly MeasuredUpstream[]>,
): void {
  let kept: { readonly upstreams: readonly MeasuredUpstream[]; readonly untilMs: number } | undefined;
  // All gauges are collected at once, with what is read once.
  const known = shared(async () => {
    if (kept === undefined || performance.now() >= kept.untilMs) {
      const upstreams = await figures().catch(() => []);
      kept = { upstreams, untilMs: performance.now() + FIGURES_KEPT_MS };
    }
    return kept.upstreams;
  });
  for (const [name, help, value] of GAUGES) {
    new Gauge({
      name: `cert_order_status_upstream_${name}`,
      help,
      labelNames: ['upstream'],
      registers: [registry],
      aggregator: 'max',
      async collect() {
        const upstreams = await known();
        this.reset();
        for (const upstream of upstreams) this.set({ upstream: upstream.name }, value(upstream));
      },
    });
  }
}
