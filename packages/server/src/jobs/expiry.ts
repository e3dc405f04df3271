/** The job that makes certificates expired once their validity is over. */

import { setTimeout as pause } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Author } from '../orders/change.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import {
  type ExpiredCertificate,
  type ExpiringCertificates,
  expireCertificates,
} from '../orders/expiring-certificates.ts';
import type { OrderStore } from '../orders/order-store.ts';
import type { Job, JobTurn } from './job.ts';

/** How often certificates are looked for, in milliseconds. */
const INTERVAL_MS = 5000;
/** How many orders change a second at most: an import of old certificates floods neither history nor change feed. */
const CHANGES_PER_SECOND = 100;
/** How many certificates are looked for at a time; their orders change in one transaction. */
const BATCH_CERTIFICATES = 10;

/**
 * A look at all certificates whose validity is over goes past those of followed orders, however many. One that takes
 * longer than so many milliseconds is not repeated before a hundred times the rest of its time has passed.
 */
const FREE_LOOK_MS = 250;
const PAUSE_PER_LOOK = 100;

const BY: Author = { kind: 'service', name: 'expiry' };

interface ExpiryParts {
  readonly orders: Pick<OrderStore, 'change'>;
  readonly expiringCertificates: ExpiringCertificates;
}

/**
 * Makes certificates expired, those first whose validity has been over for longest. Those that the rules refuse are
 * passed over, and tried again in the next run that looks at all; others look at those whose validity has ended since.
 *
 * @param nowMs the time in milliseconds since any moment; it never goes back.
 */
export function expiryJob(
  { orders, expiringCertificates }: ExpiryParts,
  logger: Logger,
  nowMs = () => performance.now(),
): Job {
  /** What the next run looks at until when: those behind this place. */
  let lookedAtAll: { readonly untilMs: number; readonly since: ExpiredCertificate } | undefined;
  return {
    name: BY.name,
    intervalMs: INTERVAL_MS,
    async run(turn: JobTurn) {
      if (lookedAtAll !== undefined && nowMs() >= lookedAtAll.untilMs) lookedAtAll = undefined;
      let last = lookedAtAll?.since;
      let since: ExpiredCertificate | undefined;
      let lookMs = 0;
      while (turn.isHeld()) {
        const begunMs = nowMs();
        const { certificates, nowSeconds } = await expiringCertificates.expired(BATCH_CERTIFICATES, last);
        lookMs += nowMs() - begunMs;
        since ??= { notAfterSeconds: nowSeconds, orderNumber: '0', position: 0 };
        last = certificates.at(-1);
        if (last === undefined) {
          const untilMs = nowMs() + Math.max(0, lookMs - FREE_LOOK_MS) * PAUSE_PER_LOOK;
          lookedAtAll ??= { untilMs, since };
          return;
        }
        if (!turn.isHeld()) return;
        const numbers = new Set(certificates.map(({ orderNumber }) => orderNumber));
        const requests = [...numbers].map((orderNumber) => expireCertificates(orderNumber, nowSeconds));
        for (const outcome of await orders.change(requests, BY, { lease: turn.lease })) {
          if (outcome.kind !== 'refused') continue;
          logger.error(
            { reason: describeRefusal(outcome.refusal) },
            'certificates of an order could not expire',
          );
        }
        const pauseMs = (requests.length * 1000) / CHANGES_PER_SECOND;
        // Rejects when the job has to end.
        await pause(pauseMs, undefined, { signal: turn.signal });
      }
    },
  };
}
