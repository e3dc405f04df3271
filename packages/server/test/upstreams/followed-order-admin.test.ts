import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import {
  CUSTOMER_CALLS_PER_HOUR,
  CUSTOMER_NUMBERS_LIMIT,
  UNCONFIRMED_LIMIT,
} from '../../src/upstreams/followed-order-admin.ts';
import { fillDatabase } from '../fill-database.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';
import { CA, refusal, upstreamStore } from './upstream-store.ts';

/** The numbers from one to another. */
function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => String(from + index));
}

suite('the operator', () => {
  test('follows many orders at once, each of which is refused by itself', async (t) => {
    const { admin, orders, store } = await upstreamStore(t);
    await admin.add('ca', CA, 'x');
    await admin.add('second', CA, 'x');
    await fillDatabase(store.orders, [acmeOrder()]);
    const progress: number[] = [];
    const many = numbers(1, 1200);
    assert.deepEqual(
      await orders.follow('ca', 'acme-hosting', [...many, '0001'], (done) => progress.push(done)),
      { followed: 1200, already: 0, refused: [] },
    );
    assert.deepEqual(progress, [500, 1000, 1200]);
    const mixed = await orders.follow('ca', 'acme-hosting', ['1', '1201', '7250060']);
    assert.deepEqual([mixed.followed, mixed.already], [1, 1]);
    assert.deepEqual(
      mixed.refused.map(({ orderNumber, reason }) => [orderNumber, reason]),
      [['7250060', 'order-number-taken']],
    );
    assert.match(
      await refusal(orders.followOne('second', 'acme-hosting', '1')),
      /^order-number-taken orderNumber: order 1 is followed at upstream 'ca' for account 'acme-hosting'$/,
    );
    assert.match(
      await refusal(orders.followOne('ca', 'other', '1')),
      /^order-number-taken orderNumber: order 1/,
    );
    const one = await orders.followOne('ca', 'acme-hosting', '1');
    assert.deepEqual(
      [one.orderNumber, one.account, one.upstream, one.state],
      ['1', 'acme-hosting', 'ca', 'waiting'],
    );
    assert.equal((await admin.get('ca')).figures.followed, 1201);
    assert.match(
      await refusal(orders.follow('ca', undefined, ['9'])),
      /^invalid account: the account must be named: orders of upstream 'ca' may belong to any$/,
    );
    assert.match(
      await refusal(orders.follow('ca', 'missing', ['9'])),
      /^not-found loginName: there is no account/,
    );
    assert.match(
      await refusal(orders.follow('ca', 'other', ['9', '0'])),
      /^invalid orderNumber: an order number/,
    );
    assert.equal(
      await refusal(orders.get('ca', '9999')),
      "not-found orderNumber: order 9999 is not followed at upstream 'ca'",
    );
  });

  test('follows orders of the one account of an upstream without naming it, and of no other', async (t) => {
    const { admin, orders } = await upstreamStore(t);
    await admin.add('ca', { ...CA, account: 'other' }, 'x');
    await orders.follow('ca', undefined, ['1']);
    assert.equal((await orders.get('ca', '1')).account, 'other');
    assert.equal(
      await refusal(orders.follow('ca', 'acme-hosting', ['2'])),
      "invalid account: all orders of upstream 'ca' belong to account 'other'",
    );
  });

  test('gives an upstream to an account only when no order of another is followed there', async (t) => {
    const { admin, orders } = await upstreamStore(t);
    await admin.add('ca', CA, 'x');
    await orders.follow('ca', 'other', ['1']);
    await orders.follow('ca', 'acme-hosting', ['2']);
    assert.equal(
      await refusal(admin.change('ca', { account: 'other' })),
      "invalid account: orders of other accounts than 'other' are followed there; unfollow them first",
    );
    await orders.unfollow('ca', ['2']);
    assert.equal((await admin.change('ca', { account: 'other' })).account, 'other');
  });

  test('lists, refreshes and unfollows them', async (t) => {
    const { admin, orders } = await upstreamStore(t);
    await admin.add('ca', CA, 'x');
    await admin.add('second', CA, 'x');
    await orders.follow('ca', 'other', numbers(1, 5));
    await orders.follow('second', 'other', ['6']);
    const listed: string[] = [];
    for (let after: string | undefined; ; ) {
      const { items, next } = await orders.list('ca', { after, limit: 2 });
      listed.push(...items.map(({ orderNumber }) => orderNumber));
      if (next === undefined) break;
      after = next;
    }
    assert.deepEqual(listed, numbers(1, 5));
    assert.deepEqual((await orders.list('ca', { state: 'settled', limit: 2 })).items, []);
    await orders.refresh('ca', ['3', '003']);
    assert.equal(await orders.refreshAll('ca', 'waiting'), 5);
    assert.equal(await orders.refreshAll('ca', 'unknown'), 0);
    assert.equal(await orders.refreshAll('ca', undefined), 5);
    const elsewhere = "not-found orderNumber: order 6 is not followed at upstream 'ca'";
    assert.equal(await refusal(orders.refresh('ca', ['1', '6'])), elsewhere);
    assert.equal(await refusal(orders.unfollow('ca', ['1', '6'])), elsewhere);
    assert.equal(
      await refusal(orders.unfollow('ca', ['6', '7', '8'])),
      `${elsewhere}, nor are 2 others of those named`,
    );
    assert.equal(await refusal(orders.get('ca', '6')), elsewhere);
    await orders.unfollow('ca', ['1', '2']);
    assert.equal((await admin.get('ca')).figures.followed, 3);
  });
});

suite('a customer', () => {
  test('names orders of an account that has an upstream of its own, and learns nothing of others', async (t) => {
    const { admin, orders, store } = await upstreamStore(t);
    await admin.add('ca', { ...CA, account: 'other' }, 'x');
    await admin.add('second', CA, 'x');
    const others = [
      acmeOrder(),
      acmeOrder({
        account: 'other',
        orderNumber: '70',
        certificates: [acmeCertificate({ certificateID: '70' })],
      }),
    ];
    await fillDatabase(store.orders, others);
    await orders.follow('second', 'acme-hosting', ['80']);
    const accountID = (await store.accounts.find('other'))?.accountID ?? 0;
    const customer = { accountID, loginName: 'other' };
    assert.deepEqual([await orders.isOpenTo('other'), await orders.isOpenTo('acme-hosting')], [true, false]);
    assert.deepEqual(await orders.followForCustomer(customer, ['1', '01', '2', '70', '80', '7250060']), {
      named: 5,
      fedHere: ['70'],
    });
    assert.equal((await orders.get('ca', '1')).account, 'other');
    assert.equal((await orders.get('second', '80')).account, 'acme-hosting');
    assert.equal((await admin.get('ca')).figures.followed, 2);
    assert.equal(
      await refusal(orders.followForCustomer({ accountID: 1, loginName: 'acme-hosting' }, ['3'])),
      'not-found orderNumbers: the orders of this account are named by the operator alone',
    );
  });

  test('names so many at a time, and so often an hour', async (t) => {
    const { admin, orders, reached } = await upstreamStore(t);
    await admin.add('ca', { ...CA, account: 'other' }, 'x');
    const customer = { accountID: 2, loginName: 'other' };
    assert.equal(
      await refusal(orders.followForCustomer(customer, numbers(1, CUSTOMER_NUMBERS_LIMIT + 1))),
      'invalid orderNumbers: the order numbers must be at most 100 at a time',
    );
    assert.deepEqual(reached, ['customerFollows']);
    for (let calls = 0; calls < CUSTOMER_CALLS_PER_HOUR; calls++)
      await orders.followForCustomer(customer, ['1']);
    assert.match(
      await refusal(orders.followForCustomer(customer, ['1'])),
      /^limit-reached orderNumbers: order numbers can be named 20 times an hour; try again later$/,
    );
    assert.deepEqual(reached, ['customerFollows', 'customerFollows']);
  });

  test('names no more while too many are not confirmed', async (t) => {
    const { admin, orders, reached } = await upstreamStore(t);
    await admin.add('ca', { ...CA, account: 'other' }, 'x');
    await orders.follow('ca', undefined, numbers(1, UNCONFIRMED_LIMIT));
    assert.match(
      await refusal(orders.followForCustomer({ accountID: 2, loginName: 'other' }, ['10001'])),
      /^limit-reached orderNumbers: 10000 order numbers wait for an answer of the CA or are unknown to it/,
    );
    assert.deepEqual(reached, ['customerFollows']);
  });
});
