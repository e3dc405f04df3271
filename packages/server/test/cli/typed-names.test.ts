import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandFixture, runCommand } from '../command.ts';

test('order list finds a name as people type it', async (t) => {
  const fixture = await commandFixture(t, ['a']);
  const order = {
    account: 'a',
    orderNumber: '7',
    orderDateTime: '2025-06-11T11:57:00Z',
    orderStatus: 'Pending',
    certificates: [
      {
        certificateID: '1',
        objectType: 'SSL',
        FQDN: '*.xn--bcher-kva.example',
        certificateStatus: 'Awaiting Validation',
      },
    ],
  };
  const inUnicode = {
    ...order,
    orderNumber: '8',
    certificates: [{ ...order.certificates[0], certificateID: '2', FQDN: '*.bücher.example' }],
  };
  const input = [order, inUnicode].map((each) => JSON.stringify(each)).join('\n');
  await runCommand(['import', '-', ...fixture.database], { input });
  for (const filter of [
    ['--fqdn', '*.BÜCHER.example'],
    ['--fqdn', '*.bücher.example.'],
    ['--fqdn-prefix', '*.Bücher.ex'],
  ]) {
    const { code, stdout } = await runCommand(['order', 'list', '--json', ...filter, ...fixture.database]);
    assert.equal(code, 0);
    assert.deepEqual(stdout.match(/(?<="orderNumber":")\d+/g), ['7', '8'], filter.join(' '));
  }
});
