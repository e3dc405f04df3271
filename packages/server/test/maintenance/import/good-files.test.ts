import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HISTORY_START } from '../../../src/orders/history.ts';
import { openStore } from '../../../src/store/open-store.ts';
import { commandFixture, runCommand, startCommand } from '../../command.ts';
import { ACME, runService } from '../../running-service.ts';
import { acmeCertificate, acmeOrder } from '../../sample-orders.ts';

function order(number: number, replaced?: number) {
  return acmeOrder({
    orderNumber: String(number),
    certificates: [acmeCertificate({ certificateID: String(number) })],
    ...(replaced !== undefined && { replacesOrderNumber: String(replaced) }),
  });
}

test('the same file twice changes nothing, a changed order is changed, a repeated line counts once', async (t) => {
  const fixture = await commandFixture(t);
  const file = fixture.file('a.ndjson', [order(1), order(2), order(1)]);
  const first = await runCommand(['import', file, ...fixture.database]);
  assert.equal(first.stdout, '2 orders created, 0 changed, 0 unchanged, 1 line repeated others\n');
  const again = await runCommand(['import', file, ...fixture.database]);
  assert.equal(again.stdout, '0 orders created, 0 changed, 2 unchanged, 1 line repeated others\n');
  const changed = fixture.file('b.ndjson', [
    order(1),
    { ...order(2), orderDateTime: '2026-01-01T00:00:00Z' },
  ]);
  const third = await runCommand(['import', changed, ...fixture.database]);
  assert.deepEqual(third, { code: 0, stdout: '0 orders created, 1 changed, 1 unchanged\n', stderr: '' });
});

test('an order that a rule makes otherwise than the file has it is told of, in a line and in the summary', async (t) => {
  const fixture = await commandFixture(t);
  const cancelled = { ...order(2), orderStatus: 'Cancelled' as const };
  const file = fixture.file('a.ndjson', [order(1), cancelled]);
  const line =
    'order 2 differs from the file: certificate 2 is Rejected, not Awaiting Validation, ' +
    'because order 2 is Cancelled (closed-without-awaiting)\n';
  assert.deepEqual(await runCommand(['import', file, ...fixture.database]), {
    code: 0,
    stdout: '2 orders created, 0 changed, 0 unchanged, 1 of them otherwise than in the file\n',
    stderr: line,
  });
  // The same again changes nothing, and still the database is not what the file is.
  assert.deepEqual(await runCommand(['import', file, ...fixture.database]), {
    code: 0,
    stdout: '0 orders created, 0 changed, 2 unchanged, 1 of them otherwise than in the file\n',
    stderr: line,
  });
  const put = await runCommand(['order', 'put', file, ...fixture.database]);
  assert.deepEqual([put.code, put.stderr], [0, line]);

  const other = await commandFixture(t);
  const asIs = await runCommand(['import', '--as-is', file, ...other.database]);
  assert.deepEqual(asIs, { code: 0, stdout: '2 orders created, 0 changed, 0 unchanged\n', stderr: '' });
  const { stdout } = await runCommand(['order', 'show', '2', '--json', ...other.database]);
  assert.deepEqual(JSON.parse(stdout), cancelled);
});

test('of many orders that a rule has changed the first hundred are named', async (t) => {
  const fixture = await commandFixture(t);
  const all = Array.from({ length: 102 }, (_, index) => ({
    ...order(index + 1),
    orderStatus: 'Cancelled' as const,
  }));
  const { stdout, stderr } = await runCommand(['import', fixture.file('a.ndjson', all), ...fixture.database]);
  const lines = stderr.trimEnd().split('\n');
  assert.equal(lines.length, 101);
  assert.match(lines[99] ?? '', /^order 100 differs/);
  assert.equal(lines[100], '… and 2 more orders differ from the file');
  assert.match(stdout, /, 102 of them otherwise than in the file\n$/);
});

test('what order show --json prints is what import reads', async (t) => {
  const fixture = await commandFixture(t);
  await runCommand(['import', fixture.file('a.ndjson', [order(1), order(2, 1)]), ...fixture.database]);
  const { stdout } = await runCommand(['order', 'show', '2', '--json', ...fixture.database]);
  assert.deepEqual(JSON.parse(stdout), order(2, 1));
  const again = await runCommand(['import', '-', ...fixture.database], { input: stdout });
  assert.equal(again.stdout, '0 orders created, 0 changed, 1 unchanged\n');
});

test('legacy data that breaks the rules is taken as it is, and recorded as such', async (t) => {
  const fixture = await commandFixture(t);
  const legacy = { ...order(1), orderStatus: 'Completed' };
  const file = fixture.file('legacy.ndjson', [legacy as ReturnType<typeof order>, order(2)]);
  const refused = await runCommand(['import', file, ...fixture.database]);
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /^line 1: certificate 1 is Awaiting Validation.*\(completed-without-awaiting\)/,
  );
  const taken = await runCommand(['import', file, '--as-is', ...fixture.database]);
  assert.equal(taken.stdout, '2 orders created, 0 changed, 0 unchanged\n');
  const store = await openStore(fixture.database[1], 'read');
  t.after(() => store.close());
  const changes = await store.history.after(HISTORY_START, 10);
  assert.deepEqual(
    changes.map(({ waivedRules, by }) => ({ waivedRules, by })),
    [
      {
        waivedRules: ['completed-without-awaiting', 'completed-with-issued-certificate'],
        by: { kind: 'command line', name: userInfo().username },
      },
      { waivedRules: undefined, by: { kind: 'command line', name: userInfo().username } },
    ],
  );
});

test('an order of the database obeys the rules of change', async (t) => {
  const fixture = await commandFixture(t);
  const cancelled = fixture.file('a.ndjson', [{ ...order(1), orderStatus: 'Cancelled' }]);
  await runCommand(['import', cancelled, ...fixture.database]);
  const { stderr } = await runCommand(['import', fixture.file('b.ndjson', [order(1)]), ...fixture.database]);
  assert.match(
    stderr,
    /^line 1: order 1 is Cancelled and stays that, not Pending \(order-transition\); certificate 1 is Rejected/,
  );
});

test('a chain of thousands of replacements, last one first', async (t) => {
  const fixture = await commandFixture(t);
  const length = 5000;
  const lines = Array.from({ length }, (_, index) =>
    order(length - index, index === length - 1 ? undefined : length - index - 1),
  );
  const { stdout } = await runCommand(['import', fixture.file('chain.ndjson', lines), ...fixture.database]);
  assert.equal(stdout, `${length} orders created, 0 changed, 0 unchanged\n`);
});

test('blank lines, CRLF, a byte order mark and a missing last newline are harmless', async (t) => {
  const fixture = await commandFixture(t);
  const file = join(fixture.folder, 'windows.ndjson');
  writeFileSync(file, `\uFEFF${JSON.stringify(order(1))}\r\n\r\n  \r\n${JSON.stringify(order(2))}`);
  const { stdout, code } = await runCommand(['import', file, ...fixture.database]);
  assert.equal(stdout, '2 orders created, 0 changed, 0 unchanged\n');
  assert.equal(code, 0);
});

test('bytes that are not UTF-8 are named', async (t) => {
  const fixture = await commandFixture(t);
  const [before, after] = JSON.stringify(order(1)).split('www');
  const input = Buffer.concat([Buffer.from(before ?? ''), Buffer.from([0xff]), Buffer.from(after ?? '')]);
  const { stderr, code } = await runCommand(['import', '-', ...fixture.database], { input });
  assert.match(stderr, /^line 1: is not valid UTF-8\n/);
  assert.equal(code, 1);
});

test('an empty file is an import of nothing; a missing one is a failure', async (t) => {
  const fixture = await commandFixture(t);
  const empty = await runCommand(['import', '-', ...fixture.database]);
  assert.deepEqual(empty, { code: 0, stdout: '0 orders created, 0 changed, 0 unchanged\n', stderr: '' });
  const missing = await runCommand(['import', join(fixture.folder, 'no such file'), ...fixture.database]);
  assert.equal(missing.code, 1);
  assert.match(missing.stderr, /^cert-order-status: cannot read .*no such file.*ENOENT/);
});

test('a service that runs meanwhile keeps answering, and knows the new orders', async (t) => {
  const service = await runService(t);
  const input = Array.from({ length: 5000 }, (_, index) => JSON.stringify(order(100 + index))).join('\n');
  const running = startCommand(['import', '-', '--database', service.database], { input });
  let isRunning = true;
  const ended = running.ended.finally(() => {
    isRunning = false;
  });
  while (isRunning) {
    const { body } = await service.ask({ ...ACME, orderNumber: '7250060', queryType: '0' });
    assert.match(body, /^errorCode=0&1_orderNumber=7250060&/);
  }
  assert.equal((await ended).stdout, '5000 orders created, 0 changed, 0 unchanged\n');
  const { body } = await service.ask({ ...ACME, orderNumber: '5099', queryType: '0' });
  assert.match(body, /^errorCode=0&1_orderNumber=5099&/);
});
