import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { runCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const RESTORE = "restore a backup ('cert-order-status restore --help')";
const DAMAGED = `the file is damaged; stop the service, keep a copy, and ${RESTORE}`;
const NO_BOOK = `it is no order database, or its beginning is damaged; name another file, or ${RESTORE}`;
const OTHER_TABLES = `its tables are not those of its version: it was changed by something else, or put together from parts; ${RESTORE}`;

const FAULTS: Readonly<Record<string, readonly [(path: string) => void, string]>> = {
  'a file that is something else': [(path) => writeFileSync(path, 'hello\n'.repeat(1000)), NO_BOOK],
  'a file without its beginning': [(path) => overwrite(path, 0, 4096), NO_BOOK],
  'a file without its end': [(path) => truncateSync(path, 12_288), DAMAGED],
  'an upgrade that was begun by hand': [(path) => execute(path, 'PRAGMA user_version = 3'), OTHER_TABLES],
  'a database without one of its tables': [(path) => execute(path, 'DROP TABLE guessKey'), OTHER_TABLES],
};

function overwrite(path: string, from: number, length: number): void {
  writeFileSync(path, readFileSync(path).fill(0xff, from, from + length));
}

function execute(path: string, sql: string): void {
  const database = new DatabaseSync(path);
  database.exec(sql);
  database.close();
}

async function goodDatabase(t: TestContext): Promise<string> {
  const path = join(temporaryFolder(t), 'good.db');
  const store = await openStore(`sqlite:${path}`, 'write');
  await store.accounts.add('acme-hosting', 'a hash');
  const orders = Array.from({ length: 300 }, (_, number) =>
    acmeOrder({
      orderNumber: String(number + 1),
      certificates: [acmeCertificate({ certificateID: String(number + 1) })],
    }),
  );
  await fillDatabase(store.orders, orders);
  await store.close();
  return path;
}

test('a damaged or half-migrated database is refused with what to do, and left as it is', async (t) => {
  const good = await goodDatabase(t);
  for (const [what, [spoil, advice]] of Object.entries(FAULTS)) {
    const path = join(temporaryFolder(t), 'orders.db');
    copyFileSync(good, path);
    spoil(path);
    const before = readFileSync(path);
    for (const mode of ['read', 'write'] as const) {
      await assert.rejects(
        openStore(`sqlite:${path}`, mode),
        ({ name, message }: Error) =>
          name === 'OperatorError' &&
          message.startsWith(`cannot open the order database ${path}: `) &&
          message.endsWith(advice),
        what,
      );
    }
    assert.deepEqual(readFileSync(path), before, what);
  }
});

test('damage in the middle is found by verify', async (t) => {
  const path = await goodDatabase(t);
  overwrite(path, 8 * 4096, 8 * 4096);
  const database = ['--database', `sqlite:${path}`];
  const verified = await runCommand(['verify', ...database]);
  assert.equal(verified.code, 1);
  assert.match(verified.stderr, /malformed|things are wrong/);
});
