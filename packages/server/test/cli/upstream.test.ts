import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { LINES_LIMIT } from '../../src/cli/order-number-file.ts';
import { putOrder } from '../../src/orders/change-request.ts';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, runCommand } from '../command.ts';
import { authority } from '../outbound/targets.ts';
import { acmeOrder } from '../sample-orders.ts';
import { FAKE_LOGIN, FAKE_PASSWORD, fakeUpstream } from '../upstreams/fake-upstream.ts';

const ADD = ['upstream', 'add', 'ca', '--base-url', 'https://ca.example', '--login', 'reseller'];

/** A database with the accounts `acme-hosting` and `other`, and commands on it. */
async function commands(t: TestContext) {
  const fixture = await commandFixture(t, ['acme-hosting', 'other']);
  const run = async (args: readonly string[], { code = 0, input = '' } = {}) => {
    const done = await runCommand([...args, ...fixture.database], { input });
    assert.equal(done.code, code, `${args.join(' ')}: ${done.stderr}`);
    return done;
  };
  return { fixture, run };
}

test('upstream add, list, show, set, pause, resume and remove', async (t) => {
  const { fixture, run } = await commands(t);
  const hours = ['--quiet-hours', '22:00-06:00', '--time-zone', 'Europe/Berlin'];
  const pace = ['--interval', '6h', '--last-steps-interval', '30m', '--requests-per-minute', '5'];
  const ca = ['--ca', fixture.file('root', [(await authority()).cert])];
  const add = [...ADD, ...pace, ...hours, ...ca, '--account', 'other', '--password-stdin'];
  const added = await run(add, { input: 'secret there\n' });
  assert.match(
    added.stdout,
    /^upstream 'ca' was added; 'cert-order-status upstream test ca ORDER' tries it\n$/,
  );
  const again = await run(add, { input: 'secret there\n', code: 1 });
  assert.match(again.stderr, /upstream 'ca' exists already/);
  const listed = JSON.parse((await run(['upstream', 'list', '--json'])).stdout);
  assert.deepEqual(
    [listed.intervalSeconds, listed.lastStepsIntervalSeconds, listed.requestsPerMinute, listed.account],
    [21_600, 1800, 5, 'other'],
  );
  assert.deepEqual(listed.quietHours, { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' });
  assert.match((await run(['upstream', 'list'])).stdout, /\nca +active +0 +0 +https:\/\/ca.example\/\n/);
  const shown = (await run(['upstream', 'show', 'ca'])).stdout;
  assert.match(shown, /^ca: active\nbase URL https:\/\/ca.example\/, login reseller, added /);
  assert.match(shown, /\nquiet hours: 22:00 to 06:00, Europe\/Berlin\n/);
  assert.match(
    shown,
    /\ninterval: every 6 h \(30 min in the last steps\); no order is open now, and 5 are allowed\n/,
  );
  assert.match(shown, /\nbudget used: 0 requests in the past hour, of 300\n/);
  await run(['upstream', 'set', 'ca', '--quiet-hours', '23:00-05:00', '--no-account', '--interval', '3h']);
  const kept = ['--no-ca', '--no-last-steps-interval'];
  await run(['upstream', 'set', 'ca', ...kept]);
  const set = JSON.parse((await run(['upstream', 'show', 'ca', '--json'])).stdout);
  assert.deepEqual(set.quietHours, { from: '23:00', to: '05:00', timeZone: 'Europe/Berlin' });
  assert.deepEqual(
    [set.account, set.roots, set.lastStepsIntervalSeconds, set.intervalSeconds],
    [undefined, undefined, undefined, 10_800],
  );
  const moved = ['upstream', 'set', 'ca', '--login', 'another', '--no-quiet-hours'];
  const refused = await run(moved, { code: 2 });
  assert.match(refused.stderr, /the password is needed again, because loginName changes/);
  await run([...moved, '--password-stdin'], { input: 'another secret' });
  assert.equal((await run(['upstream', 'pause', 'ca'])).stdout, "upstream 'ca' is paused\n");
  assert.equal((await run(['upstream', 'resume', 'ca'])).stdout, "upstream 'ca' is active\n");
  const local = await run(['upstream', 'set', 'ca', '--base-url', 'https://10.0.0.1', '--password-stdin'], {
    input: 'x',
  });
  assert.match(local.stderr, /^warning: 10.0.0.1 is no public address: .* --outbound-allow 10.0.0.1 /);
  assert.match(
    (await run(['upstream', 'remove', 'ca'])).stdout,
    /was removed; 0 orders are not followed any more/,
  );
  for (const [args, code, message] of [
    [['upstream', 'show', 'ca'], 1, /there is no upstream 'ca'/],
    [ADD, 1, /there is no terminal to ask for the password on; pipe it in with --password-stdin\n/],
    [[...ADD, '--interval', 'x'], 2, /It must be a time such as 90m, 3h or 1d/],
    [[...ADD, '--interval', '59s', '--password-stdin'], 2, /the interval must be 1 min to 30 d/],
    [[...ADD, '--requests-per-minute', 'x'], 2, /It must be a whole number/],
    [[...ADD, '--quiet-hours', 'x'], 2, /It must be two times such as 22:00-06:00/],
    [[...ADD, '--quiet-hours', '22:00-06:00'], 2, /--time-zone is missing/],
    [[...ADD, '--time-zone', 'UTC'], 2, /--quiet-hours are missing/],
    [[...ADD, '--ca', join(fixture.folder, 'none')], 1, /cannot read the certificates of --ca: ENOENT/],
    [[...ADD, '--password-stdin', '--account', 'missing'], 1, /there is no account 'missing'/],
  ] as const) {
    assert.match((await run(args, { code, input: 'x' })).stderr, message);
  }
});

test('upstream test says what came back, and fails when nothing of use did', async (t) => {
  const { fixture, run } = await commands(t);
  const fake = await fakeUpstream(t);
  fake.orders.set('7250060', [{ orderNumber: '7250060', orderStatus: 'Pending' }]);
  const root = fixture.file('root', [(await authority()).cert]);
  const add = ['upstream', 'add', 'ca', '--base-url', fake.baseUrl, '--login', FAKE_LOGIN, '--ca', root];
  await run([...add, '--password-stdin'], { input: FAKE_PASSWORD });
  const tryIt = ['upstream', 'test', 'ca', '7250060'];
  const allowed = ['--outbound-allow', '127.0.0.0/8'];
  const worked = await run([...tryIt, ...allowed]);
  assert.match(
    worked.stdout,
    /^order 7250060 is Pending, and has 0 certificates\nshowValidityPeriod is accepted; /,
  );
  const report = JSON.parse((await run(['upstream', 'test', 'ca', '9', '--json', ...allowed])).stdout);
  assert.deepEqual([report.outcome, report.isWorking], ['unknown-order', true]);
  assert.match((await run(tryIt, { code: 1 })).stderr, /cannot be reached: .* --outbound-allow/);
  fake.loginPassword = 'changed';
  const refused = await run([...tryIt, ...allowed], { code: 1 });
  assert.equal(refused.stdout, '');
  assert.match(refused.stderr, /upstream 'ca' does not work: it does not accept the login: errorCode -16/);
  assert.match((await run(['upstream', 'test', 'ca'], { code: 2 })).stderr, /an order must be named/);
});

test('orders are followed, listed, refreshed and unfollowed', async (t) => {
  const { fixture, run } = await commands(t);
  await run([...ADD, '--password-stdin'], { input: 'x' });
  await run(['import', fixture.file('orders', [acmeOrder()])]);
  const follow = ['upstream', 'follow', 'ca', '--account', 'other'];
  assert.equal((await run([...follow, '1', '02'])).stdout, '2 orders are followed from now on\n');
  const mixed = await run([...follow, '2', '3', '7250060'], { code: 1 });
  assert.equal(mixed.stdout, '1 order is followed from now on, 1 was before\n');
  assert.match(
    mixed.stderr,
    /^order 7250060 is in the order database, of another account\n.*1 order was refused\n$/,
  );
  assert.match(
    (await run(['upstream', 'follow', 'ca', '9'], { code: 2 })).stderr,
    /the account must be named/,
  );
  assert.match((await run(follow, { code: 2 })).stderr, /name order numbers, or a file of them with --file/);
  const table = (await run(['upstream', 'orders', 'ca', '--limit', '2'])).stdout;
  assert.match(table, /^ORDER +ACCOUNT +STATE +OBSERVED +NEXT REQUEST +REMARKS\n1 +other +waiting +never +2/);
  const more = await run(['upstream', 'orders', 'ca', '--limit', '2', '--json']);
  assert.deepEqual(
    more.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).orderNumber),
    ['1', '2'],
  );
  assert.match(more.stderr, /there are more: --after 2 lists them/);
  assert.match((await run(['upstream', 'orders', 'ca', '--after', '2'])).stdout, /\n3 /);
  assert.equal((await run(['upstream', 'refresh', 'ca', '1'])).stdout, '1 order is asked for next\n');
  const waiting = ['upstream', 'refresh', 'ca', '--state', 'waiting'];
  assert.equal((await run(waiting)).stdout, '3 orders are asked for next\n');
  assert.equal((await run(['upstream', 'refresh', 'ca', '--all'])).stdout, '3 orders are asked for next\n');
  assert.match(
    (await run([...waiting, '1'], { code: 2 })).stderr,
    /name order numbers, or a --state, or --all/,
  );
  assert.match(
    (await run(['upstream', 'unfollow', 'ca', '4'], { code: 1 })).stderr,
    /order 4 is not followed/,
  );
  assert.equal(
    (await run(['upstream', 'unfollow', 'ca', '1', '2'])).stdout,
    '2 orders are not followed any more\n',
  );
  assert.match((await run(['upstream', 'remove', 'ca'])).stdout, /1 order is not followed any more/);
});

test('a file of order numbers is followed whole, or not at all', async (t) => {
  const { fixture, run } = await commands(t);
  await run([...ADD, '--password-stdin', '--account', 'other'], { input: 'x' });
  const follow = ['upstream', 'follow', 'ca', '--file'];
  const wrong = fixture.file('wrong', ['1', 'x', '', '0', '2', '1234567890123456789']);
  const refused = await run([...follow, wrong], { code: 1 });
  assert.deepEqual(
    refused.stderr.match(/^line \d+: must be an order number/gm),
    [2, 4, 6].map((line) => `line ${line}: must be an order number`),
  );
  assert.match(refused.stderr, /3 lines hold no order number, so no order was followed\n$/);
  await run(['import', fixture.file('orders', [acmeOrder()])]);
  const mixed = await run([...follow, fixture.file('mixed', ['\ufeff1\r', '7250060', ' 2 '])], { code: 1 });
  assert.match(mixed.stderr, /^line 2: order 7250060 is in the order database/);
  assert.equal(mixed.stdout, '2 orders are followed from now on\n');
  const many = Array.from({ length: 20_000 }, (_, index) => String(index + 1));
  const all = await run([...follow, '-'], { input: many.join('\n') });
  assert.equal(all.stdout, '19998 orders are followed from now on, 2 were before\n');
  assert.match((await run([...follow, '-'], { code: 1 })).stderr, /- holds no order number\n$/);
  assert.match((await run([...follow, fixture.folder], { code: 1 })).stderr, /it is a folder/);
  const long = join(fixture.folder, 'long');
  writeFileSync(long, '\n'.repeat(LINES_LIMIT + 1));
  assert.match((await run([...follow, long], { code: 1 })).stderr, /has more than 1000000 lines: split it/);
});

test('order show says how old the knowledge of a followed order is', async (t) => {
  const { fixture, run } = await commands(t);
  await run([...ADD, '--password-stdin'], { input: 'x' });
  await run(['upstream', 'follow', 'ca', '--account', 'acme-hosting', '7250060']);
  const waiting = await run(['order', 'show', '7250060'], { code: 1 });
  assert.match(
    waiting.stderr,
    /order 7250060 is followed at upstream 'ca', which has told nothing of it yet/,
  );
  const store = await openStore(fixture.database[1] ?? '', 'write');
  const lease = (await store.jobLeases.hold(['upstreams'], 'test', 60_000)).get('upstreams');
  const exemption = { kind: 'observed' } as const;
  await store.orders.change([putOrder(acmeOrder())], { kind: 'upstream', name: 'ca' }, { exemption, lease });
  await store.close();
  const { stdout } = await run(['order', 'show', '7250060']);
  assert.match(stdout, /^Observed {2}[-0-9T:.]+Z at upstream ca, which is asked every 3 h$/m);
});
