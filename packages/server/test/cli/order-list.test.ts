import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, runCommand } from '../command.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

test('order list filters, pages, and prints for people or as import reads it', async (t) => {
  const fixture = await commandFixture(t, ['acme-hosting', 'other']);
  const order = (orderNumber: string, changes = {}, certificate = {}) =>
    acmeOrder({
      orderNumber,
      certificates: [acmeCertificate({ certificateID: orderNumber, ...certificate })],
      ...changes,
    });
  const orders = [
    order('1'),
    order('2', { account: 'other' }),
    order('3', { orderStatus: 'Cancelled' }),
    order('4', {}, { FQDN: 'shop.example.com', dcvStatus: 'completed' }),
    order('5', {}, { certificateStatus: 'Awaiting Brand Validation' }),
  ];
  const store = await openStore(fixture.database[1], 'write');
  await fillDatabase(store.orders, orders);
  await store.close();

  const list = (...args: string[]) => runCommand(['order', 'list', ...args, ...fixture.database]);
  const numbers = async (...args: string[]) =>
    (await list('--json', ...args)).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).orderNumber);
  assert.deepEqual(await numbers(), ['1', '2', '3', '4', '5']);
  assert.deepEqual(await numbers('--account', 'other'), ['2']);
  assert.deepEqual(await numbers('--status', 'Cancelled'), ['3']);
  assert.deepEqual(await numbers('--certificate-status', 'Awaiting Brand Validation'), ['5']);
  assert.deepEqual(await numbers('--fqdn', 'SHOP.example.com'), ['4']);
  assert.deepEqual(await numbers('--fqdn-prefix', 'www.'), ['1', '2', '3', '5']);
  assert.deepEqual(await numbers('--check', 'dcvStatus=completed', '--check', 'csrStatus=completed'), ['4']);
  assert.deepEqual(await numbers('--any-check', 'in-progress', '--account', 'acme-hosting'), ['1', '3', '5']);
  assert.deepEqual(await numbers('--changed-since', '1h', '--after', '3'), ['4', '5']);
  assert.deepEqual(await numbers('--changed-since', '2100-01-01T00:00:00Z'), []);

  const { stdout, stderr } = await list('--limit', '2');
  assert.match(
    stdout,
    /^ORDER +STATUS +ACCOUNT +CHANGED +CERTIFICATES\n1 +Pending +acme-hosting +\S+Z +www\.example\.com Awaiting Validation\n2 .*\n$/,
  );
  assert.equal(stderr, 'there are more: --after 2 lists them, or raise --limit\n');

  for (const [args, message] of [
    [['--status', 'pending'], /Allowed choices are Pending, Completed, Rejected, Cancelled/],
    [['--check', 'dcvStatus'], /The states of a check are not-required/],
    [['--check', 'x=completed'], /the checks are csrStatus/],
    [['--changed-since', 'yesterday'], /It must be a time such as/],
    [['--limit', '0'], /whole number, at least 1/],
    [['--after', 'x'], /an order number has 1 to 18 digits/],
  ] as const) {
    const { code, stderr } = await list(...args);
    assert.equal(code, 2);
    assert.match(stderr, message);
  }
});

test('order list --expires-before finds certificates in use, by a time or within a duration', async (t) => {
  const fixture = await commandFixture(t, ['acme-hosting']);
  const inTenDays = `${new Date(Date.now() + 10 * 86_400_000).toISOString().slice(0, 19)}Z`;
  const issued = (certificateID: string, changes: Parameters<typeof acmeCertificate>[0]) =>
    acmeOrder({
      orderNumber: certificateID,
      certificates: [
        acmeCertificate({ certificateID, certificateStatus: 'Issued', serialNumber: '0A', ...changes }),
      ],
    });
  const store = await openStore(fixture.database[1], 'write');
  await fillDatabase(store.orders, [
    issued('1', { notAfter: inTenDays }),
    issued('2', { notAfter: '2099-01-01T00:00:00Z' }),
    issued('3', { notAfter: inTenDays, certificateStatus: 'Revoked', certificateStatusReason: 'lost' }),
    issued('4', {}),
  ]);
  await store.close();
  const numbers = async (when: string) =>
    (await runCommand(['order', 'list', '--json', '--expires-before', when, ...fixture.database])).stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).orderNumber);
  assert.deepEqual(await numbers('30d'), ['1']);
  assert.deepEqual(await numbers('5d'), []);
  assert.deepEqual(await numbers('2100-01-01T00:00:00Z'), ['1', '2']);
});
