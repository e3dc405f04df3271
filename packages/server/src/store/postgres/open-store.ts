/** Opens an order database in a PostgreSQL database. */

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
import { type Store, type StoreMode, StoreUnavailable } from '../store.ts';
import { ConnectionPool } from './connection-pool.ts';
import { postgresCountFailures } from './count-failures.ts';
import { databaseOptions, withoutPassword } from './database-url.ts';
import { postgresHistory, takeFeed } from './history.ts';
import { migrate, schemaState } from './migrations.ts';
import { CERTIFICATE_COLUMNS, ORDER_COLUMNS } from './order-rows.ts';
import { searchOrders } from './order-search.ts';
import { postgresOrderStore } from './order-store.ts';
import { checkDatabase } from './session-defaults.ts';
import { postgresSql } from './sql.ts';
import { postgresStatusReader } from './status-reader.ts';

/** How long a status request waits for the database, in milliseconds. */
const READ_TIMEOUT_MS = 2000;
/** How long everything else does: large batches, and those who wait for others to have written theirs. */
const WRITE_TIMEOUT_MS = 60_000;
/** A migration of a large database takes its time. */
const MIGRATION_TIMEOUT_MS = 2 ** 31 - 1;

/** See `openStore`. */
export async function openPostgresStore(
  url: string,
  mode: StoreMode,
  onCreate: () => void = () => {},
): Promise<Store> {
  const options = databaseOptions(url);
  const connections = new ConnectionPool(options, mode);
  try {
    const database = connections.within(MIGRATION_TIMEOUT_MS);
    await checkDatabase(database, mode, options.preparedStatements);
    if (mode === 'write') {
      if (await migrate(database)) onCreate();
    } else {
      const state = await schemaState(database);
      if (state === 'none') {
        throw new OperatorError(
          `there is no order database at ${withoutPassword(url)}; 'cert-order-status account add' makes one`,
        );
      }
      if (state === 'old') await migrateFirst(url);
    }
    return storeOn(connections);
  } catch (error) {
    await connections.close();
    if (error instanceof OperatorError && !(error instanceof StoreUnavailable)) throw error;
    throw new OperatorError(
      `cannot open the order database ${withoutPassword(url)}: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

/** Connections that read cannot migrate: others do. */
async function migrateFirst(url: string): Promise<void> {
  const connections = new ConnectionPool(databaseOptions(url), 'write');
  try {
    await migrate(connections.within(MIGRATION_TIMEOUT_MS));
  } finally {
    await connections.close();
  }
}

function storeOn(connections: ConnectionPool): Store {
  // For status requests.
  const quick = connections.within(READ_TIMEOUT_MS);
  const patient = connections.within(WRITE_TIMEOUT_MS);
  const sql = postgresSql(quick);
  const patientSql = postgresSql(patient);
  return {
    statusReader: postgresStatusReader(quick),
    accounts: accountsOn(sql),
    accountTokens: accountTokensOn(sql),
    tokens: tokensOn(sql),
    sessions: sessionsOn(sql),
    failedLogins: failedLoginsOn(sql, postgresCountFailures(sql)),
    operatorLogins: operatorLoginsOn(sql),
    shareLinks: shareLinksOn(sql),
    orders: postgresOrderStore(patient),
    orderViews: orderViewsOn(sql, patientSql, {
      orderColumns: ORDER_COLUMNS,
      certificateColumns: CERTIFICATE_COLUMNS,
      *search(filter, page) {
        return (yield* searchOrders(filter, page)).map(({ orderNumber }) => orderNumber);
      },
    }),
    expiringCertificates: expiringCertificatesOn(sql),
    history: postgresHistory(patientSql),
    reports: reportsOn(patientSql),
    pruning: pruningOn({
      change: (statements) =>
        patient.transaction(async (transaction) => {
          await takeFeed(transaction);
          const changed: number[] = [];
          for (const statement of statements) changed.push(await transaction.change(statement));
          return changed;
        }),
      column: async (statement) => (await patient.run(statement)).map(({ n }) => n),
    }),
    jobLeases: jobLeasesOn(sql),
    secretRows: secretRowsOn(patientSql),
    webhookEndpoints: webhookEndpointsOn(patientSql),
    webhookQueue: webhookQueueOn(patientSql, { epochTable: 'feed', epochColumn: 'epoch' }),
    upstreams: upstreamsOn(patientSql),
    followedOrders: followedOrdersOn(patientSql),
    // It looks after its pages itself, and lets nothing in that refers to nothing.
    integrityProblems: async () => [],
    wronglyPacked: wronglyPackedOn(patientSql),
    wronglyFollowed: wronglyFollowedOn(patientSql),
    pool: () => connections.use(),
    async ping() {
      await quick.run('SELECT 1 FROM account LIMIT 1', []);
    },
    close: () => connections.close(),
  };
}
