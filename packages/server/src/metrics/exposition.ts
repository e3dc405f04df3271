/** What Prometheus reads: the figures of all processes in one. */

import { AggregatorRegistry, type MetricObjectWithValues, type MetricValue } from 'prom-client';

/** The figures of one process at one moment, in a form that can be sent to another. */
export type Snapshot = readonly object[];
type Metric = MetricObjectWithValues<MetricValue<string>>;

/** Prometheus's own text format. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Adds up the figures of several processes. */
export async function expositionOf(snapshots: readonly Snapshot[]): Promise<string> {
  return AggregatorRegistry.aggregate(snapshots as Metric[][]).metrics();
}

/**
 * What outlives a process that has ended, in one with what is there of others: what only ever goes up. Without it the
 * sums of all processes would go down with each that ends.
 */
export async function countersOf(snapshots: readonly Snapshot[]): Promise<Snapshot> {
  const kept = snapshots.map((snapshot) =>
    (snapshot as Metric[]).filter(
      ({ name, type }) =>
        name.startsWith('cert_order_status_') && (String(type) === 'counter' || String(type) === 'histogram'),
    ),
  );
  return AggregatorRegistry.aggregate(kept).getMetricsAsJSON();
}
