import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { OrderRecord } from '@cert-order-status/protocol';
import { commandFixture, runCommand } from '../../command.ts';
import { acmeCertificate, acmeOrder } from '../../sample-orders.ts';

/** Order N with certificate N. */
function order(number: number, changes: Partial<OrderRecord> = {}): OrderRecord {
  return acmeOrder({
    orderNumber: String(number),
    certificates: [acmeCertificate({ certificateID: String(number) })],
    ...changes,
  });
}

/**
 * What importing the lines reports, into a database that holds order 100, 101 and 102, each replacing the one before.
 */
async function problemsOf(t: TestContext, lines: readonly (OrderRecord | string)[], ...flags: string[]) {
  const fixture = await commandFixture(t, ['acme-hosting', 'other']);
  const seed = fixture.file('seed.ndjson', [
    order(100),
    order(101, { replacesOrderNumber: '100' }),
    order(102, { replacesOrderNumber: '101' }),
    order(200, { account: 'other' }),
  ]);
  await runCommand(['import', seed, ...fixture.database]);
  const ended = await runCommand(['import', fixture.file('in.ndjson', lines), ...flags, ...fixture.database]);
  const problems = ended.stderr.split('\n').filter((line) => line.startsWith('line '));
  const list = await runCommand(['account', 'list', '--json', ...fixture.database]);
  const orders = list.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).orders);
  return { ...ended, problems, orders, fixture };
}

test('lines that are no orders are named with the reason, and nothing is imported', async (t) => {
  const { code, problems, orders, stderr, stdout } = await problemsOf(t, [
    order(1),
    '{"account": nonsense',
    '[]',
    '',
    '{"account":"acme-hosting","orderNumber":9007199254740992,"colour":"red"}',
    JSON.stringify(order(2)).replace('"2"', '"2 "'),
  ]);
  assert.equal(code, 1);
  assert.equal(stdout, '');
  assert.match(problems[0] ?? '', /^line 2: is not valid JSON/);
  assert.deepEqual(problems.slice(1, 3), [
    'line 3: must be a JSON object',
    'line 5: orderNumber: is not a whole number that JSON holds exactly; write it as a string; ' +
      'orderDateTime: is missing; orderStatus: is missing; certificates: is missing; ' +
      'colour: is not a field of this record',
  ]);
  assert.match(problems[3] ?? '', /^line 6: .*must be a whole number/);
  assert.equal(problems.length, 4);
  assert.match(
    stderr,
    /4 of 5 lines are not valid, so nothing was imported; fix them, or use --skip-invalid\n$/,
  );
  assert.deepEqual(orders, [3, 1]);
});

test('problems are reported beside the largest numbers', async (t) => {
  const largest = acmeOrder({
    orderNumber: '999999999999999999',
    certificates: [acmeCertificate({ certificateID: '9999999999999999' })],
  });
  const { problems } = await problemsOf(t, [
    largest,
    '[]',
    { ...largest, orderNumber: '999999999999999998' },
  ]);
  assert.deepEqual(problems, [
    'line 1: certificate 9999999999999999 is also in order 999999999999999998',
    'line 2: must be a JSON object',
    'line 3: certificate 9999999999999999 is also in order 999999999999999999',
  ]);
});

test('--skip-invalid imports the others and exits with 1', async (t) => {
  const { code, problems, orders, stdout } = await problemsOf(
    t,
    [order(1), '[]', order(2)],
    '--skip-invalid',
  );
  assert.equal(code, 1);
  assert.deepEqual(problems, ['line 2: must be a JSON object']);
  assert.equal(stdout, '2 orders created, 0 changed, 0 unchanged, 1 invalid line left out\n');
  assert.deepEqual(orders, [5, 1]);
});

test('orders that disagree with the database or the file are named with the rule', async (t) => {
  const { problems } = await problemsOf(t, [
    order(1, { account: 'nobody' }),
    order(200),
    order(2, { certificates: [acmeCertificate({ certificateID: '200' })] }),
    order(100, { certificates: [acmeCertificate({ certificateID: '1000' })] }),
    order(3),
    order(3, { orderStatus: 'Cancelled' }),
    order(4, { certificates: [acmeCertificate({ certificateID: '77' })] }),
    order(5, { certificates: [acmeCertificate({ certificateID: '77' })] }),
    order(6),
    order(6),
  ]);
  assert.deepEqual(problems, [
    "line 1: account 'nobody' does not exist; add it first (account-exists)",
    "line 2: order 200 belongs to another account, and an order's account never changes (account-never-changes)",
    'line 3: certificate 200 belongs to order 200 (certificate-in-one-order)',
    'line 4: certificate 100 of order 100 is left out, and a certificate is never removed (certificate-never-removed)',
    'line 5: order 3 is also given differently on line 6',
    'line 6: order 3 is also given differently on line 5',
    'line 7: certificate 77 is also in order 5',
    'line 8: certificate 77 is also in order 4',
  ]);
});

test('replacements that lead nowhere, to others, or in circles are named', async (t) => {
  const { problems } = await problemsOf(t, [
    order(1, { replacesOrderNumber: '999' }),
    order(2, { replacesOrderNumber: '200' }),
    order(3, { replacesOrderNumber: '4', account: 'other' }),
    order(4),
    order(5, { replacesOrderNumber: '6' }),
    order(6, { replacesOrderNumber: '5' }),
    // The database's 102 replaces 101, which replaces 100.
    order(100, { replacesOrderNumber: '102' }),
    order(7, { replacesOrderNumber: '1' }),
    order(8, { replacesOrderNumber: '7' }),
  ]);
  assert.deepEqual(problems, [
    'line 1: order 999, which it replaces, does not exist (replaced-order-exists)',
    'line 2: order 200, which it replaces, belongs to another account (replaced-order-of-same-account)',
    'line 3: order 4, which it replaces, belongs to another account (replaced-order-of-same-account)',
    'line 5: order 5 would replace itself through other replacements (replacements-never-loop)',
    'line 6: order 6 would replace itself through other replacements (replacements-never-loop)',
    'line 7: order 100 would replace itself through other replacements (replacements-never-loop)',
    'line 8: it replaces order 1, whose line is not valid',
    'line 9: it replaces order 7, whose line is not valid',
  ]);
});

test('a loop through orders of the file and orders of the database is found', async (t) => {
  const { problems } = await problemsOf(t, [
    // From 100 by way of 50, which only the file holds, to 102 and 101, which only the database holds, and back.
    order(50, { replacesOrderNumber: '102' }),
    order(100, { replacesOrderNumber: '50' }),
  ]);
  assert.deepEqual(problems, [
    'line 1: order 50 would replace itself through other replacements (replacements-never-loop)',
    'line 2: order 100 would replace itself through other replacements (replacements-never-loop)',
  ]);
});
