/** Makes the metrics of a process. */

import type { ServiceMetrics } from '../metrics/service-metrics.ts';

/** Metrics of this process; what they need is loaded now, as most processes do without. */
export async function newMetrics(droppedLogLines: () => number): Promise<ServiceMetrics> {
  const { ServiceMetrics } = await import('../metrics/service-metrics.ts');
  return new ServiceMetrics(droppedLogLines);
}
