/** Opens an order database in a PostgreSQL database. */

import { OperatorError } from '../../operator-error.ts';
import { pruningOn } from '../queries/pruning.ts';
import { reportsOn } from '../queries/reports.ts';
import { type Store, type StoreMode, StoreUnavailable } from '../store.ts';
import { postgresAccounts } from './accounts.ts';
import { Connections } from './connections.ts';
import { databaseOptions, withoutPassword } from './database-url.ts';
import { postgresFailedLogins } from './failed-login-counters.ts';
import { postgresHistory, takeFeed } from './history.ts';
import { migrate, schemaState } from './migrations.ts';
import { postgresOperatorLogins } from './operator-logins.ts';
import { postgresOrderStore } from './order-store.ts';
import { postgresOrderViews } from './order-views.ts';
import { checkDatabase } from './session-defaults.ts';
import { postgresSessions } from './sessions.ts';
import { postgresShareLinks } from './share-links.ts';
import { postgresStatusReader } from './status-reader.ts';
import { postgresTokens } from './tokens.ts';

/** How long a question waits for the database, in milliseconds. */
const READ_TIMEOUT = 2000;
/** How long everything else does: large batches, and those who wait for others to have written theirs. */
const WRITE_TIMEOUT = 60_000;
/** A migration of a large database takes its time. */
const MIGRATION_TIMEOUT = 2 ** 31 - 1;

/** See `openStore`. */
export async function openPostgresStore(
  url: string,
  mode: StoreMode,
  onCreate: () => void = () => {},
): Promise<Store> {
  const options = databaseOptions(url);
  const connections = new Connections(options, mode);
  try {
    const database = connections.within(MIGRATION_TIMEOUT);
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
      `cannot open the order database ${withoutPassword(url)}: ${(error as Error).message}`,
      { cause: error },
    );
  }
}

/** Whoever opens the database to read cannot do that on its own connections. */
async function migrateFirst(url: string): Promise<void> {
  const connections = new Connections(databaseOptions(url), 'write');
  try {
    await migrate(connections.within(MIGRATION_TIMEOUT));
  } finally {
    await connections.close();
  }
}

function storeOn(connections: Connections): Store {
  // What callers of the public API wait for.
  const quick = connections.within(READ_TIMEOUT);
  const patient = connections.within(WRITE_TIMEOUT);
  return {
    statusReader: postgresStatusReader(quick),
    accounts: postgresAccounts(quick),
    tokens: postgresTokens(quick),
    sessions: postgresSessions(quick),
    failedLogins: postgresFailedLogins(quick),
    operatorLogins: postgresOperatorLogins(quick),
    shareLinks: postgresShareLinks(quick),
    orders: postgresOrderStore(patient),
    orderViews: postgresOrderViews(quick, patient),
    history: postgresHistory(patient),
    reports: reportsOn((query) => patient.run(query)),
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
    // It looks after its pages itself, and lets nothing in that refers to nothing.
    integrityProblems: async () => [],
    pool: () => connections.use(),
    async ping() {
      await quick.run('SELECT 1 FROM account LIMIT 1', []);
    },
    close: () => connections.close(),
  };
}
