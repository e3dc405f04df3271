import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { hashPassword } from '../../src/accounts/password-hash.ts';
import { openStore } from '../../src/store/open-store.ts';
import { fillDatabase } from '../fill-database.ts';
import { type RunningService, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { ORDER_NUMBER_INVALID, PERMISSION_DENIED, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

/** The order database once more, as an operator's command opens it while the service runs. */
async function asOperator(t: TestContext, { database }: RunningService) {
  const store = await openStore(database, 'write');
  t.after(() => store.close());
  return store;
}

test('a changed password counts from the next request on', async (t) => {
  const service = await runService(t);
  const operator = await asOperator(t, service);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);

  await operator.accounts.setPasswordHash('acme-hosting', await hashPassword('battery staple'));
  assert.equal((await service.ask(QUESTION)).body, PERMISSION_DENIED);
  assert.equal((await service.ask(QUESTION.replace('correct+horse', 'battery+staple'))).body, STATUS_ANSWER);
});

test('a disabled account is refused from the next request on, until it is enabled', async (t) => {
  const service = await runService(t);
  const operator = await asOperator(t, service);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);

  await operator.accounts.setDisabled('acme-hosting', true);
  assert.equal((await service.ask(QUESTION)).body, PERMISSION_DENIED);
  assert.equal((await service.ask(QUESTION)).body, PERMISSION_DENIED);

  await operator.accounts.setDisabled('acme-hosting', false);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);
});

test('a new account can log in at once', async (t) => {
  const service = await runService(t);
  const operator = await asOperator(t, service);
  const asked = QUESTION.replace('acme-hosting', 'newcomer');
  assert.equal((await service.ask(asked)).body, PERMISSION_DENIED);

  await operator.accounts.add('newcomer', await hashPassword('correct horse'));
  assert.equal((await service.ask(asked)).body, ORDER_NUMBER_INVALID);
});

test('a changed order is answered as it is at the next request', async (t) => {
  const service = await runService(t);
  const operator = await asOperator(t, service);
  assert.equal((await service.ask(QUESTION)).body, STATUS_ANSWER);

  const issued = acmeCertificate({ certificateStatus: 'Issued', serialNumber: '0D' });
  await fillDatabase(operator.orders, [acmeOrder({ orderStatus: 'Completed', certificates: [issued] })]);
  assert.equal(
    (await service.ask(QUESTION)).body,
    'errorCode=0&1_orderNumber=7250060&1_orderDateTime=2025-06-11+11%3A57&1_orderStatus=Completed' +
      '&1_1_serialNumber=0D&1_1_objectType=SSL&1_1_FQDN=www.example.com&1_1_certificateStatus=Issued',
  );
});

test('requests at the same time are each answered with their own order', async (t) => {
  const orders = Array.from({ length: 50 }, (_, place) =>
    acmeOrder({
      orderNumber: `${place + 1}`,
      certificates: [acmeCertificate({ certificateID: `${place + 1}` })],
    }),
  );
  const service = await runService(t, { orders });
  await Promise.all(
    orders.map(async ({ orderNumber }) => {
      const answer = await service.ask(QUESTION.replace('7250060', orderNumber));
      assert.equal(answer.body, STATUS_ANSWER.replace('7250060', orderNumber));
    }),
  );
});
