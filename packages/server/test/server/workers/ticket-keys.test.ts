import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { commandFixture } from '../../command.ts';
import { beginSession, isResumed } from '../../http/tls-sessions.ts';
import { testPairOptions } from '../../test-pair.ts';

const SERVICE = fileURLToPath(new URL('./rotating-service.ts', import.meta.url));
const LIFETIME_MS = 500;
/** By then both workers have accepted some of them, in all likelihood. */
const CONNECTIONS = 8;

test('workers are given a new secret for session tickets together, and forget the old one', async (t) => {
  const fixture = await commandFixture(t);
  const [, cert = '', , key = ''] = await testPairOptions();
  const { NODE_TEST_CONTEXT: _, ...env } = process.env;
  const args = [...process.execArgv, SERVICE, fixture.database[1], cert, key, String(LIFETIME_MS)];
  const service = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(service, 'exit');
  t.after(async () => {
    service.kill('SIGTERM');
    await ended;
  });
  let port = 0;
  for await (const line of createInterface({ input: service.stdout })) {
    if (!line.startsWith('port ')) continue;
    port = Number(line.slice(5));
    break;
  }
  assert.ok(port > 0, 'the service has not started');

  const resumed = async (session: Buffer) => {
    let count = 0;
    for (let each = 0; each < CONNECTIONS; each++) count += Number(await isResumed(port, session));
    return count;
  };
  const old = await beginSession(port);
  while ((await resumed(old)) > 0);
  // If the secret is renewed in the middle, the next session is resumed by all.
  while ((await resumed(await beginSession(port))) < CONNECTIONS);
  assert.equal(await resumed(old), 0);
});
