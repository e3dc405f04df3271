/** Commands with a password in `--database`, which is shown nowhere. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printed, runCommand, startCommand } from '../command.ts';
import { postgresDatabase } from '../store/databases.ts';

test('a database URL is shown without its password', async (t) => {
  const database = (await postgresDatabase(t)).replace('@', ':s3cr3t@');
  const added = await runCommand(['account', 'add', 'acme', '--generate', '--database', database]);
  assert.equal(added.code, 0);
  assert.match(added.stderr, /made a new, empty order database at postgres:\/\/test_\w+@127\.0\.0\.1:/);
  assert.doesNotMatch(added.stderr, /s3cr3t/);
  const service = startCommand([
    'serve',
    '--self-signed',
    '--port',
    '0',
    '--no-pages',
    '--workers',
    '1',
    '--database',
    database,
  ]);
  const log = await printed(service, '"listening"');
  service.process.kill('SIGTERM');
  await service.ended;
  assert.match(log, /"database":"postgres:\/\/test_\w+@127/);
  assert.doesNotMatch(log, /s3cr3t/);
  const away = await runCommand(['account', 'list', '--database', 'postgres://u:s3cr3t@127.0.0.1:1/x']);
  assert.equal(away.code, 1);
  assert.match(
    away.stderr,
    /^cert-order-status: cannot open the order database postgres:\/\/u@127\.0\.0\.1:1\/x: the database is away: connect ECONNREFUSED/,
  );
  assert.doesNotMatch(away.stderr, /s3cr3t/);
});
