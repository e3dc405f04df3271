/** A service with two workers whose secret for session tickets lasts so many milliseconds; it prints its port. */

import { pino } from 'pino';
import { startService } from '../../../src/server/service.ts';

const [database = '', cert = '', key = '', lifetimeMs = ''] = process.argv.slice(2);
const service = await startService(
  {
    database,
    host: '127.0.0.1',
    port: 0,
    tls: { cert, key },
    ticketKeysLifetimeMs: Number(lifetimeMs),
    workers: 2,
    trustProxy: [],
    probeHost: '127.0.0.1',
    managementHost: '127.0.0.1',
    acceptQueryArguments: false,
    suggestedOrgDetails: 'flat',
    stopTimeoutMs: 2000,
    expiry: false,
  },
  pino({ enabled: false }),
);
console.log(`port ${service.port}`);
process.once('SIGTERM', async () => {
  await service.stop();
  process.exit();
});
