/** Order databases for tests, on either engine; each is a test's own. */

import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { TestContext } from 'node:test';
import { Client } from 'pg';
import { temporaryFolder } from '../temporary-folder.ts';
import { makeCluster, type PostgresServer, startServer } from './postgres-server.ts';

/** The URL of a server for all tests of a run, which whoever starts the run may have started. */
export const SHARED_SERVER = 'TEST_POSTGRES';

/** Crashes lose nothing that a test needs. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** Starts a server that outlives single tests. */
export async function startTestServer(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'cert-order-status-test-'));
  chmodSync(folder, 0o755);
  const cluster = join(folder, 'cluster');
  await makeCluster(cluster);
  const server = await startServer(cluster, { settings: { ...FAST, max_connections: '300' } });
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
 * The URL of an empty place for an order database on PostgreSQL, without connections when the test ends: a schema and
 * its owner, who sees nothing else. A database of its own for each test would take a tenth of a second each.
 */
export async function postgresDatabase(t: TestContext): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  const server = await serverUrl('postgres');
  await execute(
    server,
    `CREATE ROLE ${name} LOGIN; CREATE SCHEMA ${name} AUTHORIZATION ${name};
     ALTER ROLE ${name} SET search_path = ${name}`,
  );
  t.after(() =>
    // The schema goes with the server: to drop it takes as long as a test does.
    execute(server, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${name}'`),
  );
  return server.replace('//postgres@', `//${name}@`);
}

/** Which engine this run is for. */
export const isPostgres = process.env['TEST_ENGINE'] === 'postgres';

/** A `--database` value of the engine that this run is for: SQLite unless TEST_ENGINE says postgres. */
export async function emptyDatabase(t: TestContext): Promise<string> {
  if (isPostgres) return postgresDatabase(t);
  return `sqlite:${join(temporaryFolder(t), 'orders.db')}`;
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
