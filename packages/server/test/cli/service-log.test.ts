import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loggedError } from '../../src/cli/service-log.ts';
import { StoreUnavailable } from '../../src/store/store.ts';

test('a database that is away is one short line; a defect says where it is', () => {
  assert.deepEqual(loggedError(new StoreUnavailable('the database is away: connect ECONNREFUSED')), {
    type: 'StoreUnavailable',
    message: 'the database is away: connect ECONNREFUSED',
  });
  const { type, stack } = loggedError(new TypeError('not a function')) as Record<string, string>;
  assert.equal(type, 'TypeError');
  assert.match(stack ?? '', /service-log\.test\.ts/);
});
