/** `webhook …`: where accounts are told of changes. */

import { setTimeout as pause } from 'node:timers/promises';
import { jsonLine, print, printError, table } from '@cert-order-status/client/cli';
import { CHANGE_EVENT_TYPES, type ChangeEventType, count } from '@cert-order-status/protocol';
import { Command } from 'commander';
import { OperatorError } from '../operator-error.ts';
import { Secrets } from '../secrets/secrets.ts';
import type { Store } from '../store/store.ts';
import type { WebhookEndpoint } from '../webhooks/endpoint.ts';
import { shownEndpoint, WebhookAdmin } from '../webhooks/webhook-admin.ts';
import type { LoggedEvent } from '../webhooks/webhook-queue.ts';
import { withStore } from './database-option.ts';
import { momentAgo } from './moment.ts';
import { addSecretKeyOption, keyRingOf } from './secret-key-option.ts';

/** How many endpoints are read at a time, and how many events are shown unless more are asked for. */
const PAGE_ENDPOINTS = 200;
const EVENTS_SHOWN = 20;
/** How long a test waits for its outcome, in milliseconds, and how often it looks. */
const TEST_TIMEOUT_MS = 20_000;
const TEST_INTERVAL_MS = 200;

/** Makes the command. */
export function webhookCommand(): Command {
  return new Command('webhook')
    .description('add, list, test, pause, rotate, replay and remove the webhook endpoints of accounts')
    .addCommand(addCommand())
    .addCommand(listCommand())
    .addCommand(showCommand())
    .addCommand(testCommand())
    .addCommand(stateCommand('pause', 'let the events of an endpoint wait, for 30 days at most'))
    .addCommand(
      stateCommand('resume', 'send what waits, and what comes; also to an endpoint that was disabled'),
    )
    .addCommand(rotateCommand())
    .addCommand(replayCommand())
    .addCommand(removeCommand());
}

const ADD_DETAILS = `
The secret that signs the requests is printed once, alone on standard output. The service
sends requests to public addresses, and to the networks of its --outbound-allow.`;

interface AddOptions {
  readonly account: string;
  readonly event?: readonly ChangeEventType[];
  readonly description?: string;
}

function addCommand(): Command {
  const command = new Command('add')
    .description("add an endpoint that is told of the changes of an account's orders, and print its secret")
    .argument('<URL>', 'where events are sent to: https')
    .requiredOption('--account <LOGIN>', "the account's login name")
    .option('--event <TYPE>', `an event to send, all when left out: ${CHANGE_EVENT_TYPES.join(', ')}`, addTo)
    .option('--description <TEXT>', 'what it is for')
    .addHelpText('after', ADD_DETAILS)
    .action(async (url: string, options: AddOptions, self: Command) => {
      const { account, event: eventTypes, description } = options;
      const choice = { url, eventTypes, description };
      const { endpoint, secret } = await withAdmin(self, (admin) => admin.add(account, choice, 'operator'));
      printError(`webhook endpoint ${endpoint.endpointID} of account '${account}' was added.`);
      printError('Its secret is shown only this once:');
      print(secret);
    });
  return addSecretKeyOption(command);
}

/** The admin says which types there are. */
function addTo(type: string, before: readonly string[] = []): readonly string[] {
  return [...before, type];
}

function listCommand(): Command {
  const command = new Command('list')
    .description('list the endpoints, by when they were added')
    .option('--account <LOGIN>', 'those of one account')
    .option('--json', 'one JSON object a line')
    .action(async ({ account, json }: { account?: string; json?: true }, self: Command) => {
      const rows: string[][] = [];
      await withAdmin(self, async (admin) => {
        for (let after: string | undefined; ; ) {
          const { items, next } = await admin.list({ loginName: account, after, limit: PAGE_ENDPOINTS });
          for (const endpoint of items) {
            if (json) print(jsonLine(shownEndpoint(endpoint)));
            else rows.push([endpoint.endpointID, endpoint.account, endpoint.state, endpoint.url]);
          }
          if (next === undefined) return;
          after = next;
        }
      });
      if (!json) print(table([['ID', 'ACCOUNT', 'STATE', 'URL'], ...rows]));
    });
  return addSecretKeyOption(command);
}

function showCommand(): Command {
  const command = new Command('show')
    .description('show an endpoint, and the latest events of its log')
    .argument('<ID>', "the endpoint's ID")
    .option('--json', 'one JSON object a line: the endpoint, then its events')
    .action(async (endpointID: string, { json }: { json?: true }, self: Command) => {
      const { endpoint, events } = await withAdmin(self, async (admin) => ({
        endpoint: await admin.get(endpointID),
        events: (await admin.events(endpointID, { limit: EVENTS_SHOWN }, 'operator')).items,
      }));
      if (json) for (const each of [shownEndpoint(endpoint), ...events]) print(jsonLine(each));
      else
        print([...describeEndpoint(endpoint), '', table([EVENT_HEAD, ...events.map(eventRow)])].join('\n'));
    });
  return addSecretKeyOption(command);
}

function describeEndpoint(endpoint: WebhookEndpoint): string[] {
  const { endpointID, account, url, state, reason, eventTypes, description, createdBy, lastSuccess } =
    endpoint;
  return [
    `${endpointID}: ${state}${reason === undefined ? '' : ` (${reason})`}`,
    `account ${account}, added by the ${createdBy} ${endpoint.created}`,
    `URL ${url}`,
    `events: ${eventTypes?.join(', ') ?? 'all'}`,
    ...(description === undefined ? [] : [`description: ${description}`]),
    `last success: ${lastSuccess ?? 'none'}`,
    ...(endpoint.failingSince === undefined ? [] : [`failing since ${endpoint.failingSince}`]),
  ];
}

const EVENT_HEAD = ['CHANGED', 'EVENT', 'ORDER', 'STATE', 'ATTEMPTS', 'LATEST'];

function eventRow({ at, type, orderNumber, state, attempts, latestAttempts }: LoggedEvent): string[] {
  const [latest] = latestAttempts;
  return [
    at,
    type,
    orderNumber ?? '',
    state,
    String(attempts),
    latest === undefined ? '' : outcomeOf(latest),
  ];
}

function outcomeOf({ status, error, durationMs }: LoggedEvent['latestAttempts'][number]): string {
  return `${error ?? `HTTP status ${status}`} after ${durationMs} ms`;
}

function testCommand(): Command {
  const command = new Command('test')
    .description('send an event of the type ping, once, and say what the endpoint responded')
    .argument('<ID>', "the endpoint's ID")
    .action(async (endpointID: string, _options: unknown, self: Command) => {
      const event = await withAdmin(self, async (admin, store) => {
        const eventID = await admin.test(endpointID);
        for (const endMs = Date.now() + TEST_TIMEOUT_MS; Date.now() < endMs; ) {
          const found = await store.webhookQueue.event(eventID);
          if (found?.state !== 'queued') return found;
          await pause(TEST_INTERVAL_MS);
        }
        throw new OperatorError('the ping waits: no service has sent it yet; is one running?');
      });
      const [latest] = event?.latestAttempts ?? [];
      if (latest === undefined) throw new OperatorError('the endpoint was removed');
      if (event?.state !== 'delivered') throw new OperatorError(`the ping failed: ${outcomeOf(latest)}`);
      print(`the endpoint took the ping: ${outcomeOf(latest)}`);
    });
  return addSecretKeyOption(command);
}

function stateCommand(name: 'pause' | 'resume', description: string): Command {
  const command = new Command(name)
    .description(description)
    .argument('<ID>', "the endpoint's ID")
    .action(async (endpointID: string, _options: unknown, self: Command) => {
      const { state } = await withAdmin(self, (admin) => admin[name](endpointID));
      print(`webhook endpoint ${endpointID} is ${state}`);
    });
  return addSecretKeyOption(command);
}

function rotateCommand(): Command {
  const command = new Command('rotate')
    .description('make a new secret, and print it; for 24 hours the one before signs beside it')
    .argument('<ID>', "the endpoint's ID")
    .action(async (endpointID: string, _options: unknown, self: Command) => {
      const secret = await withAdmin(self, (admin) => admin.rotate(endpointID));
      printError('The new secret is shown only this once; the one before signs beside it for 24 hours:');
      print(secret);
    });
  return addSecretKeyOption(command);
}

function replayCommand(): Command {
  const command = new Command('replay')
    .description('send the events of all changes since a moment again, also those that were missed')
    .argument('<ID>', "the endpoint's ID")
    .requiredOption(
      '--since <WHEN>',
      'a time (2026-11-01T00:00:00Z), or so long ago (12h, 7d); of the past 30 days',
      momentAgo,
    )
    .action(async (endpointID: string, { since }: { since: number }, self: Command) => {
      const queued = await withAdmin(self, (admin) => admin.replay(endpointID, since));
      print(`${count(queued, 'event is', 'events are')} to be sent`);
    });
  return addSecretKeyOption(command);
}

function removeCommand(): Command {
  const command = new Command('remove')
    .description('delete an endpoint, its secret, what waits for it, and its log')
    .argument('<ID>', "the endpoint's ID")
    .action(async (endpointID: string, _options: unknown, self: Command) => {
      await withAdmin(self, (admin) => admin.remove(endpointID));
      print(`webhook endpoint ${endpointID} was removed`);
    });
  return addSecretKeyOption(command);
}

function withAdmin<Result>(
  command: Command,
  work: (admin: WebhookAdmin, store: Store) => Promise<Result>,
): Promise<Result> {
  const keys = keyRingOf(command);
  return withStore(command, 'write', (store) =>
    work(new WebhookAdmin({ store, secrets: new Secrets(store.secretRows, keys) }), store),
  );
}
