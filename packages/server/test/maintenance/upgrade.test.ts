import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { matchesHash } from '../../src/accounts/password-hash.ts';
import { verifyDatabase } from '../../src/maintenance/verify.ts';
import { HISTORY_START } from '../../src/orders/history.ts';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { runService } from '../running-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';

/** Databases that earlier versions of the program have made, one for each schema. */
const DATABASES = new URL('./databases/', import.meta.url);

for (const name of readdirSync(DATABASES).toSorted()) {
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
    const problems: string[] = [];
    const counts = await verifyDatabase(
      store,
      (problem) => problems.push(problem),
      () => {},
    );
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
