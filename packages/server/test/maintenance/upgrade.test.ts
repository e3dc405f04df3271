import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { matchesHash } from '../../src/accounts/password-hash.ts';
import { patchOrder } from '../../src/orders/change-request.ts';
import { HISTORY_START } from '../../src/orders/history.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { TESTER } from '../fill-database.ts';
import { runService } from '../running-service.ts';
import { execute } from '../store/databases.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { recordedAnswers } from './recorded-answers.ts';
import {
  postgresSchema5,
  postgresSchema7,
  recordedAnswersOf,
  sqliteSchema6,
  sqliteSchema8,
} from './recorded-database.ts';
import { verified } from './verified.ts';

/** Databases that earlier versions of the program have made, one for each schema. */
const DATABASES = new URL('./databases/', import.meta.url);

for (const name of readdirSync(DATABASES).toSorted()) {
  if (!name.endsWith('.db.gz')) continue;
  test(`a database of an earlier version is brought up to date and answered from: ${name}`, async (t) => {
    const path = join(temporaryFolder(t), 'orders.db');
    writeFileSync(path, gunzipSync(readFileSync(new URL(name, DATABASES))));
    const database = `sqlite:${path}`;
    // A copy of it is one of the same version, and can be restored.
    const copy = `${path}.copy`;
    const { code, stdout } = await runCommand(['backup', copy, '--database', database]);
    assert.equal(code, 0);
    assert.match(stdout, /holds 2 orders, 2 certificates, [0-3] changes?, 1 account\n$/);

    const store = await openStore(database, 'write');
    const account = await store.accounts.find('acme-hosting');
    assert.ok(await matchesHash('correct horse', account?.passwordHash ?? ''));
    const { counts, problems } = await verified(store);
    // Whoever followed the version before goes on from where they were.
    const latest = await store.history.latest();
    assert.ok(
      latest === HISTORY_START || (await store.history.isKnown(latest.slice(latest.indexOf('_') + 1))),
    );
    await store.close();
    assert.deepEqual(problems, []);
    assert.equal(counts.orders, 2);

    const service = await runService(t, { database, accounts: ['new'], orders: [] });
    const form = {
      loginName: 'acme-hosting',
      loginPassword: 'correct horse',
      orderNumber: '7250061',
      queryType: '1',
    };
    const { body } = await service.ask(form);
    assert.match(body, /^errorCode=0&1_orderNumber=7250061&.*1_1_certificateStatus=Issued/);
  });
}

for (const [name, make, changeCount] of [
  ['sqlite-6', async (t: TestContext) => sqliteSchema6(t), 29],
  ['sqlite-8', async (t: TestContext) => sqliteSchema8(t), 35],
  ['postgres-5', postgresSchema5, 29],
  ['postgres-7', postgresSchema7, 35],
] as const) {
  test(`what ${name} answered, exported and remembered is the same afterwards, byte for byte`, async (t) => {
    const database = await make(t);
    const store = await openStore(database, 'write');
    try {
      const recorded = recordedAnswersOf(name);
      const found = await recordedAnswers(store);
      for (const [index, line] of recorded.entries()) assert.equal(found[index], line);
      assert.equal(found.length, recorded.length);
      const { counts, problems } = await verified(store);
      assert.deepEqual([problems, counts.changes], [[], changeCount]);
      // What is changed from now on says which certificate it is about, beside what earlier versions said.
      const patch = { certificates: new Map([['39', { freeDVUPStatus: 'completed' }]]) };
      const [outcome] = await store.orders.change([patchOrder('4', patch)], TESTER);
      assert.equal(outcome?.kind, 'changed');
      const { changes } = await store.history.latestOfOrder('4', { limit: 1 });
      assert.deepEqual(changes[0]?.kind === 'changed' && changes[0].differences, [
        {
          certificate: 2,
          certificateID: '39',
          field: 'freeDVUPStatus',
          before: 'not-required',
          after: 'completed',
        },
      ]);
      assert.deepEqual((await verified(store)).problems, []);
    } finally {
      await store.close();
    }
    // Each change has the account of its order, also those of before.
    const wrong = await execute(
      database,
      `SELECT cursor FROM change JOIN "order" USING ("orderNumber")
       WHERE change."accountID" IS NULL OR change."accountID" <> "order"."accountID"`,
    );
    assert.deepEqual(wrong, []);
    await assert.rejects(execute(database, 'UPDATE change SET made = 0'), /append-only/);
  });
}
