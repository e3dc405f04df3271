import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { describe, test } from 'node:test';
import { describeDuration } from '@cert-order-status/protocol';
import { InvalidArgumentError } from 'commander';
import { durationOf } from '../../src/cli/duration.ts';
import { answer, ISSUED, PENDING, page, scriptedService, TRY_LATER, type Turn } from '../scripted-service.ts';
import { COMMAND, cleanEnvironment, home, orderStatus } from './order-status.ts';

const REJECTED = answer(
  'errorCode=0&1_orderStatus=Rejected&1_orderStatusReason=Fraud&1_1_certificateStatus=Rejected&1_1_certificateStatusReason=Fraud',
);
const NO_SUCH_ORDER = answer(
  'errorCode=-4&errorMessage=The+value+of+the+%27orderNumber%27+argument+is+invalid%21',
);
const DENIED = answer('errorCode=-16&errorMessage=Permission+denied%21');

/** Answers each order's questions with the turns of its own. */
function byOrder(turns: Readonly<Record<string, readonly Turn[]>>): { turn: Turn; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    turn: (response, request, body) => {
      const number = new URLSearchParams(body).get('orderNumber') ?? '';
      const own = turns[number] ?? [];
      const index = asked.filter((each) => each === number).length;
      asked.push(number);
      own[Math.min(index, own.length - 1)]?.(response, request, body);
    },
  };
}

const withoutTimes = (text: string) => text.replace(/^\S+Z /gm, '');

describe('order-status watch', () => {
  test('tells every change, and exits with 0 when the certificate is issued', async (t) => {
    const service = await scriptedService(t, [PENDING, PENDING, ISSUED]);
    const ended = await orderStatus(['watch', '7250060', '--interval', '1s'], home(t).environment(service));
    assert.equal(ended.code, 0);
    assert.equal(
      withoutTimes(ended.stdout),
      `order 7250060 orderStatus: Pending
order 7250060 waits for applicant: Domain control validation has begun: answer the e-mail, or leave the DNS record or file in place until the CA has seen it
order 7250060 orderStatus: Pending → Completed
order 7250060 certificates[0].serialNumber: (none) → 0A
order 7250060 certificates[0].certificateStatus: Awaiting Validation → Issued
order 7250060 certificates[0].dcvStatus: in-progress → completed
order 7250060 It is issued
`,
    );
    assert.equal(ended.stderr, '');
    assert.equal(service.received.length, 3);
  });

  test('follows several orders at once, and exits with 3 when one of them is settled without success', async (t) => {
    const { turn, asked } = byOrder({ '1': [PENDING, ISSUED], '2': [PENDING, REJECTED], '3': [ISSUED] });
    const service = await scriptedService(t, [turn]);
    const ended = await orderStatus(
      ['watch', '1', '2', '3', '--interval', '1s'],
      home(t).environment(service),
    );
    assert.equal(ended.code, 3);
    assert.match(ended.stdout, /order 2 It is settled, and not issued: The order was rejected: Fraud\n/);
    assert.match(ended.stdout, /order 1 It is issued\n/);
    assert.deepEqual(asked.toSorted(), ['1', '1', '2', '2', '3']);
  });

  for (const [orderWord, word] of [
    ['completed', 'ISSUED'],
    ['Pending', 'Valid'],
    ['Processed', 'Issued but not yet collected'],
  ] as const) {
    test(`${orderWord}, ${word} is issued`, async (t) => {
      const form = { errorCode: '0', '1_orderStatus': orderWord, '1_1_certificateStatus': word };
      const service = await scriptedService(t, [answer(new URLSearchParams(form).toString())]);
      const ended = await orderStatus(['watch', '1', '--timeout', '20s'], home(t).environment(service));
      assert.equal(ended.code, 0);
      assert.match(ended.stdout, /order 1 It is issued\n$/);
    });
  }

  test('the American spelling and a reason in the word settle an order, too', async (t) => {
    const canceled = answer('errorCode=0&1_orderStatus=Canceled&1_1_certificateStatus=Awaiting+Validation');
    const rejected = answer('errorCode=0&1_orderStatus=Pending&1_1_certificateStatus=Rejected%3A+Fraud');
    const { turn } = byOrder({ '1': [canceled], '2': [rejected] });
    const service = await scriptedService(t, [turn]);
    const ended = await orderStatus(['watch', '1', '2', '--timeout', '20s'], home(t).environment(service));
    assert.equal(ended.code, 3);
    assert.match(ended.stdout, /order 1 It is settled, and not issued: The order was cancelled\n/);
  });

  for (const [form, wait] of [
    [
      '1_orderStatus=Completed&1_1_certificateStatus=On+Hold',
      /'On Hold' is not a word whose meaning is known/,
    ],
    ['1_orderStatus=Paused&1_1_certificateStatus=Issued', /'Paused' is not a word whose meaning is known/],
    ['1_orderStatus=Completed&1_1_FQDN=a.example', /the response has no status/],
  ] as const) {
    test(`${form}: no outcome is claimed, and what is waited for is told`, async (t) => {
      const service = await scriptedService(t, [answer(`errorCode=0&${form}`), ISSUED]);
      const ended = await orderStatus(['watch', '1', '--interval', '1s'], home(t).environment(service));
      assert.equal(ended.code, 0);
      assert.match(ended.stdout, /order 1 waits for CA: Only the CA knows the next step: /);
      assert.match(ended.stdout, wait);
      assert.equal(ended.stdout.match(/It is (issued|settled)/g)?.length, 1);
      assert.equal(service.received.length, 2);
    });
  }

  test('exits with 4 when the time is up', async (t) => {
    const service = await scriptedService(t, [PENDING]);
    const ended = await orderStatus(['watch', '7250060', '--timeout', '1s'], home(t).environment(service));
    assert.equal(ended.code, 4);
    assert.equal(withoutTimes(ended.stderr), 'order 7250060 not settled in time\n');
    assert.equal(service.received.length, 1);
  });

  test('exits with 4 when the time is up while a service does not answer', async (t) => {
    const service = await scriptedService(t, [() => {}]);
    const ended = await orderStatus(['watch', '7250060', '--timeout', '1s'], home(t).environment(service));
    assert.equal(ended.code, 4);
  });

  test('an order that is not there is told, the others are followed, and the exit code is 1', async (t) => {
    const { turn } = byOrder({ '1': [NO_SUCH_ORDER], '2': [PENDING, ISSUED] });
    const service = await scriptedService(t, [turn]);
    const ended = await orderStatus(['watch', '1', '2', '--interval', '1s'], home(t).environment(service));
    assert.equal(ended.code, 1);
    assert.match(
      ended.stderr,
      /order 1 The value of the 'orderNumber' argument is invalid! .* not the account's\n$/,
    );
    assert.match(ended.stdout, /order 2 It is issued\n$/);
  });

  test('a wrong password fails once, however many orders', async (t) => {
    const service = await scriptedService(t, [DENIED]);
    const ended = await orderStatus(['watch', '1', '2', '3'], home(t).environment(service));
    assert.equal(ended.code, 1);
    assert.equal(service.received.length, 1);
    assert.match(ended.stderr, /^\S+ order 1 Permission denied! .*\n$/);
  });

  test('failures that may pass are told and survived', async (t) => {
    // As many as one call tries, and then once more.
    const service = await scriptedService(t, [TRY_LATER, page(502), page(503), page(502), ISSUED]);
    const ended = await orderStatus(['watch', '1', '--interval', '1s'], home(t).environment(service));
    assert.equal(ended.code, 0);
    assert.match(
      ended.stderr,
      /^\S+ order 1 HTTP status 502 without an answer of the API; next request in \d s\n$/,
    );
  });

  test('certificates are followed by their IDs', async (t) => {
    const service = await scriptedService(t, [ISSUED]);
    const options = ['--certificate', '9999999999999999', '--certificate', '2'];
    const ended = await orderStatus(['watch', ...options], home(t).environment(service));
    assert.equal(ended.code, 0);
    assert.match(ended.stdout, /certificate 9999999999999999 It is issued\n.*certificate 2 It is issued\n$/s);
  });

  test('--json: a line for each change', async (t) => {
    const service = await scriptedService(t, [PENDING, ISSUED]);
    const { code, stdout } = await orderStatus(
      ['watch', '7250060', '--json', '--interval', '1s'],
      home(t).environment(service),
    );
    assert.equal(code, 0);
    const [first, second, ...more] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(more, []);
    assert.deepEqual([first.watched, first.changes, first.settled], ['order 7250060', [], false]);
    assert.deepEqual(second.changes[0], { path: 'orderStatus', before: 'Pending', after: 'Completed' });
    assert.deepEqual([second.settled, second.success], [true, true]);
    assert.equal(second.orders[0].orderStatus, 'Completed');
  });

  for (const [args, message] of [
    [['watch'], /which orders\? Give their NUMBERs/],
    [['watch', '1', '--interval', '10'], /It must be a time such as 30s, 10m, 3h or 1d/],
    [['watch', '1', '--timeout', '0s'], /It must be a time such as/],
    [['watch', '1', '--interval', '25d'], /of at most 24 days/],
    [['watch', '1', 'x'], /an order number has 1 to 18 digits/],
  ] as const) {
    test(`${args.join(' ')} is wrong usage`, async () => {
      const { code, stderr } = await orderStatus(args);
      assert.equal(code, 2);
      assert.match(stderr, message);
    });
  }
});

test('a pipe that is closed early, and a full device, end no watch with success', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const service = await scriptedService(t, [PENDING, PENDING, ISSUED]);
  for (const [script, code, stderr] of [
    // The reader leaves after the first line, and then there is another.
    ['set -o pipefail; "$@" | grep -m1 Pending', 141, /^$/],
    ['"$@" > /dev/full', 1, /^order-status: standard output cannot be written to: ENOSPC: .*\n$/],
  ] as const) {
    const watch = [COMMAND, 'watch', '1', '--interval', '1s', ...(code === 1 ? ['--json'] : [])];
    const child = spawn('bash', ['-c', script, 'bash', process.execPath, ...watch], {
      env: { ...cleanEnvironment(), ...home(t).environment(service) },
    });
    const [[ended], complaint] = await Promise.all([once(child, 'close'), text(child.stderr)]);
    assert.equal(ended, code);
    assert.match(complaint, stderr);
  }
});

describe('Durations', () => {
  for (const [given, milliseconds, words] of [
    ['1s', 1000, '1 s'],
    ['90s', 90_000, '1 min 30 s'],
    ['10m', 600_000, '10 min'],
    ['3h', 10_800_000, '3 h'],
    ['24d', 2_073_600_000, '24 d'],
  ] as const) {
    test(given, () => {
      assert.equal(durationOf(given), milliseconds);
      assert.equal(describeDuration(milliseconds), words);
    });
  }

  test('that are none', () => {
    for (const given of ['', '1', 's', '-1s', '1.5h', '0s', '1w', '25d', ' 1s']) {
      assert.throws(() => durationOf(given), InvalidArgumentError);
    }
    assert.equal(describeDuration(-5), '0 s');
    assert.equal(describeDuration(90_061_000), '1 d 1 h');
  });
});
