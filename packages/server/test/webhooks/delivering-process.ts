/**
 * A process that sends webhooks until it is killed: `node delivering-process.ts DATABASE KEY_FILE ROOT_CERTIFICATE
 * HOLDER`.
 */

import { readFileSync } from 'node:fs';
import pino from 'pino';
import { JobRunner } from '../../src/jobs/job-runner.ts';
import { OutboundClient } from '../../src/outbound/outbound-client.ts';
import { KeyRing } from '../../src/secrets/key-ring.ts';
import { Secrets } from '../../src/secrets/secrets.ts';
import { openStore } from '../../src/store/open-store.ts';
import { webhookJob } from '../../src/webhooks/delivery-job.ts';

const [database = '', keyFile = '', root = '', holder = ''] = process.argv.slice(2);
const store = await openStore(database, 'write');
const outbound = new OutboundClient({
  roots: [readFileSync(root, 'utf8')],
  allowNetworks: ['127.0.0.0/8'],
  limits: { timeoutMs: 1500 },
});
const secrets = new Secrets(store.secretRows, new KeyRing({ kind: 'file', path: keyFile, isMade: false }));
const logger = pino({ level: 'error' }, pino.destination(2));
const stepsMs = Array.from({ length: 60 }, () => 40);
const job = webhookJob({ store, outbound, secrets, logger, stepsMs, ratePerSecond: 1000 });
const runner = new JobRunner([job], store.jobLeases, holder, logger);
runner.start();
// The test may end before it kills this process.
process.stdin.resume().once('end', () => process.exit());
