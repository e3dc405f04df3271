import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Client } from 'pg';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { HISTORY_START } from '../../src/orders/history.ts';
import type { ChangeOutcome } from '../../src/orders/order-store.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { postgresSchema5, postgresSchema7 } from '../maintenance/recorded-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testAccounts } from './accounts-contract.ts';
import { type OpenEmpty, testStore } from './contract.ts';
import { testDataModel } from './data-model-contract.ts';
import { emptyPostgres, execute, postgresDatabase } from './databases.ts';
import { giveToServer, makeCluster, startServer } from './postgres-server.ts';
import { testReports } from './reports-contract.ts';
import { testSearch } from './search-contract.ts';
import { testViews } from './views-contract.ts';

const open: OpenEmpty = async (t) => {
  const store = await openStore(await emptyPostgres(t), 'write');
  t.after(() => store.close());
  return store;
};
testStore('postgres', open);
testSearch('postgres', open);
testViews('postgres', open);
testAccounts('postgres', open);
testReports('postgres', open);
testDataModel('postgres', open);

test('several processes that open an empty database at once all get the same order database', async (t) => {
  const database = await postgresDatabase(t);
  let told = 0;
  const stores = await Promise.all(
    Array.from({ length: 6 }, () => openStore(database, 'write', () => told++)),
  );
  for (const [index, store] of stores.entries()) await store.accounts.add(`account-${index}`, 'hash');
  assert.equal((await stores[0]?.accounts.list())?.length, 6);
  assert.equal(told, 1);
  for (const store of stores) await store.close();
});

test('a database without an order database cannot be read, and is left as it is', async (t) => {
  const database = await postgresDatabase(t);
  await assert.rejects(openStore(database, 'read'), /there is no order database at postgres:/);
  assert.deepEqual(
    await execute(database, 'SELECT 1 FROM pg_tables WHERE schemaname = current_schema()'),
    [],
  );
});

test("another program's database is refused, and left as it is", async (t) => {
  const database = await postgresDatabase(t);
  await execute(database, 'CREATE TABLE theirs (x integer)');
  await assert.rejects(openStore(database, 'write'), /holds tables of another program \(theirs\)/);
  const tables = await execute(
    database,
    'SELECT tablename FROM pg_tables WHERE schemaname = current_schema()',
  );
  assert.deepEqual(tables, [{ tablename: 'theirs' }]);
});

test('a schema that is newer than the program is refused', async (t) => {
  const database = await postgresDatabase(t);
  await (await openStore(database, 'write')).close();
  await execute(database, 'UPDATE "orderBook" SET "schemaVersion" = 99');
  for (const mode of ['read', 'write'] as const) {
    await assert.rejects(
      openStore(database, mode),
      /has schema 99, newer than this program knows \(13\); upgrade/,
    );
  }
});

test('a database of schema 1 is brought up to date with when its orders were first issued', async (t) => {
  const current = await openStore(await postgresSchema5(t), 'write');
  t.after(() => current.close());
  const issued = await current.reports.issueTimes(0);
  assert.equal(issued[0]?.orders, 1);
  const database = await postgresSchema5(t);
  await execute(
    database,
    `ALTER TABLE feed DROP COLUMN epoch, DROP COLUMN renewals; DROP TABLE "operatorLogin"; ALTER TABLE account DROP COLUMN "allowedAddresses"; DROP TABLE "guessKey"; DROP TABLE "guessCounter"; DROP TABLE "loginFailure"; DROP TABLE "firstIssue"; DROP TABLE "shareLink"; DROP TABLE session;
     ALTER TABLE account DROP COLUMN "secondPasswordHash"; UPDATE "orderBook" SET "schemaVersion" = 1`,
  );
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  assert.deepEqual(await store.reports.issueTimes(0), issued);
});

/** What a node of the version before has prepared: its read of an order, and how it writes one. */
const OLD_READ = {
  name: 'read',
  text: `SELECT a."accountID", o."orderNumber"::text AS "orderNumber", o."orderDateTime"::float8 AS "orderDateTime",
      o."orderStatus", c."serialNumber", c."certificateStatus", c."csrStatus"
    FROM account a
    LEFT JOIN "order" o ON o."orderNumber" = $2::bigint AND o."accountID" = a."accountID"
    LEFT JOIN certificate c ON c."orderNumber" = o."orderNumber"
    WHERE a."loginName" = $1 ORDER BY c.position`,
};
const oldWrite = (further: string) => ({
  name: 'write',
  text: `INSERT INTO "order" ("orderNumber", "orderDateTime", "orderStatus", "accountID", version, changed${further})
    SELECT "orderNumber", "orderDateTime", "orderStatus", "accountID", version, changed${further}
    FROM jsonb_to_recordset($1::text::jsonb) AS row ("orderNumber" bigint, "orderDateTime" bigint, "orderStatus" text,
      "accountID" integer, version integer, changed bigint, "orderStatusMeaning" text)
    ON CONFLICT ("orderNumber") DO UPDATE SET "orderStatus" = excluded."orderStatus", version = excluded.version`,
});

for (const { schema, make, further, latest } of [
  { schema: 5, make: postgresSchema5, further: '', latest: 28 },
  { schema: 7, make: postgresSchema7, further: ', "orderStatusMeaning"', latest: 34 },
]) {
  test(`a node of schema ${schema} goes on reading beside this one, and is told why it cannot write`, async (t) => {
    const database = await make(t);
    const old = new Client({ connectionString: database });
    await old.connect();
    const readOld = async () => (await old.query({ ...OLD_READ, values: ['other', '4'] })).rows;
    const writeOld = (orderStatus: string) => {
      const row = {
        orderNumber: 4,
        orderDateTime: 1,
        orderStatus,
        orderStatusMeaning: 'cancelled',
        accountID: 2,
        version: 8,
        changed: 1,
      };
      return old.query({ ...oldWrite(further), values: [JSON.stringify([row])] });
    };
    try {
      const before = await readOld();
      assert.equal(before.length, 3);
      await old.query('BEGIN');
      await writeOld('Cancelled');
      await old.query('ROLLBACK');

      const store = await openStore(database, 'write');
      t.after(() => store.close());
      assert.deepEqual(await readOld(), before);
      await assert.rejects(
        writeOld('Cancelled'),
        /is newer than this program, which can only read orders; upgrade/,
      );
      // The cursors that it has given go on.
      assert.ok(await store.history.isKnown('1'));
      assert.deepEqual(
        (await store.history.after(String(latest), 10)).map(({ cursor }) => cursor),
        [await store.history.latest()],
      );
    } finally {
      // Before the database goes.
      await old.end();
    }
  });
}

test('whoever opens the database to read cannot write', async (t) => {
  const database = await postgresDatabase(t);
  await (await openStore(database, 'write')).close();
  const store = await openStore(database, 'read');
  t.after(() => store.close());
  await assert.rejects(store.accounts.add('acme', 'hash'), /read-only transaction/);
});

/** What an operator may have set for all that connects, each of which the SQL would not stand. */
const HOSTILE = {
  default_transaction_isolation: "'serializable'",
  default_transaction_read_only: 'on',
  default_transaction_deferrable: 'on',
  statement_timeout: '1',
  lock_timeout: '1',
  idle_in_transaction_session_timeout: '1',
  standard_conforming_strings: 'off',
  extra_float_digits: '-15',
  // These are not pinned, as nothing depends on them.
  TimeZone: "'Asia/Kathmandu'",
  DateStyle: "'SQL, DMY'",
  IntervalStyle: "'iso_8601'",
  client_encoding: "'LATIN1'",
  bytea_output: "'escape'",
  transform_null_equals: 'on',
  quote_all_identifiers: 'on',
  plan_cache_mode: "'force_generic_plan'",
  row_security: 'off',
} as const;

test('whatever defaults the role has, concurrent writes all come to be, and reads say what they wrote', async (t) => {
  const database = await postgresDatabase(t);
  const role = new URL(database).username;
  const settings = Object.entries(HOSTILE).map(
    ([name, value]) => `ALTER ROLE ${role} SET ${name} = ${value}`,
  );
  // Together: the next connection has them all.
  await execute(database, settings.join('; '));
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('größe-日本', 'hash');
  const numbers = Array.from({ length: 300 }, (_, index) => String(index + 1));
  const outcomes: (readonly ChangeOutcome[])[] = [];
  // As many at a time as find a connection in time on a busy machine.
  for (let from = 0; from < numbers.length; from += 50) {
    outcomes.push(
      ...(await Promise.all(
        numbers.slice(from, from + 50).map((orderNumber) => {
          const certificates = [acmeCertificate({ certificateID: orderNumber, FQDN: 'größe.example' })];
          const record = acmeOrder({ account: 'größe-日本', orderNumber, certificates });
          return store.orders.change([putOrder(record)], { kind: 'token', name: "o'neill\\n" });
        }),
      )),
    );
  }
  assert.equal(outcomes.filter(([outcome]) => outcome?.kind === 'created').length, 300);
  const changes = await store.history.after(HISTORY_START, 1000);
  assert.deepEqual(changes.map(({ orderNumber }) => orderNumber).toSorted(), numbers.toSorted());
  assert.ok(changes.every(({ by }) => by.name === "o'neill\\n"));
  const at = Date.now();
  const counted = await store.failedLogins.exchange(
    [{ bucket: 7, failures: 3, reset: false, succeededMs: at, halfLifeMs: 600_000 }],
    [],
    0,
  );
  assert.equal(counted.counters[0]?.succeededMs, at);
  assert.ok(Math.abs((counted.counters[0]?.updatedMs ?? 0) - at) < 60_000);
  const reading = await openStore(database, 'read');
  t.after(() => reading.close());
  const found = await reading.statusReader.read('größe-日本', { orderNumber: '300', queryType: 2 });
  assert.ok('status' in found && found.status.orders[0]?.certificates[0]?.FQDN === 'größe.example');
  await assert.rejects(reading.accounts.add('acme', 'hash'), /read-only transaction/);
});

test('through a pooler, which takes no settings, defaults that would not do are named at the start, and how to set them', async (t) => {
  const database = await postgresDatabase(t);
  const role = new URL(database).username;
  await execute(database, `ALTER ROLE ${role} SET default_transaction_isolation = 'serializable'`);
  for (const mode of ['write', 'read'] as const) {
    await assert.rejects(openStore(`${database}?prepared_statements=off`, mode), {
      message: new RegExp(
        `default_transaction_isolation is 'serializable'; set them with ALTER ROLE "${role}" SET default_transaction_isolation = 'read committed', and`,
      ),
    });
  }
});

test('a database that is not UTF-8 is refused, and it is said what to do', async (t) => {
  const database = await postgresDatabase(t);
  const server = new URL(database);
  server.username = 'postgres';
  const name = `${new URL(database).username}_ascii`;
  const admin = server.href;
  await execute(admin, `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0`);
  t.after(() => execute(admin, `DROP DATABASE ${name} WITH (FORCE)`));
  server.pathname = name;
  await assert.rejects(openStore(server.href, 'write'), {
    message: new RegExp(`the database '${name}' has the encoding SQL_ASCII, .* ENCODING 'UTF8'`),
  });
});

test('the history cannot be changed', async (t) => {
  const database = await postgresDatabase(t);
  const store = await openStore(database, 'write');
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(store.orders, [acmeOrder()]);
  await store.close();
  await assert.rejects(execute(database, `UPDATE change SET "authorName" = 'nobody'`), /append-only/);
});

test('without prepared statements, as a transaction pooler needs it, everything works', async (t) => {
  const database = `${await postgresDatabase(t)}?prepared_statements=off&pool_size=1`;
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  await store.accounts.add('acme-hosting', 'hash');
  await fillDatabase(store.orders, [acmeOrder()]);
  const reading = await store.statusReader.read('acme-hosting', { orderNumber: '7250060', queryType: 2 });
  assert.ok('status' in reading);
});

test('writers of several processes take turns: the feed has every change once, in order', async (t) => {
  const database = await postgresDatabase(t);
  const first = await openStore(database, 'write');
  t.after(() => first.close());
  await first.accounts.add('acme-hosting', 'hash');
  const stores = await Promise.all(Array.from({ length: 4 }, () => openStore(database, 'write')));
  const seen: string[] = [];
  let cursor = HISTORY_START;
  let isOver = false;
  const following = (async () => {
    // Only a question that was asked when everything was written says that there is no more.
    for (let page = 1, wasOver = false; page > 0 || !wasOver; ) {
      wasOver = isOver;
      const changes = await first.history.after(cursor, 50);
      page = changes.length;
      cursor = changes.at(-1)?.cursor ?? cursor;
      seen.push(...changes.map(({ orderNumber }) => orderNumber));
    }
  })();
  const numbers = stores.flatMap((_, writer) =>
    Array.from({ length: 100 }, (_, index) => writer * 1000 + index + 1),
  );
  await Promise.all(
    stores.map(async (store, writer) => {
      for (const number of numbers.filter((each) => Math.floor(each / 1000) === writer)) {
        await fillDatabase(store.orders, [
          acmeOrder({
            orderNumber: String(number),
            certificates: [acmeCertificate({ certificateID: String(number) })],
          }),
        ]);
      }
    }),
  );
  isOver = true;
  await following;
  assert.deepEqual(seen.toSorted(), numbers.map(String).toSorted());
  for (const store of stores) await store.close();
});

test('sslmode: encrypted, and with verify-full only to the host that the certificate is of', async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const cluster = join(folder, 'cluster');
  await makeCluster(cluster);
  const pair = await selfSignedPair();
  const other = await selfSignedPair();
  const cert = join(folder, 'cert.pem');
  writeFileSync(cert, pair.cert);
  writeFileSync(join(folder, 'other.pem'), other.cert);
  giveToServer(cluster, { 'server.crt': pair.cert, 'server.key': pair.key });
  const server = await startServer(cluster, { settings: { ssl: 'on' } });
  t.after(() => server.stop());
  for (const parameters of ['sslmode=require', `sslmode=verify-full&sslrootcert=${cert}`]) {
    const store = await openStore(`${server.url()}?${parameters}`, 'write');
    await store.ping();
    const rows = await execute(server.url(), 'SELECT count(*)::integer AS n FROM pg_stat_ssl WHERE ssl');
    assert.ok(Number(rows[0]?.['n']) > 0, parameters);
    await store.close();
  }
  await assert.rejects(
    openStore(`${server.url()}?sslmode=verify-full&sslrootcert=${join(folder, 'other.pem')}`, 'write'),
    /self-signed certificate/,
  );
  await assert.rejects(openStore(`${server.url()}?sslmode=verify-full`, 'write'), /self-signed certificate/);
});

test('the password comes from the URL or from PGPASSWORD; without one, or with a wrong one, it is said what to do', async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  const cluster = join(folder, 'cluster');
  await makeCluster(cluster);
  giveToServer(cluster, {
    'pg_hba.conf': 'host all postgres all trust\nhost all all all scram-sha-256\n',
  });
  const server = await startServer(cluster);
  t.after(() => server.stop());
  await execute(server.url(), "CREATE ROLE orders LOGIN SUPERUSER PASSWORD 's:cret/ä'");
  const url = (user: string) => server.url().replace('//postgres@', `//${user}@`);
  t.after(() => delete process.env['PGPASSWORD']);

  for (const [given, fromEnvironment] of [
    ['orders:s%3Acret%2F%C3%A4', undefined],
    ['orders', 's:cret/ä'],
    ['orders:s%3Acret%2F%C3%A4', 'another'],
  ] as const) {
    if (fromEnvironment !== undefined) process.env['PGPASSWORD'] = fromEnvironment;
    const store = await openStore(url(given), 'write');
    await store.ping();
    await store.close();
  }
  delete process.env['PGPASSWORD'];
  await assert.rejects(openStore(url('orders:wrong'), 'write'), {
    message: `cannot open the order database ${url('orders')}: password authentication failed for user "orders"`,
  });
  await assert.rejects(openStore(url('orders'), 'write'), {
    message:
      'the database wants a password: write it into the URL, postgres://user:password@host/database, or into PGPASSWORD',
  });
});
