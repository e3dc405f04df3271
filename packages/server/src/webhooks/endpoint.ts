/** Endpoints: where an account is told of its orders' changes. */

import type { ChangeEventType } from '@cert-order-status/protocol';

/** The most endpoints of one account. */
export const ENDPOINTS_LIMIT = 20;
/** The longest description, in code points. */
export const DESCRIPTION_LIMIT = 200;

/**
 * `active`: events are sent. `paused`: they wait, for 30 days at most. `disabled`: changes are not taken note of; a
 * replay sends what was missed.
 */
export const ENDPOINT_STATES = ['active', 'paused', 'disabled'] as const;
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/** Who has chosen the URL: only what an operator chose may lead to networks that the operator allows. */
export const ENDPOINT_CREATORS = ['operator', 'customer'] as const;
export type EndpointCreator = (typeof ENDPOINT_CREATORS)[number];

/** What can be chosen about an endpoint. */
export interface EndpointChoice {
  /** https. */
  readonly url: string;
  /** The events that are sent; undefined for all, also those of later versions. */
  readonly eventTypes?: readonly ChangeEventType[] | undefined;
  readonly description?: string | undefined;
}

/** An endpoint. Times are RFC 3339 in UTC. */
export interface WebhookEndpoint extends EndpointChoice {
  /** Never used again. */
  readonly endpointID: string;
  readonly accountID: number;
  /** The account's login name. */
  readonly account: string;
  readonly createdBy: EndpointCreator;
  readonly state: EndpointState;
  /** Why it is disabled; or why the service has paused it, which goes on by itself once the reason is gone. */
  readonly reason?: string | undefined;
  readonly created: string;
  readonly lastSuccess?: string | undefined;
  /** Since when no attempt has succeeded, if the latest has failed. */
  readonly failingSince?: string | undefined;
}

/** An endpoint to be added. */
interface NewEndpoint extends EndpointChoice {
  readonly endpointID: string;
  readonly accountID: number;
  readonly createdBy: EndpointCreator;
}

/** The endpoints. */
export interface WebhookEndpoints {
  /** It is told of changes from now on. */
  add(endpoint: NewEndpoint): Promise<'added' | 'account is full'>;
  get(endpointID: string): Promise<WebhookEndpoint | undefined>;
  /** By when they were created. @param accountID of one account; of all when left out. */
  list(page: {
    readonly accountID?: number | undefined;
    readonly after?: string | undefined;
    readonly limit: number;
  }): Promise<readonly WebhookEndpoint[]>;
  /** False when there is no such endpoint. */
  change(endpointID: string, choice: EndpointChoice): Promise<boolean>;
  /**
   * Sets the state, unless the endpoint is in it for this reason already.
   *
   * @param from states that it must be in; any when left out.
   */
  setState(
    endpointID: string,
    to: { readonly state: EndpointState; readonly reason?: string | undefined },
    from?: EndpointState,
  ): Promise<boolean>;
  /** Deletes the endpoint, with a few events of its queue and log at a time. False when there is no such endpoint. */
  remove(endpointID: string): Promise<boolean>;
}
