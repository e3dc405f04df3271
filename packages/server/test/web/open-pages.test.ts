import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Follower, OpenPages } from '../../src/web/open-pages.ts';

const LIMITS = { inAll: 10, perAccount: 4, perLink: 2, perAddress: 3 };

/** Opens pages one after the other; what was told for each. */
function open(pages: OpenPages, ...followers: readonly Follower[]) {
  return followers.map((follower) => {
    const taken = pages.take(follower);
    return typeof taken === 'string' ? taken : 'open';
  });
}

test('an account, a link and an address have so many pages open, and one more when one was closed', () => {
  for (const [follower, most, limit] of [
    [{ account: 'a' }, 4, 'openPagesPerAccount'],
    [{ account: 'a', linkID: 1 }, 2, 'openPagesPerLink'],
    [{ account: 'a', addressBlock: '192.0.2.1' }, 3, 'openPagesPerAddress'],
  ] as const) {
    const pages = new OpenPages(LIMITS);
    const releases = Array.from({ length: most }, () => pages.take(follower));
    assert.equal(pages.take(follower), limit);
    assert.equal(pages.take(follower), limit);
    const [release] = releases;
    assert.ok(typeof release === 'function');
    release();
    assert.equal(typeof pages.take(follower), 'function');
    assert.equal(pages.take(follower), limit);
  }
});

test("an account's links keep none of its own pages out, and all links together at most half", () => {
  const pages = new OpenPages(LIMITS);
  const link = (account: string, linkID: number): Follower => ({ account, linkID });
  assert.deepEqual(
    open(
      pages,
      link('a', 1),
      link('a', 1),
      link('a', 2),
      link('a', 2),
      link('a', 3),
      link('b', 4),
      link('b', 5),
    ),
    ['open', 'open', 'open', 'open', 'openPagesPerAccount', 'open', 'openPagesOfLinks'],
  );
  const own = Array.from({ length: 5 }, () => ({ account: 'a' }));
  assert.deepEqual(open(pages, ...own), ['open', 'open', 'open', 'open', 'openPagesPerAccount']);
  assert.deepEqual(open(pages, { account: 'b' }, { account: 'b' }), ['open', 'openPages']);
});

test('one address keeps nobody else out', () => {
  const pages = new OpenPages(LIMITS);
  for (let count = 0; count < 50; count++) pages.take({ account: `a${count}`, addressBlock: '192.0.2.1' });
  assert.deepEqual(open(pages, { account: 'a', addressBlock: '192.0.2.2' }), ['open']);
  // A proxy's address stands for many.
  assert.deepEqual(
    open(pages, ...Array.from({ length: 4 }, () => ({ account: 'b' }))),
    Array(4).fill('open'),
  );
});
