import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, runCommand } from '../command.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { postgresDatabase } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const order = (number: number) =>
  acmeOrder({
    orderNumber: String(number),
    certificates: [acmeCertificate({ certificateID: String(number) })],
  });

test('a backup while orders are being written is one state of the database, and restores to it', async (t) => {
  const folder = temporaryFolder(t);
  const database = `sqlite:${join(folder, 'orders.db')}`;
  const service = await runManagedService(t, { database });
  let written = 0;
  let isDone = false;
  const writing = (async () => {
    for (let number = 1; !isDone; number++) {
      const { status } = await service.manage(`PUT /v1/orders/${number}`, { body: order(number) });
      assert.equal(status, 201);
      written = number;
    }
  })();
  while (written < 20) await new Promise((resolve) => setTimeout(resolve, 5));
  const before = written;
  const copy = join(folder, 'copy.db');
  const { code, stdout, stderr } = await runCommand(['backup', copy, '--database', database]);
  const after = written;
  isDone = true;
  await writing;
  assert.equal(code, 0, stderr);
  const [, orders = '', certificates, changes] =
    /holds (\d+) orders, (\d+) certificates, (\d+) changes, 1 account\n$/.exec(stdout) ?? [];
  assert.ok(Number(orders) >= before && Number(orders) <= after + 1, `${before} ${orders} ${after}`);
  assert.deepEqual([certificates, changes], [orders, orders]);
  assert.equal(statSync(copy).mode & 0o777, 0o600);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('partial')),
    [],
  );

  const inTheWay = await runCommand(['restore', copy, '--database', database]);
  assert.equal(inTheWay.code, 1);
  assert.match(inTheWay.stderr, /there is an order database at .* already; --replace moves it aside\n$/);
  const inUse = await runCommand(['restore', copy, '--replace', '--database', database]);
  assert.equal(inUse.code, 1);
  assert.match(inUse.stderr, /is in use; stop the service first\n$/);
  assert.equal((await service.manage(`GET /v1/orders/${written}`)).status, 200);

  await service.stop();
  const restored = await runCommand(['restore', copy, '--replace', '--database', database]);
  assert.equal(restored.code, 0, restored.stderr);
  const [, aside = ''] = /^the database that was there is now (.*)\n/.exec(restored.stdout) ?? [];
  const then = await openStore(`sqlite:${aside}`, 'read');
  assert.ok(await then.orders.get(String(written)));
  await then.close();
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  assert.ok(await store.orders.get(orders));
  assert.equal(await store.orders.get(String(Number(orders) + 1)), undefined);
  const verified = await runCommand(['verify', '--database', database]);
  assert.equal(verified.stdout, `${orders} orders and ${orders} changes: all is well\n`);
});

test('a backup overwrites nothing, and what is damaged is not restored', async (t) => {
  const { folder, database, file } = await commandFixture(t);
  if (!database[1].startsWith('sqlite:')) return;
  await runCommand(['import', file('orders.ndjson', [order(1)]), ...database]);
  const copy = join(folder, 'copy.db');
  writeFileSync(copy, 'something else');
  const refused = await runCommand(['backup', copy, ...database]);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /copy\.db exists already; a backup overwrites nothing\n$/);
  assert.equal(readFileSync(copy, 'utf8'), 'something else');

  const path = database[1].slice('sqlite:'.length);
  const before = readFileSync(path);
  const bad = await runCommand(['restore', copy, '--replace', ...database]);
  assert.equal(bad.code, 1);
  assert.match(bad.stderr, /is no order database, or damaged/);
  const good = join(folder, 'good.db');
  assert.equal((await runCommand(['backup', good, ...database])).code, 0);
  const bytes = readFileSync(good);
  bytes.fill(0xff, 3 * 4096, 5 * 4096);
  writeFileSync(copy, bytes);
  const damaged = await runCommand(['restore', copy, '--replace', ...database]);
  assert.equal(damaged.code, 1);
  assert.match(damaged.stderr, /damaged/);
  assert.deepEqual(readFileSync(path), before);
  const elsewhere = await runCommand(['restore', join(folder, 'none.db'), ...database]);
  assert.match(elsewhere.stderr, /there is no backup at /);
});

test('a restored database has no sessions', async (t) => {
  const folder = temporaryFolder(t);
  const path = join(folder, 'orders.db');
  const store = await openStore(`sqlite:${path}`, 'write');
  await store.accounts.add('acme', 'a hash');
  const account = await store.accounts.find('acme');
  const owner = {
    kind: 'account',
    loginName: 'acme',
    accountID: account?.accountID ?? 0,
    credentialVersion: 1,
  } as const;
  await store.sessions.add('digest', owner, Date.now() + 60_000);
  await store.close();
  const copy = join(folder, 'copy.db');
  await runCommand(['backup', copy, '--database', `sqlite:${path}`]);
  await runCommand(['restore', copy, '--database', `sqlite:${join(folder, 'new.db')}`]);
  const restored = new DatabaseSync(join(folder, 'new.db'));
  t.after(() => restored.close());
  assert.equal(restored.prepare('SELECT count(*) AS n FROM session').get()?.['n'], 0);
  assert.equal(restored.prepare('SELECT count(*) AS n FROM account').get()?.['n'], 1);
});

test('on PostgreSQL, backup and restore say what to use', async (t) => {
  const database = ['--database', await postgresDatabase(t)];
  for (const [name, other] of [
    ['backup', 'pg_dump'],
    ['restore', 'pg_restore'],
  ] as const) {
    const { code, stderr } = await runCommand([name, 'x', ...database]);
    assert.equal(code, 2);
    assert.ok(stderr.includes(other), stderr);
  }
});
