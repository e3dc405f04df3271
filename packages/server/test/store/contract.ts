/** What every database engine must do, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { type OrderRecord, readOrderRecord } from '@cert-order-status/protocol';
import fc from 'fast-check';
import { recordInput } from '../../../protocol/test/record-arbitraries.ts';
import { runs } from '../../../protocol/test/runs.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { describeRefusal } from '../../src/orders/describe-refusal.ts';
import { HISTORY_START } from '../../src/orders/history.ts';
import type { OrderStore } from '../../src/orders/order-store.ts';
import type { Store } from '../../src/store/store.ts';
import { fillDatabase, TESTER } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** Opens a new, empty database, which the test's end closes and removes. */
export type OpenEmpty = (t: TestContext) => Promise<Store>;

async function databaseWithAccounts(open: OpenEmpty, t: TestContext): Promise<Store> {
  const store = await open(t);
  await store.accounts.add('acme-hosting', 'hash of acme');
  await store.accounts.add('other', 'hash of other');
  return store;
}

function order(number: number | string, changes: Partial<OrderRecord> = {}): OrderRecord {
  const certificates = [acmeCertificate({ certificateID: String(number).slice(0, 16) })];
  return acmeOrder({ orderNumber: String(number), certificates, ...changes });
}

/** What becomes of each order that is put: `changed 2` with its version, or why it is refused. */
async function outcomes(orderStore: OrderStore, records: readonly OrderRecord[]): Promise<string[]> {
  const requests = records.map((record) => putOrder(record));
  return (await orderStore.change(requests, TESTER)).map((outcome) =>
    outcome.kind === 'refused'
      ? describeRefusal(outcome.refusal)
      : `${outcome.kind} ${outcome.order.version}`,
  );
}

/** Declares the tests for one engine. */
export function testStore(engine: string, open: OpenEmpty): void {
  const contract = (name: string, run: (store: Store) => Promise<void>) =>
    test(`${engine}: ${name}`, async (t) => run(await databaseWithAccounts(open, t)));

  contract('any valid order is read back as it was put', async ({ accounts, orders: orderStore }) => {
    await fc.assert(
      fc.asyncProperty(recordInput, async (input) => {
        const read = readOrderRecord(input);
        assert.ok(read.ok);
        const { replacesOrderNumber: _, ...record } = read.record;
        await accounts.add(record.account, 'hash');
        const [outcome] = await orderStore.change([putOrder(record)], TESTER, {
          exemption: { kind: 'as-is' },
        });
        // One of the earlier orders may hold the certificate, or be this order of another account.
        if (outcome?.kind === 'refused') return;
        assert.deepEqual((await orderStore.get(record.orderNumber))?.record, record);
      }),
      { numRuns: runs(200) },
    );
  });

  contract('the largest numbers are told apart', async ({ accounts, orders: orderStore, statusReader }) => {
    const largest = order('999999999999999999', {
      certificates: [
        acmeCertificate({ certificateID: '9999999999999998', FQDN: 'one.example' }),
        acmeCertificate({ certificateID: '9999999999999999', FQDN: 'two.example' }),
      ],
    });
    const { certificates } = order(1);
    await fillDatabase(orderStore, [largest, order('999999999999999998', { certificates })]);
    assert.equal(await accounts.add('after the largest', 'hash'), true);
    assert.deepEqual((await orderStore.get('999999999999999999'))?.record, largest);
    for (const [certificateID, FQDN] of [
      ['9999999999999998', 'one.example'],
      ['9999999999999999', 'two.example'],
    ] as const) {
      const reading = await statusReader.read('acme-hosting', { certificateID, queryType: 0 });
      assert.ok('status' in reading);
      assert.equal(reading.status.orders[0]?.orderNumber, '999999999999999999');
      assert.deepEqual(
        reading.status.orders[0]?.certificates.map((certificate) => certificate.FQDN),
        [FQDN],
      );
    }
    const { holders } = await orderStore.survey({
      loginNames: [],
      orderNumbers: [],
      certificateIDs: ['9999999999999999', '9999999999999997'],
    });
    assert.deepEqual([...holders], [['9999999999999999', '999999999999999999']]);
  });

  contract('a change says whether it created, changed or found unchanged', async ({ orders: orderStore }) => {
    assert.deepEqual(await outcomes(orderStore, [order(1), order(2)]), ['created 1', 'created 1']);
    const more = [order(1), order(2, { orderStatus: 'Cancelled' }), order(3)];
    assert.deepEqual(await outcomes(orderStore, more), ['unchanged 1', 'changed 2', 'created 1']);
    const cancelled = await orderStore.get('2');
    assert.equal(cancelled?.record.orderStatus, 'Cancelled');
    assert.equal(cancelled?.record.certificates[0]?.certificateStatusReason, 'Order cancelled');
    assert.equal(cancelled?.version, 2);
  });

  contract(
    'what is refused changes nothing, and does not keep others out',
    async ({ orders: orderStore, history }) => {
      const nobodys = order(2, { account: 'nobody' });
      assert.deepEqual(await outcomes(orderStore, [order(1), nobodys, order(3)]), [
        'created 1',
        "account 'nobody' does not exist; add it first (account-exists)",
        'created 1',
      ]);
      assert.equal(await orderStore.get('2'), undefined);
      assert.deepEqual((await history.ofOrder('2', { limit: 10 })).changes, []);
    },
  );

  contract('an order keeps its account and its certificates', async ({ orders: orderStore }) => {
    await fillDatabase(orderStore, [order(1), order(2)]);
    const refused = [
      order(1, { account: 'other' }),
      order(1, { certificates: [acmeCertificate({ certificateID: '9' })] }),
      order(3, { certificates: [acmeCertificate({ certificateID: '2' })] }),
    ];
    assert.deepEqual(await outcomes(orderStore, refused), [
      "order 1 belongs to another account, and an order's account never changes (account-never-changes)",
      'certificate 1 of order 1 is left out, and a certificate is never removed (certificate-never-removed)',
      'certificate 2 belongs to order 2 (certificate-in-one-order)',
    ]);
    assert.deepEqual((await orderStore.get('1'))?.record, order(1));
  });

  contract('certificates stay where they are; new ones come after them', async ({ orders: orderStore }) => {
    const named = (...ids: string[]) =>
      order(1, { certificates: ids.map((certificateID) => acmeCertificate({ certificateID })) });
    await fillDatabase(orderStore, [named('5', '3')]);
    assert.deepEqual(await outcomes(orderStore, [named('9', '3', '5', '8')]), ['changed 2']);
    assert.deepEqual((await orderStore.get('1'))?.record, named('5', '3', '9', '8'));
    assert.deepEqual(await outcomes(orderStore, [named('9', '3', '5', '8')]), ['unchanged 2']);
  });

  contract(
    'a replacement names an order of the account, and links never loop',
    async ({ orders: orderStore }) => {
      await fillDatabase(orderStore, [
        order(1),
        order(2, { replacesOrderNumber: '1' }),
        order(3, { replacesOrderNumber: '2' }),
        order(8, { account: 'other' }),
      ]);
      const refused = [
        order(4, { replacesOrderNumber: '99' }),
        order(4, { replacesOrderNumber: '8' }),
        order(1, { replacesOrderNumber: '3' }),
      ];
      assert.deepEqual(await outcomes(orderStore, refused), [
        'order 99, which it replaces, does not exist (replaced-order-exists)',
        'order 8, which it replaces, belongs to another account (replaced-order-of-same-account)',
        'order 1 would replace itself through other replacements (replacements-never-loop)',
      ]);
    },
  );

  contract('the history holds each change, who made it, and what differed', async (store) => {
    const { orders: orderStore, history } = store;
    const before = Date.now();
    await orderStore.change([putOrder(order(1))], { kind: 'token', name: 'intake' });
    const [certificate] = order(1).certificates;
    assert.ok(certificate);
    const [added] = order(7).certificates;
    assert.ok(added);
    const grown = order(1, { certificates: [{ ...certificate, dcvStatus: 'completed' }, added] });
    await orderStore.change([putOrder(grown)], TESTER);
    await orderStore.change([putOrder(grown)], TESTER);

    const {
      changes: [first, second, ...others],
      more,
    } = await history.ofOrder('1', { limit: 10 });
    assert.ok(first && second);
    assert.deepEqual([others, more], [[], false]);
    const { cursor: firstCursor, at: firstAt, ...created } = first;
    assert.deepEqual(created, {
      orderNumber: '1',
      version: 1,
      by: { kind: 'token', name: 'intake' },
      reason: undefined,
      waivedRules: undefined,
      kind: 'created',
      order: order(1),
    });
    const { cursor: secondCursor, at: secondAt, ...changed } = second;
    assert.deepEqual(changed, {
      orderNumber: '1',
      version: 2,
      by: TESTER,
      reason: undefined,
      waivedRules: undefined,
      kind: 'changed',
      differences: [
        { certificate: 1, certificateID: '1', field: 'dcvStatus', before: 'in-progress', after: 'completed' },
        { certificate: 2, field: 'certificates', after: added },
      ],
    });
    assert.ok(Date.parse(firstAt) >= before && Date.parse(secondAt) <= Date.now());
    assert.equal((await orderStore.get('1'))?.changed, secondAt);
    assert.deepEqual((await history.ofOrder('1', { after: 1, limit: 10 })).changes, [second]);
    assert.deepEqual(await history.ofOrder('1', { limit: 1 }), { changes: [first], more: true });
    assert.deepEqual(await history.after(HISTORY_START, 10), [first, second]);
    assert.deepEqual(await history.after(firstCursor, 10), [second]);
    assert.equal(await history.latest(), secondCursor);
  });

  contract(
    'the history says which rules were passed by, and why',
    async ({ orders: orderStore, history }) => {
      const issued = acmeCertificate({ certificateStatus: 'Issued', serialNumber: '0A' });
      const [certificate] = order(1).certificates;
      await fillDatabase(orderStore, [order(1, { certificates: [{ ...issued, certificateID: '1' }] })]);
      assert.ok(certificate);
      const reason = 'issued by mistake';
      await orderStore.change([putOrder(order(1))], TESTER, { exemption: { kind: 'forced', reason } });
      const { changes } = await history.ofOrder('1', { limit: 10 });
      assert.deepEqual(
        changes.map(({ reason, waivedRules }) => ({ reason, waivedRules })),
        [
          { reason: undefined, waivedRules: ['issued-with-finished-checks'] },
          { reason, waivedRules: ['certificate-transition'] },
        ],
      );
    },
  );

  contract('changes come in their order, page after page, in tens and hundreds', async (store) => {
    const { orders: orderStore, history } = store;
    for (let number = 1; number <= 120; number++) await fillDatabase(orderStore, [order(number)]);
    const seen: string[] = [];
    for (let cursor = HISTORY_START; ; ) {
      const page = await history.after(cursor, 7);
      seen.push(...page.map(({ orderNumber }) => orderNumber));
      cursor = page.at(-1)?.cursor ?? cursor;
      assert.equal(await history.isKnown(cursor), true);
      if (page.length === 0) {
        assert.equal(cursor, await history.latest());
        break;
      }
    }
    assert.deepEqual(
      seen,
      Array.from({ length: 120 }, (_, index) => String(index + 1)),
    );
    assert.equal(await history.isKnown('999999'), false);
  });

  contract('pages of enormous orders hold fewer of them, and nothing is skipped', async (store) => {
    const { orders: orderStore, history } = store;
    const enormous = (number: number) =>
      order(number, {
        certificates: Array.from({ length: 2000 }, (_, index) =>
          acmeCertificate({
            certificateID: `${number}${String(index).padStart(4, '0')}`,
            FQDN: 'x'.repeat(255),
          }),
        ),
      });
    const numbers = Array.from({ length: 14 }, (_, index) => String(index + 1));
    for (const number of numbers) await fillDatabase(orderStore, [enormous(Number(number))]);

    const searched: string[] = [];
    for (let after = '0', more = true; more; ) {
      const page = await orderStore.search({}, { after, limit: 1000 });
      assert.ok(page.orders.length > 0 && page.orders.length < 14);
      searched.push(...page.orders.map(({ record }) => record.orderNumber));
      after = searched.at(-1) ?? '';
      more = page.more;
    }
    assert.deepEqual(searched, numbers);

    const followed: string[] = [];
    for (let cursor = HISTORY_START; cursor !== (await history.latest()); ) {
      const changes = await history.after(cursor, 1000);
      assert.ok(changes.length > 0 && changes.length < 14);
      followed.push(...changes.map(({ orderNumber }) => orderNumber));
      cursor = changes.at(-1)?.cursor ?? '';
    }
    assert.deepEqual(followed, numbers);
  });

  contract('an empty database has no history', async ({ history }) => {
    assert.equal(await history.latest(), HISTORY_START);
    assert.deepEqual(await history.after(HISTORY_START, 10), []);
  });

  contract('all orders are given by number', async ({ orders: orderStore }) => {
    await fillDatabase(orderStore, [order(10), order(9), order('999999999999999999'), order(1)]);
    const numbers = [];
    for await (const { orderNumber } of orderStore.all()) numbers.push(orderNumber);
    assert.deepEqual(numbers, ['1', '9', '10', '999999999999999999']);
  });

  contract('tokens are found by their digest until they are revoked', async ({ tokens }) => {
    const expires = '2030-01-01T00:00:00Z';
    assert.equal(await tokens.add({ name: 'intake', scope: 'write', digest: 'ab', expires }), true);
    assert.equal(await tokens.add({ name: 'intake', scope: 'read', digest: 'cd' }), false);
    const found = await tokens.find('ab');
    assert.ok(found);
    const { created, ...others } = found;
    assert.deepEqual(others, {
      name: 'intake',
      scope: 'write',
      expires,
      revoked: undefined,
      lastUsed: undefined,
    });
    assert.ok(Date.parse(created) <= Date.now());
    assert.equal(await tokens.find('cd'), undefined);
    await tokens.use('intake');
    assert.ok((await tokens.find('ab'))?.lastUsed);
    assert.equal(await tokens.revoke('intake'), 'revoked');
    assert.equal(await tokens.revoke('intake'), 'was revoked');
    assert.equal(await tokens.revoke('nobody'), 'unknown token');
    assert.equal(await tokens.find('ab'), undefined);
    assert.equal(await tokens.add({ name: 'intake', scope: 'read', digest: 'cd' }), false);
    assert.ok((await tokens.list())[0]?.revoked);
  });

  contract('a survey finds what is there of what is asked', async ({ orders: orderStore }) => {
    await fillDatabase(orderStore, [order(1), order(2, { replacesOrderNumber: '1' })]);
    const survey = await orderStore.survey({
      loginNames: ['acme-hosting', 'acme-hosting', 'Acme-hosting'],
      orderNumbers: ['2', '3', '2'],
      certificateIDs: ['1', '3'],
    });
    assert.deepEqual([...survey.accounts], ['acme-hosting']);
    assert.deepEqual([...survey.orders], [['2', order(2, { replacesOrderNumber: '1' })]]);
    assert.deepEqual([...survey.holders], [['1', '1']]);
  });

  contract('login names are case-sensitive and taken once', async ({ accounts }) => {
    assert.equal(await accounts.add('acme-hosting', 'another'), false);
    assert.equal(await accounts.add('Acme-Hosting', 'another'), true);
    assert.equal((await accounts.find('acme-hosting'))?.passwordHash, 'hash of acme');
    assert.equal(await accounts.find('ACME-HOSTING'), undefined);
  });

  contract('the credential version goes up with every change of password or state', async ({ accounts }) => {
    const version = async () => (await accounts.find('other'))?.credentialVersion;
    assert.equal(await version(), 1);
    assert.equal(await accounts.setPasswordHash('other', 'new'), true);
    assert.equal(await version(), 2);
    assert.equal(await accounts.setDisabled('other', true), 'changed');
    assert.equal(await accounts.setDisabled('other', true), 'unchanged');
    assert.equal(await version(), 3);
    assert.equal((await accounts.find('other'))?.disabled, true);
    assert.equal(await accounts.setDisabled('other', false), 'changed');
    assert.equal(await version(), 4);
    assert.equal(await accounts.setPasswordHash('nobody', 'new'), false);
    assert.equal(await accounts.setDisabled('nobody', true), 'unknown account');
    assert.equal((await accounts.find('acme-hosting'))?.credentialVersion, 1);
  });

  contract(
    'accounts are listed by login name, with their orders',
    async ({ accounts, orders: orderStore }) => {
      await fillDatabase(orderStore, [order(1), order(2)]);
      await accounts.setDisabled('other', true);
      const listed = await accounts.list();
      assert.deepEqual(
        listed.map(({ created: _, ...account }) => account),
        [
          { loginName: 'acme-hosting', disabled: false, orders: 2, allowedAddresses: [] },
          { loginName: 'other', disabled: true, orders: 0, allowedAddresses: [] },
        ],
      );
    },
  );

  contract('a status read brings the account as it is at that moment', async (store) => {
    await fillDatabase(store.orders, [order(1)]);
    const query = { orderNumber: '1', queryType: 1 } as const;
    assert.deepEqual(await store.statusReader.read('nobody', query), { account: undefined });
    const first = await store.statusReader.read('other', query);
    assert.ok('notOfAccount' in first);
    assert.equal(first.notOfAccount, 'orderNumber');
    await store.accounts.setDisabled('other', true);
    const { account } = await store.statusReader.read('other', query);
    assert.deepEqual(account, { ...first.account, credentialVersion: 2, disabled: true });
  });
}
