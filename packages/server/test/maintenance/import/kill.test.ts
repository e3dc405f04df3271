import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type CommandFixture, commandFixture, runCommand, startCommand } from '../../command.ts';
import { acmeCertificate, acmeOrder } from '../../sample-orders.ts';
import { execute } from '../../store/databases.ts';

const ORDERS = 10_000;
const BATCH = 1000;

function manyOrders(fixture: CommandFixture): string {
  const lines = Array.from({ length: ORDERS }, (_, index) =>
    acmeOrder({
      orderNumber: String(1000 + index),
      certificates: [acmeCertificate({ certificateID: String(1_000_000 + index) })],
    }),
  );
  return fixture.file('many.ndjson', lines);
}

/** How many orders another process has committed so far. */
async function ordersIn({ database: [, database] }: CommandFixture): Promise<number> {
  const [row] = await execute(database, 'SELECT count(*) AS n FROM "order"');
  return Number(row?.['n']);
}

async function untilSomeOrders(fixture: CommandFixture): Promise<void> {
  while ((await ordersIn(fixture)) === 0) await pause(5);
}

test('kill -9 in the middle leaves whole batches and no scratch file, and the same import again completes it', async (t) => {
  const fixture = await commandFixture(t);
  const file = manyOrders(fixture);
  const before = readdirSync(fixture.folder).length;
  const first = startCommand(['import', file, ...fixture.database], { env: { TMPDIR: fixture.folder } });
  await untilSomeOrders(fixture);
  first.process.kill('SIGKILL');
  await first.ended;
  const left = await ordersIn(fixture);
  assert.ok(left > 0 && left < ORDERS, `${left} orders`);
  assert.equal(left % BATCH, 0);
  assert.equal(readdirSync(fixture.folder).length, before);

  const second = await runCommand(['import', file, ...fixture.database]);
  assert.equal(second.stdout, `${ORDERS - left} orders created, 0 changed, ${left} unchanged\n`);
  assert.equal(second.code, 0, second.stderr);
  assert.equal(await ordersIn(fixture), ORDERS);
});

test('SIGINT finishes the batch and says how to go on', async (t) => {
  const fixture = await commandFixture(t);
  const file = manyOrders(fixture);
  const first = startCommand(['import', file, ...fixture.database]);
  await untilSomeOrders(fixture);
  first.process.kill('SIGINT');
  const { code, stderr } = await first.ended;
  const left = await ordersIn(fixture);
  assert.equal(code, 1);
  assert.equal(
    stderr.split('\n').at(-2),
    `cert-order-status: interrupted; ${left} orders are in the database, and the same import completes it`,
  );
  assert.equal(left % BATCH, 0);
});
