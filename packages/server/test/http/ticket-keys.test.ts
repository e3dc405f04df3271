import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { startTicketKeys } from '../../src/http/ticket-keys.ts';
import { runService } from '../running-service.ts';
import { beginSession, isResumed } from './tls-sessions.ts';

/** Renews the secret of a test's own so often, in milliseconds. */
const OFTEN_MS = 50;

test('a secret for session tickets is 48 random bytes, and another follows', async (t: TestContext) => {
  const renewed = Promise.withResolvers<string>();
  const keys = startTicketKeys(renewed.resolve, OFTEN_MS);
  t.after(keys.stop);
  const first = keys.current;
  // The service's timers do not hold up the end of a process.
  const stayAlive = setInterval(() => {}, 1000);
  t.after(() => clearInterval(stayAlive));
  const second = await renewed.promise;
  assert.equal(Buffer.from(first, 'base64').length, 48);
  assert.equal(Buffer.from(second, 'base64').length, 48);
  assert.notEqual(second, first);
  keys.stop();
  assert.notEqual(keys.current, first);
});

test('a process resumes the sessions of one secret, and not those of another any more', async (t) => {
  const lasting = await runService(t);
  const session = await beginSession(lasting.port);
  assert.equal(await isResumed(lasting.port, session), true);

  const { port } = await runService(t, { settings: { ticketKeysLifetimeMs: OFTEN_MS } });
  const old = await beginSession(port);
  while (await isResumed(port, old));
  // One that is renewed meanwhile is not resumed: the next may be.
  while (!(await isResumed(port, await beginSession(port))));
});
