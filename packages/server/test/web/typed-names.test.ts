/** The searches of the pages find names as people type them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runManagedService } from '../management-api/managed-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { pageClient } from './page-client.ts';

const NAMES = ['xn--mller-kva.example', '*.bücher.example', 'other.example'];

test('the console and the checker find a name in either spelling, whichever is stored', async (t) => {
  const orders = NAMES.map((FQDN, index) =>
    acmeOrder({
      orderNumber: `${700 + index}`,
      certificates: [acmeCertificate({ certificateID: `${index + 1}`, FQDN })],
    }),
  );
  const service = await runManagedService(t, { orders, settings: { pages: true } });
  const checker = pageClient(service);
  await checker.signIn();
  const operator = pageClient({ port: service.managementPort ?? 0 });
  await operator.post('/console/sign-in', { token: service.tokens.admin });
  for (const [client, path] of [
    [checker, '/'],
    [operator, '/console/orders'],
  ] as const) {
    for (const [name, number] of [
      ['MÜLLER.example.', '700'],
      ['müller.ex', '700'],
      ['*.Bücher.example', '701'],
      ['*.xn--bcher-kva.example', '701'],
      ['OTHER.', '702'],
    ] as const) {
      const { body } = await client.get(`${path}?${new URLSearchParams({ name })}`);
      assert.deepEqual([...new Set(body.match(/(?<=orders\/)\d+/g))], [number], `${path} ${name}`);
    }
  }
});
