import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ADDRESSES_LIMIT, dnsResolver, systemResolver } from '../../src/outbound/resolve-name.ts';
import { assertFails, failureOf } from './clients.ts';
import { dnsServer } from './dns-server.ts';

const never = new AbortController().signal;

test('DNS: the addresses of both families; one that is missing is no failure', async (t) => {
  const { address, records } = await dnsServer(t);
  const resolve = dnsResolver([address]);
  records.set('both.example', ['192.0.2.1', '2001:db8::1', '192.0.2.2']);
  records.set('six.example', ['2001:db8::1']);
  records.set('none.example', []);
  assert.deepEqual((await resolve('both.example', never)).toSorted(), [
    '192.0.2.1',
    '192.0.2.2',
    '2001:db8::1',
  ]);
  assert.deepEqual(await resolve('six.example', never), ['2001:db8::1']);
  for (const host of ['none.example', 'missing.example', 'a'.repeat(64), `${'a.'.repeat(150)}example`]) {
    const error = await assertFails(resolve(host, never), 'name-not-resolved');
    assert.match(error.message, /was not found/);
  }
});

test('DNS alone: names of /etc/hosts are not found', async (t) => {
  const { address } = await dnsServer(t);
  await assertFails(dnsResolver([address])('localhost', never), 'name-not-resolved');
});

test(`a name has at most ${ADDRESSES_LIMIT} addresses`, async (t) => {
  const { address, records } = await dnsServer(t);
  const resolve = dnsResolver([address]);
  const addresses = Array.from({ length: ADDRESSES_LIMIT + 1 }, (_, index) => `8.8.8.${index}`);
  records.set('most.example', addresses.slice(1));
  assert.equal((await resolve('most.example', never)).length, ADDRESSES_LIMIT);
  records.set('many.example', addresses);
  const error = await failureOf(resolve('many.example', never));
  assert.match(error.message, /more than 64 addresses/);
});

test('a name server that does not respond holds up a request until its signal is aborted', async (t) => {
  const { address, records, queries } = await dnsServer(t);
  records.set('slow.example', 'silence');
  const controller = new AbortController();
  const resolving = dnsResolver([address])('slow.example', controller.signal);
  while (queries.length === 0) await new Promise(setImmediate);
  controller.abort(new Error('given up'));
  await assert.rejects(resolving, /given up/);
  await assert.rejects(dnsResolver([address])('slow.example', controller.signal), /given up/);
});

test("the system's way knows the names of this machine", async () => {
  assert.ok(
    (await systemResolver('localhost', never)).some((address) => ['127.0.0.1', '::1'].includes(address)),
  );
  await assertFails(systemResolver('no-such-name.invalid', never), 'name-not-resolved');
  await assert.rejects(systemResolver('localhost', AbortSignal.abort(new Error('given up'))), /given up/);
});
