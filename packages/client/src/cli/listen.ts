/** `listen`: sends the events of the account's changes to a program under development, as webhooks do. */

import { createHmac } from 'node:crypto';
import {
  CHANGE_EVENT_TYPES,
  type ChangeEvent,
  type ChangeEventType,
  canonicalNumber,
  eventsOfChange,
  ORDER_NUMBER_DIGITS,
  type ReceivedOrder,
} from '@cert-order-status/protocol';
import { Command, InvalidArgumentError } from 'commander';
import { OrderStatusError, TransportError, UnrecognisedArgumentError } from '../errors.ts';
import type { OrderChange } from '../feed/order-change.ts';
import type { OrderStatusClient } from '../order-status-client.ts';
import { localEventBody, orderInEvents } from '../webhooks/local-event.ts';
import { CommandFailure, WRONG_USAGE } from './command-failure.ts';
import { describeFailure, isAboutTheOrder } from './describe-failure.ts';
import { addFollowing, FOLLOWING_HELP, type FollowOptions, followChanges } from './follow-changes.ts';
import { type Forwarded, forwardEvent } from './forward-event.ts';
import { jsonLine, print, printable, printError } from './output.ts';
import { addService, addToken, feedClientOf } from './service-options.ts';
import { SECRET_VARIABLE, webhookSecret } from './webhook-secret.ts';

interface ListenOptions extends FollowOptions {
  readonly forwardTo: URL;
  readonly event?: readonly ChangeEventType[];
  readonly json?: true;
}

const HELP = `
Each event is sent once, after the one before, within 15 s; redirects are not
followed. It is signed with the secret in ${SECRET_VARIABLE}, else with
one made for this run, which is printed. The certificate of an https target must be
one that Node trusts (NODE_EXTRA_CA_CERTS). Beside the feed, each order that has
changed is asked for with login and password.
${FOLLOWING_HELP}`;

/** Makes the command. */
export function listenCommand(): Command {
  const command = new Command('listen')
    .description(
      'send signed webhook events to a program under development, without an endpoint (cert-order-status only)',
    )
    .requiredOption(
      '--forward-to <URL>',
      'where events are sent to, such as http://127.0.0.1:3000/hooks',
      targetOf,
    )
    .option(
      '--event <TYPE>',
      `an event to send, all when left out; repeatable: ${CHANGE_EVENT_TYPES.join(', ')}`,
      addEvent,
    );
  addFollowing(command)
    .option('--json', 'one line of JSON for each event, with its body and what came of it')
    .addHelpText('after', HELP)
    .action(async ({ forwardTo, event: types, json, ...following }: ListenOptions, self: Command) => {
      const { secret, key, isNew } = webhookSecret();
      const client = await feedClientOf(self.opts(), true);
      if (isNew) {
        printError(`Events are signed with ${secret}, made for this run; ${SECRET_VARIABLE} sets another`);
      }
      await followChanges(client, following, async (change, signal) => {
        const events = eventsOfChange(change).filter(({ type }) => types?.includes(type) ?? true);
        const order = events.length === 0 ? undefined : await orderOf(client, change, signal);
        if (order === undefined) return;
        for (const event of events) {
          const message = { id: eventIDOf(key, event, change), body: localEventBody(event, change, order) };
          const outcome = await forwardEvent(forwardTo, key, message, signal);
          if (json) print(jsonLine({ id: message.id, ...outcome, event: JSON.parse(message.body) }));
          else print(describeEvent(event, change, outcome));
        }
      });
    });
  return addService(addToken(command));
}

/** The message does not repeat what was given: it may hold a password. */
function targetOf(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  const isHttp = url?.protocol === 'http:' || url?.protocol === 'https:';
  if (url !== undefined && isHttp && url.username === '' && url.password === '') return url;
  throw new CommandFailure(
    '--forward-to takes an http or https URL without login and password, such as http://127.0.0.1:3000/hooks',
    WRONG_USAGE,
  );
}

function addEvent(given: string, before: readonly ChangeEventType[] = []): readonly ChangeEventType[] {
  const type = CHANGE_EVENT_TYPES.find((each) => each === given);
  if (type !== undefined) return [...before, type];
  throw new InvalidArgumentError(`It must be one of ${CHANGE_EVENT_TYPES.join(', ')}.`);
}

/** The order as it is now, for events; undefined, and told, when it cannot be had. */
async function orderOf(
  client: OrderStatusClient,
  change: OrderChange,
  signal: AbortSignal,
): Promise<Record<string, unknown> | undefined> {
  const { orderNumber, version } = change;
  try {
    return orderInEvents(await askForOrder(client, orderNumber, signal), change);
  } catch (error) {
    // What is wrong with the service or the login is wrong for every order.
    if (!(error instanceof OrderStatusError && (error.isTransient || isAboutTheOrder(error)))) throw error;
    printError(printable(`order ${orderNumber} version ${version}, not sent: ${describeFailure(error)}`));
    return undefined;
  }
}

async function askForOrder(
  client: OrderStatusClient,
  orderNumber: string,
  signal: AbortSignal,
): Promise<ReceivedOrder> {
  if (canonicalNumber(orderNumber, ORDER_NUMBER_DIGITS) === undefined) {
    throw new TransportError('not-a-response', 'the change feed names an order by what is no number');
  }
  const query = { orderNumber, showValidityPeriod: true };
  const status = await client.getDetailedOrderStatus(query, { signal }).catch((error: unknown) => {
    if (!(error instanceof UnrecognisedArgumentError)) throw error;
    // The service is set to revision 1.2.
    return client.getDetailedOrderStatus({ orderNumber }, { signal });
  });
  const [order] = status.orders;
  if (order !== undefined) return order;
  throw new TransportError('not-a-response', 'the response holds no order');
}

/** The same each time that the event is sent with the same secret. */
function eventIDOf(
  key: Buffer,
  { type, place }: ChangeEvent,
  { orderNumber, version, at }: OrderChange,
): string {
  const identity = JSON.stringify([orderNumber, version, at, place, type]);
  return `msg_${createHmac('sha256', key).update(identity).digest('base64url').slice(0, 32)}`;
}

function describeEvent(
  { type, place }: ChangeEvent,
  { at, orderNumber, version }: OrderChange,
  { status, failure, durationMs }: Forwarded,
): string {
  const certificate = place === 0 ? '' : ` certificate ${place}`;
  const outcome = failure ?? `${status} in ${durationMs} ms`;
  return printable(`${at} ${type} order ${orderNumber} version ${version}${certificate}: ${outcome}`);
}
