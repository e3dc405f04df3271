/** A process that counts how often it tells its figures. */

import { Counter, Registry } from 'prom-client';
import type { Figures, TellFigures } from '../../src/server/process-figures.ts';

const registry = new Registry();
const told = new Counter({ name: 'cert_order_status_told_total', help: 'Told', registers: [registry] });
process.on('message', async (message: TellFigures) => {
  if (message.kind !== 'tell figures') return;
  told.inc();
  process.send?.({ kind: 'figures', snapshot: await registry.getMetricsAsJSON() } satisfies Figures);
});
