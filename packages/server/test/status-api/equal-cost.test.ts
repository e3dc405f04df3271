import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { ACME, runService } from '../running-service.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { statementsOf } from '../statements.ts';

const OTHERS_ORDER = acmeOrder({
  account: 'other',
  orderNumber: '7250099',
  certificates: [acmeCertificate({ certificateID: '5550099' })],
});

async function asking(t: TestContext) {
  const service = await runService(t, {
    accounts: ['other', 'closed', 'bound'],
    orders: [acmeOrder(), OTHERS_ORDER],
    settings: { trustProxy: ['127.0.0.1'] },
  });
  const store = await openStore(service.database, 'write');
  await store.accounts.setDisabled('closed', true);
  await store.accounts.setAllowedAddresses('bound', ['10.0.0.0/8']);
  await store.close();
  const statements = statementsOf(t);
  let callers = 0;
  /** From a new address, so that nobody is slowed down. */
  return async (given: Readonly<Record<string, string>>, address = `192.0.2.${++callers}`) => {
    const headers = { 'X-Forwarded-For': address, 'X-Forwarded-Proto': 'https' };
    statements.length = 0;
    const {
      body,
      status,
      headers: answered,
    } = await service.ask({ ...ACME, queryType: '1', ...given }, { headers });
    const { date: _, ...others } = answered;
    return {
      errorCode: /^errorCode=(-?[0-9]+)/.exec(body)?.[1],
      whole: [status, others, body],
      statements: [...statements],
    };
  };
}

test('unknown login, wrong password, disabled account and forbidden address: the same statements and the same answer', async (t) => {
  const ask = await asking(t);
  const order = { orderNumber: '7250060' };
  const first = await ask({ ...order, loginName: 'nobody' });
  assert.equal(first.errorCode, '-16');
  assert.equal(first.statements.length, 1, first.statements.join('\n'));
  const requests: readonly Readonly<Record<string, string>>[] = [
    { loginPassword: 'wrong' },
    { loginName: 'closed' },
    { loginName: 'closed', loginPassword: 'wrong' },
    { loginName: 'bound' },
    { loginName: 'bound', loginPassword: 'wrong' },
    { loginName: 'nobody', loginPassword: 'wrong', orderNumber: '1' },
  ];
  for (const given of requests) {
    assert.deepEqual(await ask({ ...order, ...given }), first, JSON.stringify(given));
  }
});

test("no such order and someone else's, no such certificate and someone else's: the same statements and the same answer", async (t) => {
  const ask = await asking(t);
  const caller = '203.0.113.1';
  await ask({ orderNumber: '7250060' }, caller);
  const others = await ask({ loginName: 'other', orderNumber: '7250099' });
  assert.equal(others.errorCode, '0');
  const pairs = [
    [{ orderNumber: '1' }, { orderNumber: '7250099' }],
    [{ certificateID: '1' }, { certificateID: '5550099' }],
    [
      { orderNumber: '7250060', certificateID: '1' },
      { orderNumber: '7250060', certificateID: '5550099' },
    ],
    [
      { orderNumber: '1', queryType: '2' },
      { orderNumber: '7250099', queryType: '2' },
    ],
  ] as const;
  for (const [none, notHis] of pairs) {
    const expected = await ask(none, caller);
    assert.equal(expected.errorCode, '-4');
    assert.equal(expected.statements.length, 1, expected.statements.join('\n'));
    assert.deepEqual(await ask(notHis, caller), expected, JSON.stringify(notHis));
  }
});
