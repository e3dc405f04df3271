import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkOrders } from '../../src/maintenance/import/check-orders.ts';
import { openStore } from '../../src/store/open-store.ts';
import { StagingDatabase } from '../../src/store/staging-database.ts';
import { runManagedService } from '../management-api/managed-service.ts';
import { sendRequest } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { fuzz } from './fuzzing.ts';
import { type Schema, valuesOf } from './schema-values.ts';

const RESULTS = ['created', 'changed', 'unchanged', 'refused', 'blank', 'stopped'];

test('whatever file is imported or sent as a batch, every line is taken or named with a reason', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  const store = await openStore(service.database, 'read');
  // Hooks run in their order, and this one comes before the service's.
  const { json: document } = await service.manage('GET /openapi.json');
  const schemas: Readonly<Record<string, Schema>> = document.components.schemas;
  const record = valuesOf({ $ref: '#/OrderRecord' }, schemas).map((value) => JSON.stringify(value) ?? '');
  const good = fc.nat(20).map((number) => {
    const certificates = [acmeCertificate({ certificateID: String(100 + number) })];
    return JSON.stringify(acmeOrder({ orderNumber: String(100 + number), certificates }));
  });
  const line = fc.oneof(
    { weight: 3, arbitrary: good },
    { weight: 3, arbitrary: record },
    { weight: 1, arbitrary: fc.json() },
    { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
    { weight: 1, arbitrary: fc.constantFrom('', ' ', '\ufeff', '['.repeat(5000), `"${'x'.repeat(70_000)}"`) },
  );
  const generated = fc
    .tuple(fc.array(line, { maxLength: 6 }), fc.constantFrom('\n', '\r\n', '\n\n'))
    .map(([lines, end]) => Buffer.from(lines.join(end)));
  try {
    await fuzz(t, {
      name: 'ndjson',
      generated,
      async send(input) {
        const { status, body } = await sendRequest({
          scheme: 'https',
          port: service.managementPort ?? 0,
          method: 'POST',
          path: '/v1/orders:batch',
          headers: {
            Authorization: `Bearer ${service.tokens.write}`,
            'Content-Type': 'application/x-ndjson',
            'Content-Length': input.length,
          },
          body: input,
        });
        assert.equal(status, 200);
        const results = body
          .split('\n')
          .filter((text) => text !== '')
          .map((text) => JSON.parse(text));
        for (const { result, problem } of results) {
          assert.ok(RESULTS.includes(result), result);
          assert.equal(problem !== undefined, result === 'refused' || result === 'stopped');
        }
        const scratch = new StagingDatabase();
        try {
          await checkOrders(streamOf(input), store.orders, scratch, undefined, () => {});
          const named = new Set([...scratch.problems()].map((each) => each.line));
          const unread = results.filter(({ problem }) =>
            /invalid-record|malformed/.test(problem?.type ?? ''),
          );
          for (const { line: number } of unread) assert.ok(named.has(number), `line ${number} is not named`);
        } finally {
          scratch.close();
        }
        const [first] = results.filter(({ problem }) => problem !== undefined);
        const kinds = [...new Set(results.map(({ result }) => result))].toSorted().join(' ');
        return `${kinds}: ${first?.problem.errors?.[0]?.rule ?? first?.problem.type ?? ''}`;
      },
    });
  } finally {
    await store.close();
  }
  const order = await service.manage('GET /v1/orders/7250060');
  assert.equal(order.status, 200);
});

async function* streamOf(bytes: Buffer): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += 1000) yield bytes.subarray(at, at + 1000);
}
