/** What every engine must do for those who sign in, as tests that each engine runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillDatabase } from '../fill-database.ts';
import { acmeOrder } from '../sample-orders.ts';
import type { OpenEmpty } from './contract.ts';

const HOUR = 3_600_000;
const [FIRST, SECOND] = ['a'.repeat(64), 'b'.repeat(64)];

/** Declares the tests for one engine. */
export function testAccounts(engine: string, open: OpenEmpty): void {
  test(`${engine}: a second password is added, taken away again, and takes the first one's place`, async (t) => {
    const { accounts } = await open(t);
    await accounts.add('acme', 'first');
    const state = async () => {
      const { passwordHash, secondPasswordHash, credentialVersion } = (await accounts.find('acme')) ?? {};
      return [passwordHash, secondPasswordHash, credentialVersion];
    };
    assert.deepEqual(await state(), ['first', null, 1]);
    assert.equal(await accounts.retireFirstPassword('acme'), false);
    assert.equal(await accounts.setSecondPasswordHash('acme', 'another first', 'second'), false);
    assert.equal(await accounts.setSecondPasswordHash('nobody', 'first', 'second'), false);
    assert.deepEqual(await state(), ['first', null, 1]);

    assert.equal(await accounts.setSecondPasswordHash('acme', 'first', 'second'), true);
    assert.deepEqual(await state(), ['first', 'second', 1]);
    assert.equal(await accounts.setSecondPasswordHash('acme', 'first', 'other second'), true);
    assert.deepEqual(await state(), ['first', 'other second', 2]);
    assert.equal(await accounts.setSecondPasswordHash('acme', 'first', null), true);
    assert.deepEqual(await state(), ['first', null, 3]);

    await accounts.setSecondPasswordHash('acme', 'first', 'second');
    assert.equal(await accounts.retireFirstPassword('acme'), true);
    assert.deepEqual(await state(), ['second', null, 4]);
    await accounts.setSecondPasswordHash('acme', 'second', 'third');
    assert.equal(await accounts.setPasswordHash('acme', 'reset'), true);
    assert.deepEqual(await state(), ['reset', null, 5]);
  });

  test(`${engine}: an account's session ends with its time, its password, its account, or by itself`, async (t) => {
    const { accounts, sessions } = await open(t);
    await accounts.add('acme', 'hash');
    const owner = async () => {
      const account = await accounts.find('acme');
      assert.ok(account);
      const { accountID, credentialVersion } = account;
      return { kind: 'account', loginName: 'acme', accountID, credentialVersion } as const;
    };
    const later = Date.now() + HOUR;
    assert.equal(await sessions.find(FIRST), undefined);
    await sessions.add(FIRST, await owner(), later);
    assert.deepEqual(await sessions.find(FIRST), { owner: await owner(), allowedAddresses: [] });
    await sessions.add(SECOND, await owner(), Date.now() - 100);
    assert.equal(await sessions.find(SECOND), undefined);

    await sessions.remove(FIRST);
    assert.equal(await sessions.find(FIRST), undefined);
    await sessions.add(FIRST, await owner(), later);
    await accounts.setPasswordHash('acme', 'new');
    assert.equal(await sessions.find(FIRST), undefined);
    await sessions.remove(FIRST);
    await sessions.add(FIRST, await owner(), later);
    await accounts.setDisabled('acme', true);
    await accounts.setDisabled('acme', false);
    assert.equal(await sessions.find(FIRST), undefined);

    // Found with the networks that the account is bound to.
    await accounts.setAllowedAddresses('acme', ['10.0.0.0/8', '192.0.2.7']);
    await sessions.remove(FIRST);
    await sessions.add(FIRST, await owner(), later);
    assert.deepEqual((await sessions.find(FIRST))?.allowedAddresses, ['10.0.0.0/8', '192.0.2.7']);
  });

  test(`${engine}: a token's session ends with the token`, async (t) => {
    const { tokens, sessions } = await open(t);
    await tokens.add({ name: 'ops', scope: 'admin', digest: 'd1' });
    await tokens.add({ name: 'old', scope: 'read', digest: 'd2', expires: '2026-01-01T00:00:00Z' });
    const ops = { kind: 'token', name: 'ops', scope: 'admin' } as const;
    await sessions.add(FIRST, ops, Date.now() + HOUR);
    await sessions.add(SECOND, { kind: 'token', name: 'old', scope: 'read' }, Date.now() + HOUR);
    assert.deepEqual(await sessions.find(FIRST), { owner: ops, allowedAddresses: [] });
    assert.equal(await sessions.find(SECOND), undefined);
    await tokens.revoke('ops');
    assert.equal(await sessions.find(FIRST), undefined);
  });

  test(`${engine}: a share link shows its order until it expires, is revoked, or the account is disabled`, async (t) => {
    const { accounts, orders: orderStore, shareLinks } = await open(t);
    await accounts.add('acme-hosting', 'hash');
    await fillDatabase(orderStore, [acmeOrder({ orderNumber: '999999999999999999' })]);
    const orderNumber = '999999999999999999';
    assert.deepEqual(await shareLinks.ofOrder(orderNumber), []);
    await shareLinks.add(FIRST, orderNumber, Date.now() + HOUR);
    await shareLinks.add(SECOND, orderNumber, Date.now() - 100);
    assert.equal(await shareLinks.find(SECOND), undefined);
    const found = await shareLinks.find(FIRST);
    assert.equal(found?.orderNumber, orderNumber);
    const linkID = found?.linkID as number;

    await accounts.setDisabled('acme-hosting', true);
    assert.equal(await shareLinks.find(FIRST), undefined);
    await accounts.setDisabled('acme-hosting', false);
    await shareLinks.use(linkID);
    const listed = await shareLinks.ofOrder(orderNumber);
    assert.deepEqual(
      listed.map((link) => [link.linkID === linkID, link.lastUsed !== undefined, link.revoked]),
      [
        [false, false, undefined],
        [true, true, undefined],
      ],
    );
    for (const time of [listed[1]?.created, listed[1]?.lastUsed]) {
      assert.ok(Math.abs(Date.parse(time ?? '') - Date.now()) < 10_000);
    }

    assert.equal(await shareLinks.revoke('1', linkID), false);
    assert.equal(await shareLinks.revoke(orderNumber, linkID), true);
    assert.equal(await shareLinks.revoke(orderNumber, linkID), false);
    assert.equal(await shareLinks.find(FIRST), undefined);
    assert.ok((await shareLinks.ofOrder(orderNumber))[1]?.revoked);
  });

  test(`${engine}: counters of failures add up, halve, start anew, and are told to whoever asks what is new`, async (t) => {
    const { failedLogins: guessCounters } = await open(t);
    const key = await guessCounters.key();
    assert.equal(key.length, 32);
    assert.deepEqual(await guessCounters.key(), key);
    const none = await guessCounters.exchange([], [], 0);
    assert.deepEqual(none.counters, []);
    assert.ok(Math.abs(none.atMs - Date.now()) < 10_000);

    const plain = { bucket: 7, failures: 3, reset: false, succeededMs: 0, halfLifeMs: HOUR };
    await guessCounters.exchange([plain, { ...plain, bucket: 9, failures: 1 }], [], 0);
    const { counters } = await guessCounters.exchange([plain], [], 0);
    assert.deepEqual(
      counters
        .map(({ bucket, failures, succeededMs }) => [bucket, Math.round(failures * 100) / 100, succeededMs])
        .sort(),
      [
        [7, 6, 0],
        [9, 1, 0],
      ],
    );
    await new Promise((resolve) => setTimeout(resolve, 30));
    const halved = await guessCounters.exchange(
      [
        { ...plain, halfLifeMs: 1 },
        { ...plain, bucket: 9, failures: 0 },
      ],
      [],
      0,
    );
    const failuresOf = (wanted: number) =>
      halved.counters.find(({ bucket }) => bucket === wanted)?.failures ?? Number.NaN;
    assert.ok(failuresOf(7) < 3.1);
    assert.ok(failuresOf(9) > 0.9);

    const before = Math.max(...halved.counters.map(({ updatedMs }) => updatedMs));
    await new Promise((resolve) => setTimeout(resolve, 5));
    const reset = { ...plain, failures: 2, reset: true, succeededMs: 1_780_000_000_000 };
    await guessCounters.exchange([reset], [], before);
    // An earlier success than the one that is known changes nothing.
    const after = await guessCounters.exchange([{ ...plain, failures: 0, succeededMs: 5 }], [], before);
    assert.deepEqual(
      after.counters.map(({ updatedMs: _, failures, ...counter }) => [counter, Math.round(failures)]),
      [[{ bucket: 7, succeededMs: 1_780_000_000_000 }, 2]],
    );
  });

  test(`${engine}: an account may be bound to networks, which ends what was verified before`, async (t) => {
    const { accounts } = await open(t);
    await accounts.add('acme', 'a hash');
    const before = await accounts.find('acme');
    assert.deepEqual(before?.allowedAddresses, []);
    assert.deepEqual((await accounts.list())[0]?.allowedAddresses, []);
    assert.ok(await accounts.setAllowedAddresses('acme', ['10.0.0.0/8', '2001:db8::/32']));
    const bound = await accounts.find('acme');
    assert.deepEqual(bound?.allowedAddresses, ['10.0.0.0/8', '2001:db8::/32']);
    assert.notEqual(bound?.credentialVersion, before?.credentialVersion);
    assert.deepEqual((await accounts.list())[0]?.allowedAddresses, ['10.0.0.0/8', '2001:db8::/32']);
    assert.ok(await accounts.setAllowedAddresses('acme', []));
    assert.deepEqual((await accounts.find('acme'))?.allowedAddresses, []);
    assert.ok(!(await accounts.setAllowedAddresses('nobody', [])));
  });

  test(`${engine}: operators' logins add up, and are listed the latest first`, async (t) => {
    const { operatorLogins } = await open(t);
    const login = {
      at: '2026-06-11T11:00:00.000Z',
      surface: 'api',
      tokenName: 'issuing-system',
      address: '192.0.2.1',
      succeeded: true,
      times: 2,
    } as const;
    const later = { ...login, at: '2026-06-11T12:00:00.000Z', tokenName: '', succeeded: false, times: 1 };
    await operatorLogins.add([login, later]);
    await operatorLogins.add([login]);
    assert.deepEqual(await operatorLogins.list(10), [later, { ...login, times: 4 }]);
    assert.equal((await operatorLogins.list(1)).length, 1);
    await operatorLogins.add([]);
  });

  test(`${engine}: failed logins are recorded by name, address and hour`, async (t) => {
    const { failedLogins: guessCounters } = await open(t);
    await guessCounters.exchange([], [{ loginName: 'acme', address: '192.0.2.1', failures: 2 }], 0);
    await guessCounters.exchange(
      [],
      [
        { loginName: 'acme', address: '192.0.2.1', failures: 3 },
        { loginName: '', address: '2001:db8::1', failures: 1 },
      ],
      0,
    );
    const recorded = await guessCounters.failures(10);
    // The hour may have ended in between.
    const total = (address: string) =>
      recorded.filter((each) => each.address === address).reduce((sum, { failures }) => sum + failures, 0);
    assert.deepEqual([total('192.0.2.1'), total('2001:db8::1')], [5, 1]);
    assert.match(recorded[0]?.hour ?? '', /^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:00:00\.000Z$/);
    assert.equal((await guessCounters.failures(1)).length, 1);
  });

  test(`${engine}: an hour's failed logins take a thousand entries and one, whoever writes them, and all are counted`, async (t) => {
    const { failedLogins: guessCounters } = await open(t);
    const failed = (from: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({
        loginName: 'acme',
        address: `10.0.${(from + index) >> 8}.${(from + index) & 255}`,
        failures: 2,
      }));
    const exchanges = [failed(0, 600), failed(600, 600), failed(1200, 600)];
    await Promise.all(exchanges.map((records) => guessCounters.exchange([], records, 0)));
    // One that has its entry is still counted there.
    const [first] = (await guessCounters.failures(10_000)).filter(({ loginName }) => loginName !== '');
    const { hour: _, ...entry } = first ?? assert.fail();
    await guessCounters.exchange([], [entry], 0);
    const recorded = await guessCounters.failures(10_000);
    assert.ok(recorded.length <= 1001, `${recorded.length}`);
    assert.equal(recorded.find(({ address }) => address === entry.address)?.failures, 4);
    assert.equal(recorded.find(({ address }) => address === '')?.loginName, '');
    assert.equal(
      recorded.reduce((sum, { failures }) => sum + failures, 0),
      2 * 1800 + 2,
    );
  });

  test(`${engine}: an hour's operators' logins take a thousand entries, and a few without moment and address`, async (t) => {
    const { operatorLogins } = await open(t);
    const login = (index: number) =>
      ({
        at: `2026-06-11T11:${String(index % 60).padStart(2, '0')}:00.000Z`,
        surface: 'console',
        tokenName: index % 2 === 0 ? 'admin' : '',
        address: `10.0.${index >> 8}.${index & 255}`,
        succeeded: index % 2 === 0,
        times: 1,
      }) as const;
    const logins = Array.from({ length: 1500 }, (_, index) => login(index));
    await Promise.all([operatorLogins.add(logins.slice(0, 800)), operatorLogins.add(logins.slice(800))]);
    const listed = await operatorLogins.list(10_000);
    assert.equal(listed.length, 1002);
    assert.equal(
      listed.reduce((sum, { times }) => sum + times, 0),
      1500,
    );
    const rest = listed.filter(({ address }) => address === '');
    assert.deepEqual(
      rest.map(({ at, tokenName }) => [at, tokenName]),
      [
        ['2026-06-11T11:00:00.000Z', ''],
        ['2026-06-11T11:00:00.000Z', 'admin'],
      ],
    );
  });
}
