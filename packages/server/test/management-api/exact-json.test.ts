/**
 * JSON that could be read in two ways, and numbers that would be rounded, are refused by name wherever orders come in.
 */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { commandFixture, runCommand } from '../command.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { runManagedService } from './managed-service.ts';

const ORDER = '/v1/orders/7250060';
const TEXT = JSON.stringify(acmeOrder());
const LOSES = 'is a number whose digits cannot all be kept; write it as a string';
const TWICE = 'is given more than once';

/** Bodies that JSON.parse would take, each with the field at fault. */
const FAULTS = [
  [TEXT.replace('"orderStatus"', '"orderStatus":"Cancelled","orderStatus"'), 'orderStatus', TWICE],
  [TEXT.replace('"orderStatus"', '"orderSt\\u0061tus":"Cancelled","orderStatus"'), 'orderStatus', TWICE],
  [TEXT.replace('"FQDN"', '"FQDN":"a","FQDN"'), 'certificates[0].FQDN', TWICE],
  [TEXT.replace('"7250060"', '7250060.0000000000001'), 'orderNumber', LOSES],
  [TEXT.replace('"5550001"', '9007199254740990.6'), 'certificates[0].certificateID', LOSES],
] as const;

test('the management API refuses them, and changes nothing', async (t) => {
  const service = await runManagedService(t, { orders: [acmeOrder()] });
  for (const [body, field, message] of FAULTS) {
    for (const route of [`PUT ${ORDER}`, `PATCH ${ORDER}`]) {
      const answer = await service.manage(route, { body });
      assert.deepEqual([answer.status, answer.json.errors], [422, [{ field, message }]], route);
    }
    const lines = `${body}\n${TEXT}\n`;
    const batch = await service.manage('POST /v1/orders:batch', {
      body: lines,
      type: 'application/x-ndjson',
    });
    const [refused, unchanged] = batch.body.split('\n').map((line) => line && JSON.parse(line));
    assert.deepEqual([refused.result, refused.problem.detail], ['refused', `${field}: ${message}`]);
    assert.equal(unchanged.result, 'unchanged');
  }
  const account = await service.manage('POST /v1/accounts', {
    body: '{"loginName":"a","loginName":"b"}',
    token: service.tokens.admin,
  });
  assert.deepEqual(account.json.errors, [{ field: 'loginName', message: TWICE }]);
  const { json, headers } = await service.manage(`GET ${ORDER}`);
  assert.deepEqual([json, headers['etag']], [acmeOrder(), '"1"']);
});

test('import, order put and order set refuse them, and write nothing', async (t) => {
  const fixture = await commandFixture(t);
  const good = acmeOrder({ orderNumber: '1' });
  for (const [body, field, message] of FAULTS.slice(1, 4)) {
    const imported = await runCommand([
      'import',
      fixture.file('in.ndjson', [good, body]),
      ...fixture.database,
    ]);
    assert.deepEqual([imported.code, imported.stderr.split('\n')[0]], [1, `line 2: ${field}: ${message}`]);
  }
  const [[body]] = FAULTS;
  const put = await runCommand(['order', 'put', '-', ...fixture.database], { input: `${body}\n${body}\n` });
  assert.match(
    put.stderr,
    /nothing was written; in -, line 1: orderStatus: is given .* line 2: orderStatus: is given/,
  );
  const pretty = JSON.stringify(acmeOrder(), null, 2).replace(
    '"orderStatus"',
    '"orderStatus":"a",\n"orderStatus"',
  );
  const one = await runCommand(['order', 'put', '-', ...fixture.database], { input: pretty });
  assert.match(one.stderr, /in -, the order orderStatus: is given more than once\n$/);
  const set = await runCommand([
    ...['order', 'set', '7250060', 'suggestedOrgDetails={"status":"NotFound","status":"Found"}'],
    ...fixture.database,
  ]);
  assert.deepEqual(
    [set.code, set.stderr],
    [2, `cert-order-status: the value of suggestedOrgDetails is wrong: status: ${TWICE}\n`],
  );
  assert.equal((await runCommand(['order', 'list', '--json', ...fixture.database])).stdout, '');
});

test('a settings file that names a setting twice is refused', async (t) => {
  const file = join(temporaryFolder(t), 'settings.json');
  writeFileSync(file, '{"database":"sqlite:a.db","database":"sqlite:b.db"}');
  const { code, stderr } = await runCommand(['order', 'list', '--config', file]);
  assert.equal(code, 2);
  assert.ok(stderr.includes(`${file}: database: ${TWICE}`), stderr);
});
