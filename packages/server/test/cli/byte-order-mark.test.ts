/** Editors put a byte-order mark in front of the files that people edit; it is no part of any. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { databaseOptions } from '../../src/store/postgres/database-url.ts';
import { commandFixture, printed, runCommand, startCommand } from '../command.ts';
import { ACME } from '../running-service.ts';
import { acmeOrder } from '../sample-orders.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { testPair } from '../test-pair.ts';

const MARK = '\ufeff';

test('orders, passwords, certificates, keys and profiles are read without it', async (t) => {
  const fixture = await commandFixture(t);
  const { folder, database } = fixture;
  const file = (name: string, text: string) => {
    const path = join(folder, name);
    writeFileSync(path, MARK + text, { mode: 0o600 });
    return path;
  };
  const orders = file('orders.ndjson', `${JSON.stringify(acmeOrder())}\n`);
  const input = readFileSync(orders);
  for (const [args, outcome] of [
    [['import', orders], /^1 order created/],
    [['import', '-'], /1 unchanged/],
    [['order', 'put', orders], /is as it was/],
    [['order', 'put', '-'], /is as it was/],
    [['account', 'passwd', ACME.loginName, '--password-stdin'], /was changed/],
  ] as const) {
    const isPassword = args[0] === 'account';
    const given = { input: isPassword ? `${MARK}battery staple horse\n` : input };
    const { code, stdout, stderr } = await runCommand([...args, ...database], given);
    assert.deepEqual([code, stderr], [0, ''], args.join(' '));
    assert.match(stdout, outcome);
  }

  const { cert, key } = await testPair();
  const pair = ['--tls-cert', file('cert.pem', cert), '--tls-key', file('key.pem', key)];
  const settings = file('settings.json', JSON.stringify({ port: 0, workers: 1 }));
  const service = startCommand(['serve', '--config', settings, ...pair, ...database]);
  t.after(async () => {
    service.process.kill('SIGTERM');
    await service.ended;
  });
  const [, port] = /"port":(\d+)/.exec(await printed(service, '"listening"')) ?? [];
  const env = {
    CERT_ORDER_STATUS_BASE_URL: `https://127.0.0.1:${port}`,
    CERT_ORDER_STATUS_LOGIN_NAME: ACME.loginName,
    CERT_ORDER_STATUS_CA: join(folder, 'cert.pem'),
  };
  const password = `${MARK}battery staple horse\n`;
  const asked = await runCommand(['status', '7250060', '--password-stdin'], { env, input: password });
  assert.equal(asked.stderr, '');
  assert.equal(asked.code, 0);
});

test('the certificates of sslrootcert likewise', async (t) => {
  const { cert } = await testPair();
  const file = join(temporaryFolder(t), 'root.pem');
  writeFileSync(file, MARK + cert);
  const { ssl } = databaseOptions(`postgres://db/orders?sslmode=verify-full&sslrootcert=${file}`);
  assert.deepEqual(ssl, { rejectUnauthorized: true, ca: cert });
});
