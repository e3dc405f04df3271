/** What the service itself is tried with: its warnings, and its setting for old clients. */

import assert from 'node:assert/strict';
import { expectOrder } from './client-cases.ts';
import type { Client } from './clients.ts';
import { eventually } from './processes.ts';
import type { Results } from './results.ts';
import { type Node, STATUS_PATH } from './service.ts';

/** The client that sent arguments in the URL, and bodies that are not read, in the cases before. */
export const QUERY_CLIENT = 'Python requests';

/** The log must explain the errors that a client got in the cases before. */
export async function runWarningCases(node: Node, results: Results): Promise<void> {
  const expectWarning = (wanted: RegExp) =>
    eventually(async () => {
      const found = node.log().some(({ msg }) => wanted.test(String(msg)));
      assert.ok(found, `the log has no warning like ${wanted}`);
    });
  await results.run(QUERY_CLIENT, 'params: the log warns of arguments in the URL', () =>
    expectWarning(/arguments in the URL were ignored/),
  );
  await results.run(QUERY_CLIENT, 'json, files: the log warns of a body that is not read', () =>
    expectWarning(/a body was not read/),
  );
}

/** With `--accept-query-arguments`. */
export async function runQueryArgumentCase(client: Client, origin: string, results: Results): Promise<void> {
  await results.run(client.name, 'params, with --accept-query-arguments: the order', () =>
    expectOrder(client, origin + STATUS_PATH, 'params'),
  );
}
