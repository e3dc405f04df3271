/** What a process of the service counts and measures, for Prometheus. Every name begins with `cert_order_status_`. */

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LoginOutcome } from '../accounts/authenticator.ts';
import type { JobFigures } from '../jobs/job.ts';
import { LIMITS, type LimitName } from '../limits.ts';
import { shared } from '../shared-work.ts';
import type { PoolUse, Prunable } from '../store/store.ts';
import type { RequestKind } from '../upstreams/poll-upstream.ts';
import { BACKLOG_AGES_SECONDS, type QueueFigures } from '../webhooks/webhook-queue.ts';
import { DurationHistogram } from './duration-histogram.ts';
import { EventCounter } from './event-counter.ts';
import type { Snapshot } from './exposition.ts';
import { addUpstreamGauges, type MeasuredUpstream } from './upstream-gauges.ts';

/** From a read in memory to the time-out of a client, in seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];
const LAG_BUCKETS = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const WEBHOOK_BUCKETS = [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 600, 3600, 24 * 3600];

const WEBHOOK_OUTCOMES = ['delivered', 'failed', 'given-up'] as const;
type WebhookOutcome = (typeof WEBHOOK_OUTCOMES)[number];

/** What the primary process starts, and replaces when it dies. */
type ReplacedProcess = 'worker' | 'jobs';

/** The figures of one process. */
export class ServiceMetrics {
  /** What is looked up only when it is read. */
  readonly #registry = new Registry();
  /** What is counted as it happens. */
  readonly #counted: { read(): object }[] = [];
  readonly #requests = this.#counter<number>('requests_total', 'Status requests, by error code', 'code');
  readonly #seconds = this.#histogram(
    'request_seconds',
    'From the first byte of a status request to its response',
    BUCKETS,
  );
  readonly #logins = this.#counter<LoginOutcome>(
    'logins_total',
    'Logins, by what became of them; remembered ones cost no hash',
    'outcome',
  );
  readonly #hashSeconds = this.#histogram(
    'login_hash_seconds',
    'The slow path of a login: waiting for a turn to hash, and the hash',
    BUCKETS,
  );
  readonly #storeSeconds = this.#histogram(
    'store_read_seconds',
    'The read of a status request in the database',
    BUCKETS,
  );
  readonly #managed = this.#counter<number>(
    'management_requests_total',
    'Requests to the management API, by HTTP status',
    'status',
  );
  readonly #followed = this.#counter<number>(
    'customer_requests_total',
    'Requests to the customer API, by HTTP status',
    'status',
  );
  readonly #lag = this.#histogram(
    'change_feed_lag_seconds',
    'From a change to its delivery to a waiting client',
    LAG_BUCKETS,
  );
  readonly #refused = this.#counter('connections_refused_total', 'Connections refused by a limit');

  readonly #pruned = this.#counter<Prunable>(
    'pruned_rows_total',
    'Rows that the service took away as they were old',
    'kind',
  );

  readonly #jobFailures = this.#counter<string>(
    'job_failures_total',
    'Runs of a background job that failed',
    'name',
  );

  readonly #died = this.#counter<ReplacedProcess>(
    'processes_died_total',
    'Processes that died, in whose place others were started',
    'process',
  );
  readonly #webhookAttempts = this.#counter<WebhookOutcome>(
    'webhook_attempts_total',
    'Requests to webhook endpoints, by what became of the event',
    'outcome',
  );
  readonly #webhookLag = this.#histogram(
    'webhook_delivery_seconds',
    'From a change to the response of a webhook endpoint that took it',
    WEBHOOK_BUCKETS,
  );

  readonly #upstreamRequests = new Counter({
    name: 'cert_order_status_upstream_requests_total',
    help: 'Requests to upstreams for followed orders, by what came back',
    labelNames: ['upstream', 'outcome'],
    registers: [this.#registry],
  });

  #certificateExpiry: Gauge | undefined;

  readonly #limits = this.#counter<string>(
    'limit_reached_total',
    'How often something reached a limit',
    'limit',
  );

  /** @param droppedLogLines how many lines of the log its destination has not taken. */
  constructor(droppedLogLines: () => number) {
    new Counter({
      name: 'cert_order_status_log_lines_dropped_total',
      help: 'Log lines that were dropped, as their destination did not take them',
      registers: [this.#registry],
      collect() {
        this.reset();
        this.inc(droppedLogLines());
      },
    });
    for (const limit of Object.keys(LIMITS)) this.#limits.add(limit, 0);
    // Of the process itself: memory, CPU, garbage collection, the delay of the event loop.
    collectDefaultMetrics({ register: this.#registry });
  }

  /** Everything, as other processes add it up. */
  async snapshot(): Promise<Snapshot> {
    return [...this.#counted.map((each) => each.read()), ...(await this.#registry.getMetricsAsJSON())];
  }

  countResponse(errorCode: number, seconds: number): void {
    this.#requests.add(errorCode);
    this.#seconds.observe(seconds);
  }

  /** @param hashSeconds when a password was hashed. */
  loggedIn(outcome: LoginOutcome, hashSeconds?: number): void {
    this.#logins.add(outcome);
    if (hashSeconds !== undefined) this.#hashSeconds.observe(hashSeconds);
  }

  read(seconds: number): void {
    this.#storeSeconds.observe(seconds);
  }

  managed(status: number): void {
    this.#managed.add(status);
  }

  followed(status: number): void {
    this.#followed.add(status);
  }

  handedOn(lagSeconds: number): void {
    this.#lag.observe(lagSeconds);
  }

  refusedConnection(): void {
    this.#refused.add();
  }

  pruned(kind: Prunable, rows: number): void {
    this.#pruned.add(kind, rows);
  }

  limitReached(limit: LimitName): void {
    this.#limits.add(limit);
  }

  /** @param count 0 for a kind of process of which none has died. */
  processesDied(kind: ReplacedProcess, count: number): void {
    this.#died.add(kind, count);
  }

  jobFailed(name: string): void {
    this.#jobFailures.add(name);
  }

  /**
   * Their label is `name`, as Prometheus has a label `job` of its own.
   *
   * @param figures of the jobs of this process; called for every scrape.
   */
  watchJobs(figures: () => readonly JobFigures[]): void {
    for (const { job } of figures()) this.#jobFailures.add(job, 0);
    new Gauge({
      name: 'cert_order_status_job_running',
      help: 'Whether a background job runs here: on one node of all',
      labelNames: ['name'],
      registers: [this.#registry],
      aggregator: 'sum',
      collect() {
        for (const { job, isHeld } of figures()) this.set({ name: job }, Number(isHeld));
      },
    });
    new Gauge({
      name: 'cert_order_status_job_lag_seconds',
      help: 'For how long a background job has not been up to date',
      labelNames: ['name'],
      registers: [this.#registry],
      aggregator: 'max',
      collect() {
        for (const { job, lagSeconds } of figures()) this.set({ name: job }, lagSeconds);
      },
    });
  }

  /** @param lagSeconds from the change to the end of the attempt. */
  webhookSent(outcome: WebhookOutcome, lagSeconds: number): void {
    this.#webhookAttempts.add(outcome);
    if (outcome === 'delivered') this.#webhookLag.observe(lagSeconds);
  }

  /** @param figures is called for every scrape; while it fails, as the database is away, there is no value. */
  watchWebhooks(figures: () => Promise<QueueFigures>): void {
    // Both gauges are collected at once, with what is read once.
    const known = shared(() => figures().catch(() => undefined));
    for (const outcome of WEBHOOK_OUTCOMES) this.#webhookAttempts.add(outcome, 0);
    new Gauge({
      name: 'cert_order_status_webhook_backlog',
      help: 'Webhook events that wait to be delivered, by the least age of their changes in seconds',
      labelNames: ['age'],
      registers: [this.#registry],
      aggregator: 'max',
      async collect() {
        const backlog = (await known())?.backlog ?? [];
        this.reset();
        for (const [index, events] of backlog.entries()) {
          this.set({ age: BACKLOG_AGES_SECONDS[index - 1] ?? 0 }, events);
        }
      },
    });
    new Gauge({
      name: 'cert_order_status_webhook_feed_lag_seconds',
      help: 'For how long the oldest change has waited whose webhook events are not queued yet',
      registers: [this.#registry],
      aggregator: 'max',
      async collect() {
        const lagSeconds = (await known())?.lagSeconds;
        if (lagSeconds === undefined) this.remove();
        else this.set(lagSeconds);
      },
    });
  }

  upstreamAsked(upstream: string, outcome: RequestKind): void {
    this.#upstreamRequests.inc({ upstream, outcome });
  }

  /** @param figures is called for scrapes, at most twice a minute. */
  watchUpstreams(figures: () => Promise<readonly MeasuredUpstream[]>): void {
    addUpstreamGauges(this.#registry, figures);
  }

  /** @param seconds since 1970: the end of the validity of the certificate in use. */
  certificateExpires(seconds: number): void {
    // Not there at all without a certificate: its end would look like one in 1970.
    this.#certificateExpiry ??= new Gauge({
      name: 'cert_order_status_certificate_expiry_timestamp_seconds',
      help: "End of the validity of the service's certificate, in seconds since 1970",
      registers: [this.#registry],
      aggregator: 'min',
    });
    this.#certificateExpiry.set(seconds);
  }

  /** @param count is called for every scrape. */
  watchConnections(count: () => number): void {
    const name = 'cert_order_status_connections';
    const help = 'Connections that are open now';
    new Gauge({
      name,
      help,
      registers: [this.#registry],
      aggregator: 'sum',
      collect() {
        this.set(count());
      },
    });
  }

  /** @param use of the pool that this process has on the database. */
  watchPool(use: () => PoolUse): void {
    new Gauge({
      name: 'cert_order_status_database_connections',
      help: 'Connections to the database, and who waits for one',
      labelNames: ['state'],
      registers: [this.#registry],
      aggregator: 'sum',
      collect() {
        const { open, idle, waiting } = use();
        this.set({ state: 'busy' }, open - idle);
        this.set({ state: 'idle' }, idle);
        this.set({ state: 'waiting' }, waiting);
      },
    });
  }

  #counter<Value extends string | number = never>(
    name: string,
    help: string,
    label?: string,
  ): EventCounter<Value> {
    const counter = new EventCounter<Value>(`cert_order_status_${name}`, help, label);
    this.#counted.push(counter);
    return counter;
  }

  #histogram(name: string, help: string, boundsSeconds: readonly number[]): DurationHistogram {
    const histogram = new DurationHistogram(`cert_order_status_${name}`, help, boundsSeconds);
    this.#counted.push(histogram);
    return histogram;
  }
}
