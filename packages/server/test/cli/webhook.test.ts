import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runCommand } from '../command.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const URL = 'https://hooks.example/in';

test('webhook add, list, show, pause, resume, rotate, replay and remove', async (t) => {
  const database = `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
  const run = async (args: readonly string[], code = 0) => {
    const done = await runCommand([...args, '--database', database]);
    assert.equal(done.code, code, done.stderr);
    return done;
  };
  await run(['account', 'add', 'acme', '--generate']);
  const added = await run([
    'webhook',
    'add',
    URL,
    '--account',
    'acme',
    '--event',
    'order.created',
    '--event',
    'order.rejected',
  ]);
  const secret = added.stdout.trim();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  const [, endpointID = ''] =
    /webhook endpoint (we_[0-9a-f]+) of account 'acme' was added/.exec(added.stderr) ?? [];
  const [listed] = (await run(['webhook', 'list', '--account', 'acme', '--json'])).stdout.trim().split('\n');
  const { eventTypes, accountID, url } = JSON.parse(listed ?? '');
  assert.deepEqual([eventTypes, accountID, url], [['order.created', 'order.rejected'], undefined, URL]);
  assert.match((await run(['webhook', 'list'])).stdout, new RegExp(`${endpointID} +acme +active +${URL}`));
  assert.match((await run(['webhook', 'pause', endpointID])).stdout, /is paused/);
  assert.match(
    (await run(['webhook', 'show', endpointID])).stdout,
    /: paused\n[\s\S]*events: order.created, order.rejected\n/,
  );
  assert.match((await run(['webhook', 'resume', endpointID])).stdout, /is active/);
  assert.notEqual((await run(['webhook', 'rotate', endpointID])).stdout.trim(), secret);
  assert.equal(
    (await run(['webhook', 'replay', endpointID, '--since', '7d'])).stdout,
    '0 events are to be sent\n',
  );
  await run(['webhook', 'remove', endpointID]);
  const gone = await run(['webhook', 'show', endpointID], 1);
  assert.match(gone.stderr, /there is no webhook endpoint 'we_/);
  for (const [args, message] of [
    [['webhook', 'add', 'http://x.example', '--account', 'acme'], /the URL must begin with https/],
    [
      ['webhook', 'add', URL, '--account', 'acme', '--event', 'x'],
      /the event types must be one or more of order.created/,
    ],
    [['webhook', 'replay', endpointID, '--since', 'x'], /It must be a time/],
  ] as const) {
    assert.match((await run(args, 2)).stderr, message);
  }
});
