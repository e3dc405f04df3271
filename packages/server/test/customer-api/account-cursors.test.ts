import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACCOUNT_CURSOR_PATTERN, AccountCursors } from '../../src/customer-api/account-cursors.ts';

const accountID = fc.integer({ min: 1, max: 2 ** 31 - 1 });
const place = fc.bigInt({ min: 0n, max: 2n ** 63n - 1n });
const epoch = fc.stringMatching(/^[0-9a-f]{12}$/);
const PATTERN = new RegExp(`^${ACCOUNT_CURSOR_PATTERN}$`);

test('a cursor is read by its account on every node, and by no other account or database', () => {
  const secret = randomBytes(32);
  const [cursors, onAnotherNode] = [new AccountCursors(secret), new AccountCursors(secret)];
  const ofAnotherDatabase = new AccountCursors(randomBytes(32));
  fc.assert(
    fc.property(accountID, accountID, epoch, place, (account, other, epoch, place) => {
      const cursor = cursors.write(account, { epoch, place });
      assert.match(cursor, PATTERN);
      assert.deepEqual(onAnotherNode.read(account, cursor), { epoch, place });
      assert.equal(cursors.write(account, { epoch, place }), cursor);
      if (other !== account) assert.deepEqual(cursors.read(other, cursor), { epoch, place: undefined });
      assert.equal(ofAnotherDatabase.read(account, cursor).place, undefined);
    }),
  );
});

test('a cursor of which a character is another one is none', () => {
  const cursors = new AccountCursors(randomBytes(32));
  fc.assert(
    fc.property(accountID, place, fc.nat(20), (account, place, index) => {
      const cursor = cursors.write(account, { epoch: '0123456789ab', place });
      const at = 13 + index;
      const changed = cursor.slice(0, at) + (cursor[at] === 'A' ? 'B' : 'A') + cursor.slice(at + 1);
      assert.equal(cursors.read(account, changed).place, undefined);
    }),
  );
});
