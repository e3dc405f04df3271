/** What is counted here, beside what prom-client makes of the same. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Counter, Histogram, Registry } from 'prom-client';
import { runs } from '../../../protocol/test/runs.ts';
import { DurationHistogram } from '../../src/metrics/duration-histogram.ts';
import { EventCounter } from '../../src/metrics/event-counter.ts';
import { countersOf, expositionOf } from '../../src/metrics/exposition.ts';
import { ServiceMetrics } from '../../src/metrics/service-metrics.ts';

const NAME = 'cert_order_status_figures';
const HELP = 'For a test';
const BOUNDS_SECONDS = [0.0005, 0.01, 1, 5];

/** As one process alone, as one of two, and as what is left of one that has ended. */
async function assertSame(figure: { read(): object }, registry: Registry): Promise<void> {
  const snapshot = [figure.read()];
  const expected = await registry.getMetricsAsJSON();
  assert.equal(await expositionOf([snapshot]), await registry.metrics());
  assert.equal(await expositionOf([snapshot, snapshot]), await expositionOf([expected, expected]));
  assert.equal(await expositionOf([snapshot, expected]), await expositionOf([expected, expected]));
  assert.deepEqual(await countersOf([snapshot]), await countersOf([expected]));
  assert.deepEqual(structuredClone(snapshot), JSON.parse(JSON.stringify(snapshot)));
}

test('a counter with a label, whatever it has counted', async () => {
  const value = fc.constantFrom<string | number>(0, -1, -16, 200, 'verified', 'a "b" \\ c');
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(value, fc.nat(3))), async (counts) => {
      const registry = new Registry();
      const expected = new Counter({ name: NAME, help: HELP, labelNames: ['label'], registers: [registry] });
      const counter = new EventCounter<string | number>(NAME, HELP, 'label');
      for (const [label, count] of counts) {
        expected.inc({ label }, count);
        counter.add(label, count);
      }
      await assertSame(counter, registry);
    }),
    { numRuns: runs(50) },
  );
});

test('a counter without a label, before and after it has counted', async () => {
  const registry = new Registry();
  const expected = new Counter({ name: NAME, help: HELP, registers: [registry] });
  const counter = new EventCounter(NAME, HELP);
  await assertSame(counter, registry);
  expected.inc();
  counter.add();
  await assertSame(counter, registry);
});

test('a histogram, whatever took how long', async () => {
  const seconds = fc.oneof(
    fc.constantFrom(0, ...BOUNDS_SECONDS),
    fc.double({ min: 0, max: 10, noNaN: true }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(seconds), async (durations) => {
      const registry = new Registry();
      const expected = new Histogram({
        name: NAME,
        help: HELP,
        buckets: [...BOUNDS_SECONDS],
        registers: [registry],
      });
      const histogram = new DurationHistogram(NAME, HELP, BOUNDS_SECONDS);
      for (const duration of durations) {
        expected.observe(duration);
        histogram.observe(duration);
      }
      await assertSame(histogram, registry);
    }),
    { numRuns: runs(50) },
  );
});

test('figures that come from a database which is away are left out, and the others are there', async () => {
  const metrics = new ServiceMetrics(() => 0);
  let isAway = false;
  metrics.watchWebhooks(async () => {
    if (isAway) throw new Error('away');
    return { backlog: [3], lagSeconds: 2 };
  });
  const exposition = async () => expositionOf([await metrics.snapshot()]);
  assert.match(await exposition(), /^cert_order_status_webhook_backlog\{age="0"\} 3$/m);
  assert.match(await exposition(), /^cert_order_status_webhook_feed_lag_seconds 2$/m);
  isAway = true;
  assert.doesNotMatch(await exposition(), /^cert_order_status_webhook_(?:backlog\{age|feed_lag_seconds)/m);
  assert.match(await exposition(), /^process_cpu_seconds_total /m);
});
