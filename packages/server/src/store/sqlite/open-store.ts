/** Opens an order database in a SQLite file. */

import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { errorMessage, OperatorError } from '../../operator-error.ts';
import { accountTokensOn } from '../queries/account-tokens.ts';
import { accountsOn } from '../queries/accounts.ts';
import { expiringCertificatesOn } from '../queries/expiring-certificates.ts';
import { failedLoginsOn } from '../queries/failed-logins.ts';
import { followedOrdersOn } from '../queries/followed-orders.ts';
import { jobLeasesOn } from '../queries/job-leases.ts';
import { operatorLoginsOn } from '../queries/operator-logins.ts';
import { orderViewsOn } from '../queries/order-views.ts';
import { pruningOn } from '../queries/pruning.ts';
import { reportsOn } from '../queries/reports.ts';
import { secretRowsOn } from '../queries/secret-rows.ts';
import { sessionsOn } from '../queries/sessions.ts';
import { shareLinksOn } from '../queries/share-links.ts';
import { tokensOn } from '../queries/tokens.ts';
import { upstreamsOn } from '../queries/upstreams.ts';
import { webhookEndpointsOn } from '../queries/webhook-endpoints.ts';
import { webhookQueueOn } from '../queries/webhook-queue.ts';
import { wronglyFollowedOn } from '../queries/wrongly-followed.ts';
import { wronglyPackedOn } from '../queries/wrongly-packed.ts';
import type { Store, StoreMode } from '../store.ts';
import { sqliteCountFailures } from './count-failures.ts';
import { realDatabasePath, sideFilesOf } from './database-files.ts';
import { adviceOnOpening } from './error-advice.ts';
import { sqliteHistory } from './history.ts';
import { integrityProblems } from './integrity-check.ts';
import { isCurrent, migrate } from './migrations.ts';
import { CERTIFICATE_COLUMNS, ORDER_COLUMNS } from './order-rows.ts';
import { searchOrders } from './order-search.ts';
import { sqliteOrderStore } from './order-store.ts';
import { sqliteSql } from './sql.ts';
import { prepareRead, prepareWrite } from './statements.ts';
import { sqliteStatusReader } from './status-reader.ts';
import { requireTables } from './tables.ts';
import { inTransaction, LOCK_TIMEOUT_MS } from './transaction.ts';

/**
 * How much of the file a connection keeps in memory, in KiB. Without it, each read fetches the inner pages of the
 * indexes anew, and each write of an import those that it touches all over a large database.
 */
const CACHE_SIZE_KIB = 64 * 1024;

/** See `openStore`. */
export function openSqliteStore(path: string, mode: StoreMode, onCreate: () => void = () => {}): Store {
  try {
    const database = mode === 'read' ? openToRead(path) : openToWrite(path, onCreate);
    return storeOn(database);
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    const advice = adviceOnOpening(error);
    throw new OperatorError(
      `cannot open the order database ${path}: ${errorMessage(error)}${advice && `: ${advice}`}`,
      { cause: error },
    );
  }
}

function storeOn(database: DatabaseSync): Store {
  requireTables(database);
  const sql = sqliteSql(database);
  const ping = database.prepare('SELECT 1 FROM account LIMIT 1');
  return {
    statusReader: sqliteStatusReader(database),
    accounts: accountsOn(sql),
    accountTokens: accountTokensOn(sql),
    tokens: tokensOn(sql),
    sessions: sessionsOn(sql),
    failedLogins: failedLoginsOn(sql, sqliteCountFailures(sql)),
    operatorLogins: operatorLoginsOn(sql),
    shareLinks: shareLinksOn(sql),
    orders: sqliteOrderStore(database, sql),
    orderViews: orderViewsOn(sql, sql, {
      orderColumns: ORDER_COLUMNS,
      certificateColumns: CERTIFICATE_COLUMNS,
      search: searchOrders,
    }),
    expiringCertificates: expiringCertificatesOn(sql),
    history: sqliteHistory(database, sql),
    reports: reportsOn(sql),
    pruning: pruningOn({
      change: (statements) =>
        inTransaction(database, () => statements.map((statement) => prepareWrite(database, statement)())),
      column: async (statement) =>
        prepareRead<{ n: unknown }>(database, statement)
          .all()
          .map(({ n }) => n),
    }),
    jobLeases: jobLeasesOn(sql),
    secretRows: secretRowsOn(sql),
    webhookEndpoints: webhookEndpointsOn(sql),
    webhookQueue: webhookQueueOn(sql, { epochTable: 'epoch', epochColumn: 'value' }),
    upstreams: upstreamsOn(sql),
    followedOrders: followedOrdersOn(sql),
    integrityProblems: async () => integrityProblems(database),
    wronglyPacked: wronglyPackedOn(sql),
    wronglyFollowed: wronglyFollowedOn(sql),
    pool: () => ({ open: 0, idle: 0, waiting: 0 }),
    async ping() {
      ping.get();
    },
    async close() {
      database.close();
    },
  };
}

/** @throws {OperatorError} when there is no database at the path. */
export function openToRead(path: string): DatabaseSync {
  if (!existsSync(path)) {
    throw new OperatorError(
      `there is no order database at ${path}; 'cert-order-status account add LOGIN --database sqlite:${path}' makes one`,
    );
  }
  const database = readOnly(path);
  if (isCurrent(database, path)) return database;
  database.close();
  openToWrite(path, () => {}).close();
  return readOnly(path);
}

function readOnly(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true, timeout: LOCK_TIMEOUT_MS });
  database.exec(`PRAGMA cache_size = -${CACHE_SIZE_KIB}`);
  return database;
}

/** Brings the schema up to date; makes a database if there is none. */
export function openToWrite(path: string, onCreate: () => void): DatabaseSync {
  createForOwnerOnly(path, onCreate);
  const database = new DatabaseSync(path, { timeout: LOCK_TIMEOUT_MS });
  try {
    isCurrent(database, path);
    database.exec(
      `PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -${CACHE_SIZE_KIB}`,
    );
    migrate(database, path);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The file holds password hashes; SQLite gives its log the same permissions. */
function createForOwnerOnly(path: string, onCreate: () => void): void {
  if (!existsSync(dirname(path))) {
    throw new OperatorError(
      `cannot open the order database ${path}: the folder ${dirname(path)} does not exist`,
    );
  }
  if (existsSync(path)) {
    if (!statSync(path).isFile())
      throw new OperatorError(`cannot open the order database ${path}: it is not a file`);
    return;
  }
  const [end] = sideFilesOf(realDatabasePath(path));
  // Another process may have made the database since: then it is there by now.
  if (end !== undefined && !existsSync(path)) {
    throw new OperatorError(
      `there is no order database at ${path}, but what is left of one, ${path}${end}, which a new one would take for its own; 'cert-order-status restore' moves it aside and puts a backup there`,
    );
  }
  closeSync(openSync(path, 'a', 0o600));
  onCreate();
}
