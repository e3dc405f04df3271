/** What an account's feed reads where there are 10,000 accounts: its own rows, by an index. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { countRows, statementsOf } from '../statements.ts';
import { emptyDatabase, execute, isPostgres } from '../store/databases.ts';

const ACCOUNTS = 10_000;
const CHANGES = 40_000;
const numbers = (count: number) =>
  isPostgres
    ? `generate_series(1, ${count}) AS series (n)`
    : `(WITH RECURSIVE series (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < ${count}) SELECT n FROM series) series`;
/** Every second change is of the first account: an index must serve it as well as the others. */
const ACCOUNT = `CASE WHEN n % 2 = 0 THEN 1 ELSE n % ${ACCOUNTS} + 1 END`;
const FILL = [
  `INSERT INTO account ("loginName", "passwordHash", created) SELECT 'a' || n, '', 0 FROM ${numbers(ACCOUNTS)}`,
  `INSERT INTO "order" ("orderNumber", "accountID", "orderStatus", "orderStatusMeaning", "packedCertificates", version, changed)
   SELECT n, ${ACCOUNT}, 'Pending', 'pending', '[]', 1, 0 FROM ${numbers(CHANGES)}`,
  `INSERT INTO change (cursor, "orderNumber", version, made, "authorKind", "authorName", differences, "accountID")
   SELECT n, n, 1, 0, 'service', 'test', '[]', ${ACCOUNT} FROM ${numbers(CHANGES)}`,
  `INSERT INTO "accountToken" ("accountID", name, scope, digest, created) SELECT n, 'x', 'read', 'd' || n, 0 FROM ${numbers(ACCOUNTS)}`,
  `INSERT INTO "prunedChanges" SELECT n, 1 FROM ${numbers(ACCOUNTS)}`,
  'ANALYZE',
];

test('the feed of one account among 10,000 reads its own rows alone', async (t) => {
  const database = await emptyDatabase(t);
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  for (const statement of FILL) await execute(database, statement);
  const statements = statementsOf(t);
  const rows = countRows(t);
  for (const accountID of [8, 1]) {
    assert.equal((await store.history.afterOfAccount(accountID, '20000', 2)).length, 2);
    assert.ok((await store.history.accountSpan(accountID)).end > 20_000n);
  }
  assert.deepEqual(await store.history.accountsChangedAfter('39999'), [1]);
  assert.equal((await store.accountTokens.find('d7'))?.accountID, 7);
  assert.equal(rows.count, 2 * 3 + 1 + 1);

  const explain = isPostgres ? 'EXPLAIN (GENERIC_PLAN)' : 'EXPLAIN QUERY PLAN';
  for (const statement of new Set(statements)) {
    const plan = JSON.stringify(
      await execute(database, `${explain} ${isPostgres ? statement : statement.replace(/\?\d?/g, '0')}`),
    );
    // The epoch is in a table of one row.
    assert.doesNotMatch(
      plan.replaceAll(/(SCAN|Seq Scan on) (epoch|feed|page|limited|CONSTANT ROW)/g, ''),
      /SCAN |Seq Scan/,
      `${statement}: ${plan}`,
    );
    if (/"accountID" = .* AND cursor >|max\(cursor\)/.test(statement)) {
      assert.match(plan, /changeOfAccount/, `${statement}: ${plan}`);
    }
  }
});
