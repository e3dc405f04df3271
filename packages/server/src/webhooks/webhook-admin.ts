/**
 * What operators and customers do with webhook endpoints, once for the command line, the management API, the console
 * and the checker.
 */

import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CHANGE_EVENT_TYPES, count, textProblem } from '@cert-order-status/protocol';
import { unknownAccount } from '../accounts/account-admin.ts';
import type { Accounts } from '../accounts/accounts.ts';
import { AdminError } from '../accounts/admin-error.ts';
import { type ListPage, listPage } from '../accounts/list-page.ts';
import type { OnLimit } from '../limits.ts';
import { parseCursor } from '../orders/cursor.ts';
import type { History } from '../orders/history.ts';
import { OutboundError } from '../outbound/outbound-error.ts';
import { parseOutboundUrl } from '../outbound/outbound-url.ts';
import type { Secrets } from '../secrets/secrets.ts';
import {
  DESCRIPTION_LIMIT,
  ENDPOINTS_LIMIT,
  type EndpointChoice,
  type EndpointCreator,
  type WebhookEndpoint,
  type WebhookEndpoints,
} from './endpoint.ts';
import { foundEvents } from './feed-reader.ts';
import { newWebhookSecret } from './signature.ts';
import { LOG_KEPT_MS, type LoggedEvent, type WebhookQueue } from './webhook-queue.ts';

/** How long the secret before a rotation signs beside the new one, in milliseconds. */
const SECRET_OVERLAP_MS = 24 * 60 * 60_000;
/** How many pings and resent events an account may ask for an hour. */
export const REQUESTS_PER_HOUR = 60;

const HOUR_MS = 60 * 60_000;
const ID_BYTES = 12;
/** How many changes a replay queues at a time; between two times others have the database. */
const REPLAYED_CHANGES = 100;
const REPLAY_PAUSE_MS = 5;
/** How many places of the history are looked at, at a time. */
const REPLAYED_PLACES = 20_000;

/** Why an endpoint is disabled while its events go. */
const REMOVAL = 'it is being removed; if it stays, remove it again';

/** An endpoint without what is for the service alone. */
export function shownEndpoint({
  accountID: _,
  ...endpoint
}: WebhookEndpoint): Omit<WebhookEndpoint, 'accountID'> {
  return endpoint;
}

/** What the use cases work on. */
export interface WebhookParts {
  readonly store: {
    readonly accounts: Pick<Accounts, 'find'>;
    readonly webhookEndpoints: WebhookEndpoints;
    readonly webhookQueue: WebhookQueue;
    readonly history: Pick<History, 'forWebhooks'>;
  };
  readonly secrets: Pick<Secrets, 'put' | 'remove'>;
  /** Checks more of a URL than its form; see `OutboundClient.checkUrl`. */
  readonly checkUrl?: (url: string, how: { readonly isOperators: boolean }) => Promise<string>;
  readonly onLimit?: OnLimit | undefined;
}

/** Whose endpoint it must be: that of an account for its own pages, of any for operators. */
export interface Owner {
  readonly accountID?: number | undefined;
}

/** What changes of an endpoint. What is left out stays; null is all events, or no description. */
interface EndpointChange {
  readonly url?: string | undefined;
  readonly eventTypes?: EndpointChoice['eventTypes'] | null;
  readonly description?: string | null | undefined;
}

/** Whether the endpoint's URL can be changed by its owner. */
export function canChangeUrl({ createdBy }: WebhookEndpoint, { accountID }: Owner): boolean {
  return createdBy === 'customer' || accountID === undefined;
}

/**
 * Administers the webhook endpoints of one store. Each method throws an {@link AdminError} when it changes nothing, and
 * `SecretUnavailable` when there is no key to encrypt a secret with.
 */
export class WebhookAdmin {
  readonly #parts: WebhookParts;
  /** Accounts with a replay under way. */
  readonly #replaying = new Set<number>();

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /**
   * Adds an endpoint.
   *
   * @returns it, and its secret, which is to be shown once.
   */
  async add(
    loginName: string,
    choice: EndpointChoice,
    createdBy: EndpointCreator,
  ): Promise<{ readonly endpoint: WebhookEndpoint; readonly secret: string }> {
    const { store, secrets, onLimit } = this.#parts;
    const account = await store.accounts.find(loginName);
    if (account === undefined) throw unknownAccount(loginName);
    const checked = await this.#checked(choice, createdBy);
    const endpointID = `we_${randomBytes(ID_BYTES).toString('hex')}`;
    const secret = newWebhookSecret();
    // Its secret is there before it can be needed.
    await secrets.put({ purpose: 'webhook', owner: endpointID }, secret);
    const { accountID } = account;
    const added = await store.webhookEndpoints.add({ ...checked, endpointID, accountID, createdBy });
    if (added === 'account is full') {
      await secrets.remove({ purpose: 'webhook', owner: endpointID });
      onLimit?.('webhookEndpoints');
      const most = count(ENDPOINTS_LIMIT, 'webhook endpoint');
      const problem = `an account has at most ${most}; remove one that is not in use`;
      throw new AdminError('limit-reached', 'endpointID', problem);
    }
    return { endpoint: await this.get(endpointID), secret };
  }

  /** An endpoint, if it is the owner's. */
  async get(endpointID: string, { accountID }: Owner = {}): Promise<WebhookEndpoint> {
    const endpoint = await this.#parts.store.webhookEndpoints.get(endpointID);
    if (endpoint !== undefined && (accountID === undefined || endpoint.accountID === accountID)) {
      return endpoint;
    }
    throw new AdminError('not-found', 'endpointID', `there is no webhook endpoint '${endpointID}'`);
  }

  /** Endpoints, by when they were added. */
  async list({
    loginName,
    after,
    limit,
  }: {
    readonly loginName?: string | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<ListPage<WebhookEndpoint>> {
    const { accounts, webhookEndpoints } = this.#parts.store;
    const account = loginName === undefined ? undefined : await accounts.find(loginName);
    if (loginName !== undefined && account === undefined) throw unknownAccount(loginName);
    const page = { accountID: account?.accountID, after, limit: limit + 1 };
    return listPage(await webhookEndpoints.list(page), limit, ({ endpointID }) => endpointID);
  }

  /**
   * Changes what was chosen. The URL of an endpoint that an operator created may lead to networks that customers do not
   * reach, so customers do not change it.
   */
  async change(
    endpointID: string,
    { url, eventTypes, description }: EndpointChange,
    owner: Owner = {},
  ): Promise<WebhookEndpoint> {
    const before = await this.get(endpointID, owner);
    if (url !== undefined && url !== before.url && !canChangeUrl(before, owner)) {
      const problem = 'the URL of an endpoint that the operator created is changed by the operator alone';
      throw new AdminError('invalid', 'url', problem);
    }
    const choice = {
      url: url ?? before.url,
      eventTypes: eventTypes === undefined ? before.eventTypes : (eventTypes ?? undefined),
      description: description === undefined ? before.description : (description ?? undefined),
    };
    // The rest can be changed while the name in the URL does not resolve.
    const checked = await this.#checked(choice, before.createdBy, choice.url !== before.url);
    await this.#parts.store.webhookEndpoints.change(endpointID, checked);
    return this.get(endpointID, owner);
  }

  /** Events wait from now on. */
  async pause(endpointID: string, owner?: Owner): Promise<WebhookEndpoint> {
    await this.get(endpointID, owner);
    await this.#parts.store.webhookEndpoints.setState(endpointID, { state: 'paused' });
    return this.get(endpointID, owner);
  }

  /** Sends what waits, at once, and what comes; also of an endpoint that was disabled. */
  async resume(endpointID: string, owner?: Owner): Promise<WebhookEndpoint> {
    await this.get(endpointID, owner);
    await this.#parts.store.webhookEndpoints.setState(endpointID, { state: 'active' });
    return this.get(endpointID, owner);
  }

  /** Makes a new secret, to be shown once. For a day both sign. */
  async rotate(endpointID: string, owner?: Owner): Promise<string> {
    await this.get(endpointID, owner);
    const secret = newWebhookSecret();
    await this.#parts.secrets.put({ purpose: 'webhook', owner: endpointID }, secret, SECRET_OVERLAP_MS);
    return secret;
  }

  /** Queues a ping, which is sent once, whatever the endpoint's state. Returns its ID. */
  async test(endpointID: string, owner?: Owner): Promise<string> {
    const { accountID } = await this.get(endpointID, owner);
    await this.#admit(accountID);
    const eventID = `msg_${randomBytes(2 * ID_BYTES).toString('base64url')}`;
    await this.#parts.store.webhookQueue.ping(endpointID, eventID);
    return eventID;
  }

  /** Queues an event again that was delivered or given up. False when it waits already. */
  async resend(endpointID: string, eventID: string, owner?: Owner): Promise<boolean> {
    const { accountID } = await this.get(endpointID, owner);
    const event = await this.#parts.store.webhookQueue.event(eventID);
    if (event === undefined || event.endpointID !== endpointID || event.type === 'ping') {
      throw new AdminError('not-found', 'eventID', `the endpoint has no event '${eventID}' of an order`);
    }
    await this.#admit(accountID);
    return this.#parts.store.webhookQueue.resend(eventID);
  }

  /**
   * Queues the events of all changes since a moment again, also of those that the endpoint was not told of. Returns how
   * many were queued. An account has one replay at a time.
   */
  async replay(endpointID: string, sinceMs: number, owner?: Owner): Promise<number> {
    const endpoint = await this.get(endpointID, owner);
    const nowMs = Date.now();
    if (!(sinceMs <= nowMs && sinceMs >= nowMs - LOG_KEPT_MS)) {
      const problem = 'must be a moment of the past 30 days';
      throw new AdminError('invalid', 'since', problem, `the moment ${problem}`);
    }
    const { accountID } = endpoint;
    if (this.#replaying.has(accountID)) {
      this.#parts.onLimit?.('webhookReplays');
      throw new AdminError(
        'limit-reached',
        'since',
        'a replay for the account is under way; wait until it is done',
      );
    }
    this.#replaying.add(accountID);
    try {
      return await this.#replaySince(endpoint, sinceMs);
    } finally {
      this.#replaying.delete(accountID);
    }
  }

  async #replaySince(
    { endpointID, accountID, eventTypes = CHANGE_EVENT_TYPES }: WebhookEndpoint,
    sinceMs: number,
  ): Promise<number> {
    const { webhookQueue, history } = this.#parts.store;
    const range = await webhookQueue.changesSince(accountID, sinceMs);
    let queued = 0;
    for (let { after = 0, upTo = 0 } = range ?? {}; after < upTo; ) {
      const end = Math.min(after + REPLAYED_PLACES, upTo);
      const changes = await history.forWebhooks({ after, upTo: end, accountID }, REPLAYED_CHANGES);
      const events = changes.flatMap(foundEvents).filter(({ type }) => eventTypes.includes(type));
      if (events.length > 0) queued += await webhookQueue.replay(endpointID, events);
      const last = changes.at(-1);
      after = last === undefined ? end : Number(parseCursor(last.cursor).place);
      await pause(REPLAY_PAUSE_MS);
    }
    return queued;
  }

  /** Deletes an endpoint, its secret, its queue and its log. Nothing is sent any more. */
  async remove(endpointID: string, owner?: Owner): Promise<void> {
    await this.get(endpointID, owner);
    const { webhookEndpoints } = this.#parts.store;
    await webhookEndpoints.setState(endpointID, { state: 'disabled', reason: REMOVAL });
    // First, so that none is left of an endpoint that is gone, wherever this ends.
    await this.#parts.secrets.remove({ purpose: 'webhook', owner: endpointID });
    await webhookEndpoints.remove(endpointID);
  }

  /**
   * Events of an endpoint, those of the latest changes first.
   *
   * @param viewer customers see neither what is known of the operator's network, nor the responses of an endpoint that
   * an operator created.
   */
  async events(
    endpointID: string,
    { before, limit }: { readonly before?: string | undefined; readonly limit: number },
    viewer: EndpointCreator,
    owner?: Owner,
  ): Promise<ListPage<LoggedEvent>> {
    const endpoint = await this.get(endpointID, owner);
    const found = await this.#parts.store.webhookQueue.events(endpointID, { before, limit: limit + 1 });
    const shown = viewer === 'operator' ? found : found.map((event) => forCustomers(event, endpoint));
    return listPage(shown, limit, ({ eventID }) => eventID);
  }

  async #checked(
    choice: EndpointChoice,
    createdBy: EndpointCreator,
    isNewUrl = true,
  ): Promise<EndpointChoice> {
    const { eventTypes, description } = choice;
    const unknown = eventTypes?.find((type) => !CHANGE_EVENT_TYPES.includes(type));
    if (unknown !== undefined || eventTypes?.length === 0) {
      const problem = `must be one or more of ${CHANGE_EVENT_TYPES.join(', ')}`;
      throw new AdminError('invalid', 'eventTypes', problem, `the event types ${problem}`);
    }
    const wrong = description === undefined ? undefined : textProblem(description, DESCRIPTION_LIMIT);
    if (wrong !== undefined) {
      throw new AdminError('invalid', 'description', wrong, `the description ${wrong}`);
    }
    const { checkUrl = async (url) => parseOutboundUrl(url).href } = this.#parts;
    try {
      const isOperators = createdBy === 'operator';
      const url = isNewUrl ? await checkUrl(choice.url, { isOperators }) : choice.url;
      return { url, eventTypes: eventTypes && [...new Set(eventTypes)], description };
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      const problem = createdBy === 'operator' ? error.message : error.customerMessage;
      throw new AdminError('invalid', 'url', problem);
    }
  }

  /** @throws {AdminError} when an account asks for too much. */
  async #admit(accountID: number): Promise<void> {
    const asked = await this.#parts.store.webhookQueue.countRequested(accountID, HOUR_MS);
    if (asked < REQUESTS_PER_HOUR) return;
    this.#parts.onLimit?.('webhookRequests');
    const problem = `an account has at most ${REQUESTS_PER_HOUR} tests and resent events an hour; try again later`;
    throw new AdminError('limit-reached', 'endpointID', problem);
  }
}

function forCustomers(event: LoggedEvent, { createdBy }: WebhookEndpoint): LoggedEvent {
  const latestAttempts = event.latestAttempts.map(({ errorForCustomers, response, ...attempt }) => ({
    ...attempt,
    error: errorForCustomers,
    response: createdBy === 'operator' ? undefined : response,
  }));
  return { ...event, latestAttempts };
}
