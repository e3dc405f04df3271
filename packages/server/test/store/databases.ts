/** Order databases for tests, on either engine; each is a test's own. */

import { randomBytes } from 'node:crypto';
import { chmodSync, copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { Client, Pool } from 'pg';
import { openStore } from '../../src/store/open-store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { makeCluster, type PostgresServer, startServer } from './postgres-server.ts';

/** The URL of a server for all tests of a run, which whoever starts the run may have started. */
export const SHARED_SERVER = 'TEST_POSTGRES';

/**
 * Names, for the processes of a test run, the file of SQLite that {@link makeSqliteTemplate} has made for all of them.
 */
export const SQLITE_TEMPLATE = 'TEST_SQLITE_TEMPLATE';

/**
 * A database on each of our servers, with the current schema and nothing else, and the role that owns what is in it.
 */
const POSTGRES_TEMPLATE = 'test_template';

/** Crashes lose nothing that a test needs; hundreds of small databases would be vacuumed and analysed in turn. */
const FAST = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  wal_level: 'minimal',
  max_wal_senders: '0',
  autovacuum: 'off',
  jit: 'off',
};

/** Starts a server that outlives single tests. */
export async function startTestServer(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  chmodSync(folder, 0o755);
  const cluster = join(folder, 'cluster');
  await makeCluster(cluster);
  const server = await startServer(cluster, { settings: { ...FAST, max_connections: '300' } });
  await makePostgresTemplate(server);
  // It ends with the process that started it, whatever way that goes.
  const removeFolder = () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.once('exit', removeFolder);
  return {
    ...server,
    async stop(how) {
      await server.stop(how);
      process.off('exit', removeFolder);
      removeFolder();
    },
  };
}

let ownServer: Promise<PostgresServer> | undefined;

/** The URL of a database on the run's server, or on one of this process's own. */
async function serverUrl(database: string): Promise<string> {
  const shared = process.env[SHARED_SERVER];
  if (shared !== undefined) return new URL(`/${database}`, shared).href;
  ownServer ??= startTestServer();
  const server = await ownServer;
  return server.url(database);
}

/**
 * The URL of a place for an order database on PostgreSQL, with nothing in it, and without connections when the test
 * ends: a schema and its owner, who sees nothing else.
 */
export async function postgresDatabase(t: TestContext): Promise<string> {
  const name = newName();
  await administer(
    `CREATE ROLE ${name} LOGIN; CREATE SCHEMA ${name} AUTHORIZATION ${name};
     ALTER ROLE ${name} SET search_path = ${name}`,
  );
  t.after(() =>
    // The schema goes with the server: to drop it takes as long as a test does.
    administer(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`),
  );
  return asRole(await serverUrl('postgres'), name);
}

async function makePostgresTemplate(server: PostgresServer): Promise<void> {
  const name = POSTGRES_TEMPLATE;
  await execute(server.url(), `CREATE ROLE ${name} LOGIN`);
  await execute(server.url(), `CREATE DATABASE ${name} OWNER ${name}`);
  await (await openStore(asRole(server.url(name), name), 'write')).close();
}

/**
 * The URL of an empty order database on PostgreSQL, without connections when the test ends, and then dropped. It is a
 * copy: to run all steps of the schema takes five times as long. So all have the same keys and the same epoch.
 */
export async function emptyPostgres(t: TestContext): Promise<string> {
  const name = newName();
  await administer(`CREATE ROLE ${name} LOGIN IN ROLE ${POSTGRES_TEMPLATE}`);
  await administer(
    `CREATE DATABASE ${name} TEMPLATE ${POSTGRES_TEMPLATE} OWNER ${POSTGRES_TEMPLATE} STRATEGY file_copy`,
  );
  // Registered while the others run, it comes after them: after what the test has opened is closed.
  t.after(() => t.after(() => administer(`DROP DATABASE ${name} WITH (FORCE)`)));
  return asRole(await serverUrl(name), name);
}

function newName(): string {
  return `test_${randomBytes(8).toString('hex')}`;
}

function asRole(url: string, role: string): string {
  return url.replace('//postgres@', `//${role}@`);
}

let ownAdministration: Promise<Pool> | undefined;

/** Connections as the server's administrator, which this process keeps: each costs the server as much as a test. */
async function administer(sql: string): Promise<void> {
  ownAdministration ??= serverUrl('postgres').then((connectionString) => {
    const pool = new Pool({ connectionString, max: 4, idleTimeoutMillis: 0, allowExitOnIdle: true });
    // The server may end first.
    return pool.on('error', () => {});
  });
  await (await ownAdministration).query(sql);
}

/** Which engine this run is for. */
export const isPostgres = process.env['TEST_ENGINE'] === 'postgres';

/**
 * A `--database` value of the engine that this run is for, SQLite unless TEST_ENGINE says postgres: an empty order
 * database.
 */
export async function emptyDatabase(t: TestContext): Promise<string> {
  return isPostgres ? emptyPostgres(t) : emptySqlite(t);
}

/** An empty order database in a file of SQLite, a copy as {@link emptyPostgres} is. */
export async function emptySqlite(t: TestContext): Promise<string> {
  const path = join(temporaryFolder(t), 'orders.db');
  copyFileSync(await sqliteTemplate(), path);
  return `sqlite:${path}`;
}

/** Makes the file in a folder of which each order database of a test is a copy. */
export async function makeSqliteTemplate(folder: string): Promise<string> {
  const path = join(folder, 'template.db');
  await (await openStore(`sqlite:${path}`, 'write')).close();
  return path;
}

let ownTemplate: Promise<string> | undefined;

function sqliteTemplate(): Promise<string> | string {
  const shared = process.env[SQLITE_TEMPLATE];
  if (shared !== undefined) return shared;
  ownTemplate ??= makeOwnTemplate();
  return ownTemplate;
}

async function makeOwnTemplate(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  return makeSqliteTemplate(folder);
}

/** Runs SQL that both engines take, behind the program's back. */
export async function execute(database: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  if (!database.startsWith('sqlite:')) {
    const client = await connected(database);
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }
  const file = new DatabaseSync(database.slice('sqlite:'.length), { timeout: 5000 });
  try {
    return file.prepare(sql).all();
  } finally {
    file.close();
  }
}

/** Keeps everybody else from writing orders until it is let go. */
export async function holdWriteLock(database: string): Promise<() => Promise<void>> {
  if (!database.startsWith('sqlite:')) {
    const client = await connected(database);
    await client.query('BEGIN; SELECT * FROM feed FOR UPDATE');
    return async () => {
      await client.query('COMMIT');
      await client.end();
    };
  }
  const file = new DatabaseSync(database.slice('sqlite:'.length), { timeout: 5000 });
  file.exec('BEGIN IMMEDIATE');
  return async () => {
    file.exec('COMMIT');
    file.close();
  };
}

async function connected(database: string): Promise<Client> {
  const client = new Client({ connectionString: database });
  await client.connect();
  return client;
}
