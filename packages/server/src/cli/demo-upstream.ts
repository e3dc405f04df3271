/** The demo's upstream: a second small instance of the service, where orders go on while the demo follows them. */

import { join } from 'node:path';
import type { CertificateRecord, OrderRecord } from '@cert-order-status/protocol';
import type { Logger } from 'pino';
import { hashPassword } from '../accounts/password-hash.ts';
import type { TlsPair } from '../http/tls-pair.ts';
import { type ChangeRequest, type OrderPatch, patchOrder, putOrder } from '../orders/change-request.ts';
import { describeRefusal } from '../orders/describe-refusal.ts';
import type { KeySource } from '../secrets/key-ring.ts';
import { startService } from '../server/service.ts';
import { upstreamAdminOf } from '../server/upstream-admin.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';
import { LEAST_INTERVAL_SECONDS } from '../upstreams/upstream.ts';
import { commandLineAuthor } from './command-line-author.ts';
import { DEMO_ACCOUNT, DEMO_UPSTREAM, FURTHER_ORDER, WATCHED_ORDER } from './demo-orders.ts';

const HOST = '127.0.0.1';
/** The account that the demo has there. */
const LOGIN = { loginName: 'reseller', loginPassword: 'reseller-password' };
/** How long the upstream takes to the first step of an order, and from one to the next, in milliseconds. */
const FIRST_STEP_MS = 4000;
const STEP_MS = 20_000;
const DAY_MS = 86_400_000;

/** Those that the demo follows; 8800004 replaces 8800003, and is followed for that. */
const FOLLOWED = [WATCHED_ORDER, '8800002', '8800003'];

/** A running upstream. */
export interface DemoUpstream {
  /** https, with the port. */
  readonly origin: string;
  /** What its certificate is verified with, in PEM. */
  readonly roots: string;
  /** Stops it, and its orders. */
  stop(): Promise<void>;
}

/** Starts an upstream on a free port of this machine, with a database of its own in the folder. */
export async function startDemoUpstream(
  folder: string,
  pair: TlsPair,
  logger: Logger,
): Promise<DemoUpstream> {
  const database = `sqlite:${join(folder, 'upstream.db')}`;
  const store = await openStore(database, 'write');
  try {
    await store.accounts.add(LOGIN.loginName, await hashPassword(LOGIN.loginPassword));
    for (const record of ORDERS) await change(store, putOrder(record));
    const service = await startService(
      {
        database,
        host: HOST,
        port: 0,
        tls: { pair },
        trustProxy: [],
        probeHost: HOST,
        managementHost: HOST,
        acceptQueryArguments: false,
        suggestedOrgDetails: 'flat',
        stopTimeoutMs: 1000,
      },
      logger.child({ service: DEMO_UPSTREAM }),
    );
    const stopSteps = goOn(store, logger);
    return {
      origin: `https://${HOST}:${service.port}`,
      roots: pair.cert,
      async stop() {
        await stopSteps();
        await service.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}

/** Has the demo follow the upstream and some of its orders. */
export async function followDemoUpstream(
  store: Store,
  secretKeys: KeySource,
  { origin, roots }: DemoUpstream,
): Promise<void> {
  const admin = upstreamAdminOf({ secretKeys }, store, () => {});
  const choice = {
    baseUrl: origin,
    loginName: LOGIN.loginName,
    roots,
    account: DEMO_ACCOUNT,
    intervalSeconds: LEAST_INTERVAL_SECONDS,
    requestsPerMinute: 60,
  };
  await admin.add(DEMO_UPSTREAM, choice, LOGIN.loginPassword);
  await admin.orders.follow(DEMO_UPSTREAM, undefined, FOLLOWED);
}

/** Takes the orders on, step by step. Returns what stops that. */
function goOn(store: Store, logger: Logger): () => Promise<void> {
  const steps = STEPS[Symbol.iterator]();
  let underWay = Promise.resolve();
  const next = () => {
    const { value: step } = steps.next();
    if (step === undefined) return;
    underWay = change(store, step).catch((err: unknown) =>
      logger.error({ err }, "an order of the demo's upstream does not go on"),
    );
    timer = setTimeout(next, STEP_MS);
  };
  let timer = setTimeout(next, FIRST_STEP_MS);
  return async () => {
    clearTimeout(timer);
    await underWay;
  };
}

async function change(store: Store, request: ChangeRequest): Promise<void> {
  const [outcome] = await store.orders.change([request], commandLineAuthor());
  if (outcome?.kind === 'refused') throw new Error(describeRefusal(outcome.refusal));
}

function certificate(
  certificateID: string,
  FQDN: string,
  given: Partial<CertificateRecord>,
): CertificateRecord {
  return {
    certificateID,
    objectType: 'SSL',
    FQDN,
    certificateStatus: 'Awaiting Validation',
    csrStatus: 'completed',
    dcvStatus: 'not-completed',
    ovCallBackStatus: 'not-required',
    organizationValidationStatus: 'not-required',
    freeDVUPStatus: 'not-required',
    evClickThroughStatus: 'not-required',
    caaStatus: 'not-completed',
    ...given,
  };
}

/** Done, and issued. */
function issued(serialNumber: string): Partial<CertificateRecord> {
  const [notBefore, notAfter] = [-10, 190].map((days) => dayFromNow(days));
  return {
    certificateStatus: 'Issued',
    dcvStatus: 'completed',
    caaStatus: 'completed',
    serialNumber,
    notBefore,
    notAfter,
  };
}

function dayFromNow(days: number): string {
  return `${new Date(Date.now() + days * DAY_MS).toISOString().slice(0, 10)}T00:00:00Z`;
}

function order(
  orderNumber: string,
  orderStatus: string,
  only: CertificateRecord,
  replacesOrderNumber?: string,
): OrderRecord {
  return {
    account: LOGIN.loginName,
    orderNumber,
    orderDateTime: dayFromNow(-10),
    orderStatus,
    replacesOrderNumber,
    certificates: [only],
  };
}

const VALIDATED_ORGANIZATION = {
  organizationValidationStatus: 'not-completed',
  ovCallBackStatus: 'not-completed',
} as const;

const ORDERS: readonly OrderRecord[] = [
  order(WATCHED_ORDER, 'Pending', certificate('6660001', 'shop.example.org', VALIDATED_ORGANIZATION)),
  order('8800002', 'Completed', certificate('6660002', 'www.example.org', issued('0A02'))),
  order(
    '8800003',
    'Completed',
    certificate('6660003', 'mail.example.org', { ...issued('0A03'), certificateStatus: 'Replaced' }),
  ),
  order('8800004', 'Pending', certificate('6660004', 'mail.example.org', {}), '8800003'),
  order(FURTHER_ORDER, 'Pending', certificate('6660005', 'blog.example.org', {})),
];

const CHECKS_OF_WATCHED: readonly Partial<CertificateRecord>[] = [
  { dcvStatus: 'in-progress' },
  { dcvStatus: 'completed' },
  { caaStatus: 'in-progress' },
  { caaStatus: 'completed' },
  { organizationValidationStatus: 'in-progress' },
  { organizationValidationStatus: 'completed' },
  { ovCallBackStatus: 'in-progress' },
  { ovCallBackStatus: 'completed' },
];

const STEPS: readonly ChangeRequest[] = [
  ...CHECKS_OF_WATCHED.map((checks) => step(WATCHED_ORDER, '6660001', checks)),
  step(WATCHED_ORDER, '6660001', issued('0A01'), { orderStatus: 'Completed' }),
  step('8800004', '6660004', { dcvStatus: 'in-progress' }),
  step('8800004', '6660004', issued('0A04'), { orderStatus: 'Completed' }),
];

function step(
  orderNumber: string,
  certificateID: string,
  patch: Partial<CertificateRecord>,
  ofOrder: OrderPatch['order'] = {},
): ChangeRequest {
  return patchOrder(orderNumber, { order: ofOrder, certificates: new Map([[certificateID, patch]]) });
}
