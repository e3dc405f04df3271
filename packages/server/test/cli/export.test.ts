import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readOrderRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { runs } from '../../../protocol/test/runs.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, runCommand } from '../command.ts';
import { TESTER } from '../fill-database.ts';

test('exported, imported into an empty database and exported again, the bytes are the same', async (t) => {
  const fixture = await commandFixture(t, ['a']);
  const store = await openStore(fixture.database[1], 'write');
  const inputs = fc.sample(recordInput, { numRuns: runs(2500), seed: 7 });
  let replacements = 0;
  let replaced: string | undefined;
  for (let from = 0; from < inputs.length; from += 50) {
    const requests = inputs.slice(from, from + 50).map((input) => {
      const read = readOrderRecord(input);
      assert.ok(read.ok);
      const { replacesOrderNumber: _, ...record } = { ...read.record, account: 'a' };
      const link = from < 300 && replaced !== record.orderNumber ? replaced : undefined;
      // Read once more, so that its fields are in canonical order.
      const linked = readOrderRecord({ ...record, replacesOrderNumber: link });
      assert.ok(linked.ok);
      return putOrder(linked.record);
    });
    const outcomes = await store.orders.change(requests, TESTER, { exemption: { kind: 'as-is' } });
    const created = outcomes.flatMap((outcome) => (outcome.kind === 'created' ? [outcome] : []));
    replacements += created.filter(({ order }) => order.record.replacesOrderNumber !== undefined).length;
    replaced = created.at(-1)?.order.record.orderNumber;
  }
  await store.close();
  assert.ok(replacements > 100);

  const first = join(fixture.folder, 'first.ndjson');
  const exported = await runCommand(['export', first, ...fixture.database]);
  const lines = readFileSync(first, 'utf8').split('\n').length - 1;
  assert.deepEqual(exported, { code: 0, stdout: '', stderr: `${lines} orders exported\n` });
  assert.ok(lines > (inputs.length * 2) / 3);
  assert.equal(statSync(first).mode & 0o777, 0o600);

  const copy = await commandFixture(t, ['a']);
  const imported = await runCommand(['import', first, '--as-is', ...copy.database]);
  assert.equal(imported.stdout, `${lines} orders created, 0 changed, 0 unchanged\n`);
  const again = await runCommand(['export', ...copy.database]);
  assert.equal(again.stdout, readFileSync(first, 'utf8'));
});

test('an export that fails leaves no file behind', async (t) => {
  const fixture = await commandFixture(t);
  const target = join(fixture.folder, 'no', 'such', 'folder.ndjson');
  const { code, stderr } = await runCommand(['export', target, ...fixture.database]);
  assert.equal(code, 1);
  assert.match(stderr, /^cert-order-status: cannot write .*ENOENT/);
  assert.deepEqual(
    readdirSync(fixture.folder).filter((name) => !name.startsWith('orders.db')),
    [],
  );
});
