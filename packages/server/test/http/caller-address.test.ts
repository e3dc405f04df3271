import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runService } from '../running-service.ts';
import { QUESTION } from '../wire-texts.ts';

const TRUSTED = ['127.0.0.0/8', '10.0.0.0/8', '2001:db8:1::/48'];

/** X-Forwarded-For, and the address that the log gives the caller. */
const CASES: readonly [string | string[], string][] = [
  ['203.0.113.9', '203.0.113.9'],
  ['198.51.100.7, 203.0.113.9', '203.0.113.9'],
  ['198.51.100.7, 203.0.113.9, 10.1.2.3', '203.0.113.9'],
  ['198.51.100.7,203.0.113.9,10.1.2.3,2001:db8:1::5', '203.0.113.9'],
  [['198.51.100.7', '203.0.113.9, 10.1.2.3'], '203.0.113.9'],
  ['203.0.113.9:4711', '203.0.113.9'],
  ['203.0.113.9, 10.1.2.3:80', '203.0.113.9'],
  ['2001:db8::7', '2001:db8::7'],
  ['[2001:db8::7]', '2001:db8::7'],
  ['[2001:db8::7]:4711', '2001:db8::7'],
  ['2001:db8::7, [2001:db8:1::5]:443', '2001:db8::7'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['10.9.9.9, 10.1.2.3', '10.9.9.9'],
  ['203.0.113.9, unknown', '127.0.0.1'],
  ['203.0.113.9, unknown, 10.1.2.3', '10.1.2.3'],
  ['', '127.0.0.1'],
];

test('the caller’s address is the rightmost X-Forwarded-For entry that is not a trusted proxy', async (t) => {
  const service = await runService(t, { settings: { trustProxy: TRUSTED } });
  for (const [forwardedFor, address] of CASES) {
    await service.ask(QUESTION, { headers: { 'X-Forwarded-For': forwardedFor } });
    assert.equal(service.log.at(-1)?.['address'], address, String(forwardedFor));
  }
});

test('without X-Forwarded-For the caller is the peer', async (t) => {
  const service = await runService(t, { settings: { trustProxy: TRUSTED } });
  await service.ask(QUESTION);
  assert.equal(service.log.at(-1)?.['address'], '127.0.0.1');
});

test('an untrusted peer’s X-Forwarded-For is ignored', async (t) => {
  const service = await runService(t, { settings: { trustProxy: ['10.0.0.0/8'] } });
  await service.ask(QUESTION, { headers: { 'X-Forwarded-For': '203.0.113.9, 10.1.2.3' } });
  assert.equal(service.log.at(-1)?.['address'], '127.0.0.1');
  assert.ok(!service.logText().includes('203.0.113.9'));
});

test('what is no address in X-Forwarded-For does not reach the log', async (t) => {
  const service = await runService(t, { settings: { trustProxy: TRUSTED } });
  await service.ask(QUESTION, { headers: { 'X-Forwarded-For': 's3cr3t, <script>' } });
  assert.equal(service.log.at(-1)?.['address'], '127.0.0.1');
  assert.doesNotMatch(service.logText(), /s3cr3t|script/);
});
