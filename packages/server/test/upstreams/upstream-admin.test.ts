import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { OutboundError } from '../../src/outbound/outbound-error.ts';
import { KeyRing } from '../../src/secrets/key-ring.ts';
import { SecretUnavailable } from '../../src/secrets/secret-unavailable.ts';
import { Secrets } from '../../src/secrets/secrets.ts';
import { askOnce } from '../../src/upstreams/ask-once.ts';
import { UPSTREAM_ROOTS_LIMIT_BYTES, UPSTREAMS_LIMIT } from '../../src/upstreams/upstream.ts';
import { UpstreamAdmin } from '../../src/upstreams/upstream-admin.ts';
import { authority } from '../outbound/targets.ts';
import { execute } from '../store/databases.ts';
import { errorBody, type FakeOrder, PENDING, reply } from './fake-upstream.ts';
import { CA, refusal, upstreamStore } from './upstream-store.ts';

const PASSWORD = 'the password there';

const ISSUED: FakeOrder = { ...PENDING, orderStatus: 'Completed', '1_certificateStatus': 'Issued' };

suite('an upstream', () => {
  test('is added with defaults, listed, changed, paused, resumed and removed', async (t) => {
    const { database, admin, passwordOf } = await upstreamStore(t);
    const added = await admin.add('ca', { ...CA, baseUrl: 'HTTPS://CA.example' }, PASSWORD);
    const { created, figures, ...rest } = added;
    assert.ok(Date.parse(created) > 0);
    assert.deepEqual(
      { ...rest },
      {
        name: 'ca',
        baseUrl: 'https://ca.example/',
        loginName: 'reseller',
        roots: undefined,
        account: undefined,
        intervalSeconds: 10_800,
        lastStepsIntervalSeconds: undefined,
        requestsPerMinute: 20,
        quietHours: undefined,
        state: 'active',
        asksValidityPeriod: true,
        lastRequest: undefined,
        lastSuccess: undefined,
        problem: undefined,
        notBefore: undefined,
      },
    );
    assert.equal(figures.followed, 0);
    assert.equal(await passwordOf('ca'), PASSWORD);
    assert.ok(!JSON.stringify(await admin.list()).includes(PASSWORD));
    const quietHours = { from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };
    const changed = await admin.change('ca', {
      account: 'other',
      intervalSeconds: 21_600,
      lastStepsIntervalSeconds: 1800,
      requestsPerMinute: 5,
      quietHours,
      roots: (await authority()).cert,
    });
    assert.deepEqual(
      [changed.account, changed.intervalSeconds, changed.lastStepsIntervalSeconds, changed.requestsPerMinute],
      ['other', 21_600, 1800, 5],
    );
    assert.deepEqual(changed.quietHours, quietHours);
    assert.equal((await admin.change('ca', {})).roots, changed.roots);
    const removed = { account: null, roots: null, lastStepsIntervalSeconds: null, quietHours: null };
    const plain = await admin.change('ca', removed);
    assert.deepEqual(
      [plain.account, plain.roots, plain.lastStepsIntervalSeconds, plain.quietHours, plain.intervalSeconds],
      [undefined, undefined, undefined, undefined, 21_600],
    );
    assert.equal((await admin.pause('ca')).state, 'paused');
    assert.equal((await admin.resume('ca')).state, 'active');
    await admin.add('another', CA, PASSWORD);
    assert.deepEqual(
      (await admin.list()).map(({ name }) => name),
      ['another', 'ca'],
    );
    await admin.orders.follow('ca', 'other', ['1', '2']);
    assert.equal(await admin.remove('ca'), 2);
    assert.equal(await admin.remove('another'), 0);
    assert.deepEqual(await execute(database, 'SELECT 1 FROM secret'), []);
    for (const act of [
      () => admin.get('ca'),
      () => admin.change('ca', {}),
      () => admin.pause('ca'),
      () => admin.resume('ca'),
      () => admin.remove('ca'),
      () => admin.test('ca', '1'),
      () => admin.orders.follow('ca', 'other', ['1']),
    ]) {
      assert.equal(await refusal(act()), "not-found name: there is no upstream 'ca'");
    }
  });

  test('that cannot be is refused with the field and the range, and leaves nothing behind', async (t) => {
    const { database, admin } = await upstreamStore(t);
    const { cert } = await authority();
    const hours = { from: '22:00', to: '06:00', timeZone: 'UTC' };
    for (const [choice, message] of [
      [{ baseUrl: 'http://ca.example' }, 'invalid baseUrl: the URL must begin with https://'],
      [{ baseUrl: 'https://ca.example/?a=b' }, 'invalid baseUrl: the URL must hold no query'],
      [{ baseUrl: 'https://a:b@ca.example/' }, /^invalid baseUrl: the URL must hold no login and password/],
      [{ loginName: '' }, 'invalid loginName: the login name must not be empty'],
      [{ loginName: 'x'.repeat(65) }, /^invalid loginName: the login name must be at most 64 characters/],
      [{ roots: 'none' }, /^invalid roots: the upstream's certificates must be in PEM form/],
      [{ roots: cert.replace('MII', 'AAA') }, /^invalid roots: .* must be readable: number 1 is not/],
      [{ roots: `${cert}${'x'.repeat(UPSTREAM_ROOTS_LIMIT_BYTES)}` }, /^invalid roots: .* at most 64 KiB$/],
      [{ account: 'missing' }, /^not-found loginName: there is no account 'missing'/],
      [
        { intervalSeconds: 59 },
        'invalid intervalSeconds: the interval must be 1 min to 30 d, in whole seconds',
      ],
      [{ intervalSeconds: 2_592_001 }, /^invalid intervalSeconds/],
      [{ intervalSeconds: 60.5 }, /^invalid intervalSeconds/],
      [
        { lastStepsIntervalSeconds: 10_801 },
        'invalid lastStepsIntervalSeconds: the interval of the last steps must be 1 min to 3 h, in whole seconds',
      ],
      [
        { requestsPerMinute: 0 },
        'invalid requestsPerMinute: the number of requests a minute must be a whole number, 1 to 6000',
      ],
      [{ requestsPerMinute: 6001 }, /^invalid requestsPerMinute/],
      [
        { quietHours: { ...hours, from: '24:00' } },
        /^invalid quietHours.from: .* a time from 00:00 to 23:59$/,
      ],
      [{ quietHours: { ...hours, to: '6:00' } }, /^invalid quietHours.to: /],
      [{ quietHours: { ...hours, to: '22:00' } }, /^invalid quietHours.to: .* another time than 'from'$/],
      [
        { quietHours: { ...hours, timeZone: 'Mars/Base' } },
        /^invalid quietHours.timeZone: the time zone must/,
      ],
      [{ quietHours: { ...hours, timeZone: '' } }, /^invalid quietHours.timeZone/],
    ] as const) {
      const refused = await refusal(admin.add('ca', { ...CA, ...choice }, PASSWORD));
      if (typeof message === 'string') assert.equal(refused, message);
      else assert.match(refused, message);
    }
    for (const name of ['', '.', '..', '-a', 'a/b', 'a b', 'ä', 'x'.repeat(65)]) {
      assert.match(await refusal(admin.add(name, CA, PASSWORD)), /^invalid name: the name of the upstream/);
    }
    for (const password of ['', 'a\u0000b', 'x'.repeat(129)]) {
      assert.match(await refusal(admin.add('ca', CA, password)), /^invalid loginPassword: the password/);
    }
    await admin.add('x'.repeat(64), CA, 'x'.repeat(128));
    await admin.checkFree('ca');
    await admin.add('ca', { ...CA, account: 'acme-hosting' }, PASSWORD);
    assert.equal(await refusal(admin.checkFree('ca')), "already-exists name: upstream 'ca' exists already");
    assert.equal(
      await refusal(admin.add('ca', CA, PASSWORD)),
      "already-exists name: upstream 'ca' exists already",
    );
    assert.match(
      await refusal(admin.add('second', { ...CA, account: 'acme-hosting' }, PASSWORD)),
      /^already-exists account: all orders of upstream 'ca' belong to account 'acme-hosting' already/,
    );
    const [secrets] = await execute(database, 'SELECT count(*) AS n FROM secret');
    assert.equal(Number(secrets?.['n']), 2);
  });

  test('of which there are too many is refused', async (t) => {
    const { database, store, admin, reached } = await upstreamStore(t);
    const pace = { intervalSeconds: 10_800, requestsPerMinute: 20 };
    for (let added = 0; added < UPSTREAMS_LIMIT; added++) {
      await store.upstreams.add({ ...CA, ...pace, upstreamID: `u${added}`, name: `ca-${added}` });
    }
    assert.match(
      await refusal(admin.add('ca', CA, PASSWORD)),
      /^limit-reached name: there are 100 upstreams/,
    );
    assert.deepEqual(reached, ['upstreams']);
    assert.deepEqual(await execute(database, 'SELECT 1 FROM secret'), []);
  });

  test('keeps no private key that stands beside its certificates', async (t) => {
    const { admin } = await upstreamStore(t);
    const { cert, key } = await authority();
    const { roots = '' } = await admin.add('ca', { ...CA, roots: `${key}\nroot:\n${cert}${cert}` }, PASSWORD);
    assert.equal(roots.trim(), `${cert.trim()}\n${cert.trim()}`);
  });

  test('gets another base URL or login only with the password, which alone can be changed, too', async (t) => {
    const { admin, passwordOf, store } = await upstreamStore(t);
    await admin.add('ca', CA, PASSWORD);
    for (const [change, why] of [
      [{ baseUrl: 'https://elsewhere.example' }, 'baseUrl changes'],
      [{ loginName: 'another' }, 'loginName changes'],
      [{ baseUrl: 'https://elsewhere.example', loginName: 'another' }, 'baseUrl and loginName change'],
    ] as const) {
      const refused = `invalid loginPassword: the password is needed again, because ${why}`;
      assert.equal(await refusal(admin.change('ca', change)), refused);
    }
    assert.equal((await admin.change('ca', { ...CA, baseUrl: 'https://CA.example' })).baseUrl, CA.baseUrl);
    const moved = await admin.change('ca', { baseUrl: 'https://b.example', loginPassword: 'second' });
    assert.deepEqual([moved.baseUrl, moved.state], ['https://b.example/', 'active']);
    assert.equal(await passwordOf('ca'), 'second');
    await admin.pause('ca');
    assert.equal((await admin.change('ca', { loginPassword: 'third' })).state, 'paused');
    assert.equal(await passwordOf('ca'), 'third');
    assert.match(await refusal(admin.change('ca', { loginPassword: '' })), /^invalid loginPassword/);
    await admin.resume('ca');
    const keys = new KeyRing({ kind: 'none', reason: 'no key here' });
    const secrets = new Secrets(store.secretRows, keys);
    const keyless = new UpstreamAdmin({ store, secrets, ask: () => assert.fail('it was asked') });
    const change = { baseUrl: 'https://c.example', loginPassword: 'fourth' };
    await assert.rejects(keyless.change('ca', change), SecretUnavailable);
    await assert.rejects(keyless.add('second', CA, PASSWORD), SecretUnavailable);
    const left = await admin.get('ca');
    assert.deepEqual([left.baseUrl, left.state], ['https://b.example/', 'active']);
  });

  test('has its base URL checked as the operator’s when it changes', async (t) => {
    const checked: unknown[] = [];
    const checkUrl = async (url: string, how: unknown) => {
      checked.push([url, how]);
      if (url.includes('10.0.0.1')) {
        throw new OutboundError('address-not-allowed', '10.0.0.1 is in no network of --outbound-allow');
      }
      return url;
    };
    const { admin } = await upstreamStore(t, { checkUrl });
    await admin.add('ca', CA, PASSWORD);
    await admin.change('ca', { intervalSeconds: 3600 });
    assert.deepEqual(checked, [[CA.baseUrl, { isOperators: true }]]);
    assert.equal(
      await refusal(admin.change('ca', { baseUrl: 'https://10.0.0.1', loginPassword: 'x' })),
      'invalid baseUrl: 10.0.0.1 is in no network of --outbound-allow',
    );
  });
});

suite('a test', () => {
  test('says what the response holds, stores nothing of it, and counts in the budget', async (t) => {
    const { admin, addFake, store } = await upstreamStore(t);
    const fake = await addFake('ca');
    fake.orders.set('7250060', [PENDING, { orderNumber: '7250061', orderStatus: 'Pending' }]);
    assert.deepEqual(await admin.test('ca', '07250060'), {
      orderNumber: '7250060',
      outcome: 'status',
      isWorking: true,
      findings: [
        'order 7250060 is Pending, and has 1 certificate',
        'certificate 1: SSL, www.example.com, Awaiting Validation, csrStatus completed, dcvStatus in-progress',
        '1 order replaces it',
        'showValidityPeriod is accepted; no certificate of the order is issued yet',
      ],
    });
    fake.orders.set('7250060', [ISSUED]);
    assert.match(await lastFinding(), /is accepted, but the response has no validity period$/);
    fake.orders.set('7250060', [{ ...ISSUED, '1_notAfter': '1900000000' }]);
    assert.match(await lastFinding(), /^the validity period of certificates is in the response$/);
    fake.knowsValidityPeriod = false;
    assert.match(await lastFinding(), /it does not understand showValidityPeriod$/);
    assert.equal(fake.requests.length, 5);
    const { figures, lastRequest } = await admin.get('ca');
    assert.equal(figures.requestsLastHour, 5);
    assert.ok(lastRequest);
    assert.equal(await store.orders.get('7250060'), undefined);

    async function lastFinding(): Promise<string> {
      const { isWorking, findings } = await admin.test('ca', '7250060');
      assert.ok(isWorking);
      return findings.at(-1) ?? '';
    }
  });

  test('asks nothing of an upstream that has moved since it was looked up', async (t) => {
    const { admin, store, secrets, addFake } = await upstreamStore(t);
    const fake = await addFake('ca');
    const before = (await store.upstreams.get('ca')) ?? assert.fail();
    const ask = askOnce(secrets, store.upstreams, () => ({ allowNetworks: ['127.0.0.0/8'] }));
    await admin.change('ca', { baseUrl: 'https://b.example', loginPassword: 'that of b' });
    const stale = new UpstreamAdmin({ store, secrets, ask: (_, orderNumber) => ask(before, orderNumber) });
    assert.equal(
      await refusal(stale.test('ca', '1')),
      "not-found name: upstream 'ca' was changed or removed meanwhile; look at it, and try again",
    );
    assert.equal(fake.requests.length, 0);
  });

  test('asks for the order that is due next unless one is named', async (t) => {
    const { admin, addFake } = await upstreamStore(t);
    const fake = await addFake('ca');
    assert.match(
      await refusal(admin.test('ca')),
      /^invalid orderNumber: an order must be named: none that is/,
    );
    assert.match(
      await refusal(admin.test('ca', 'x')),
      /^invalid orderNumber: an order number must have 1 to 18/,
    );
    await admin.orders.follow('ca', 'acme-hosting', ['5', '6']);
    await admin.orders.refresh('ca', ['6']);
    const { orderNumber, outcome, isWorking, findings } = await admin.test('ca');
    assert.deepEqual([orderNumber, outcome, isWorking], ['6', 'unknown-order', true]);
    assert.deepEqual(findings, ['the login is accepted, but the account there has no order 6']);
    assert.deepEqual(
      fake.requests.map(({ form }) => form.get('orderNumber')),
      ['6'],
    );
  });

  test('says what is wrong, and what to do, without the password', async (t) => {
    const { admin, addFake } = await upstreamStore(t);
    const fake = await addFake('ca');
    for (const [behaviour, outcome, finding, advice] of [
      [
        reply(errorBody(-16, 'Permission denied!')),
        'login-refused',
        /does not accept the login: errorCode -16/,
        /password/,
      ],
      [reply(errorBody(-42, 'Slow down')), 'call-limit', /wants fewer requests: errorCode -42/, /interval/],
      [reply('<html>', 502), 'unreachable', /cannot be reached: HTTP status 502/, /network/],
      [reply('<html>'), 'invalid-response', /holds no errorCode: is the base URL right/, /base URL/],
      [reply(errorBody(-7, 'No')), 'api-error', /does not accept the request: errorCode -7/, /ask the CA/],
      [
        reply(errorBody(-2, "'showValidityPeriod' is an unrecognised argument!")),
        'api-error',
        /errorCode -2/,
        /ask the CA/,
      ],
    ] as const) {
      fake.behaviour = behaviour;
      const report = await admin.test('ca', '1');
      assert.deepEqual([report.outcome, report.isWorking], [outcome, false]);
      assert.match(report.findings[0] ?? '', finding);
      assert.match(report.findings[1] ?? '', advice);
      assert.ok(!JSON.stringify(report).includes(fake.loginPassword));
    }
    assert.equal((await admin.get('ca')).problem, undefined);
  });

  test('is made one at a time', async (t) => {
    const { admin, addFake, reached } = await upstreamStore(t);
    const fake = await addFake('ca');
    const { promise: arrived, resolve } = Promise.withResolvers<() => void>();
    fake.behaviour = (_request, response) => resolve(() => response.end(errorBody(-16, 'No')));
    const first = admin.test('ca', '1');
    const respond = await arrived;
    assert.match(
      await refusal(admin.test('ca', '1')),
      /^limit-reached name: a test of upstream 'ca' is under way/,
    );
    assert.deepEqual(reached, ['upstreamTests']);
    respond();
    assert.equal((await first).outcome, 'login-refused');
  });
});
