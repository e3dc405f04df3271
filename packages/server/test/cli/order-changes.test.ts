import assert from 'node:assert/strict';
import { userInfo } from 'node:os';
import { test } from 'node:test';
import { type CommandFixture, commandFixture, runCommand } from '../command.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

const NUMBER = acmeOrder().orderNumber;

async function show(fixture: CommandFixture) {
  return JSON.parse((await runCommand(['order', 'show', NUMBER, '--json', ...fixture.database])).stdout);
}

test('order put creates, replaces, and says when nothing changed', async (t) => {
  const fixture = await commandFixture(t);
  const file = fixture.file('order.json', [JSON.stringify(acmeOrder(), null, 2)]);
  const put = (name = file) => runCommand(['order', 'put', name, ...fixture.database]);
  assert.equal((await put()).stdout, `order ${NUMBER} was created (version 1)\n`);
  assert.equal((await put()).stdout, `order ${NUMBER} is as it was (version 1)\n`);
  const other = acmeOrder({ orderNumber: '8', certificates: [acmeCertificate({ certificateID: '8' })] });
  const both = fixture.file('both.ndjson', [acmeOrder({ orderStatus: 'Cancelled' }), other]);
  const { stdout, code } = await put(both);
  assert.equal(stdout, `order ${NUMBER} was changed (version 2)\norder 8 was created (version 1)\n`);
  assert.equal(code, 0);
});

test('order put names what it refuses, and puts the others', async (t) => {
  const fixture = await commandFixture(t);
  const good = acmeOrder({ orderNumber: '8', certificates: [acmeCertificate({ certificateID: '8' })] });
  const file = fixture.file('orders.ndjson', [acmeOrder({ account: 'nobody' }), good]);
  assert.deepEqual(await runCommand(['order', 'put', file, ...fixture.database]), {
    code: 1,
    stdout: 'order 8 was created (version 1)\n',
    stderr: `order ${NUMBER} was refused: account 'nobody' does not exist; add it first (account-exists)\n`,
  });
});

test('order put writes nothing of a file that holds what is no order', async (t) => {
  const fixture = await commandFixture(t);
  for (const [input, message] of [
    [`${JSON.stringify(acmeOrder())}\n{`, 'line 2: is not valid JSON'],
    ['{"account": "a"}', 'the order orderNumber: is missing'],
    ['[1]', 'the order must be a JSON object'],
    ['\n', 'there is no order in -'],
  ] as const) {
    const { code, stdout, stderr } = await runCommand(['order', 'put', '-', ...fixture.database], { input });
    assert.equal(code, 1);
    assert.equal(stdout, '');
    assert.ok(stderr.includes(message), stderr);
  }
  const { stdout } = await runCommand(['order', 'list', '--json', ...fixture.database]);
  assert.equal(stdout, '');
});

test('order set changes the order and its only certificate in one', async (t) => {
  const fixture = await commandFixture(t);
  await runCommand(['order', 'put', fixture.file('o.json', [acmeOrder()]), ...fixture.database]);
  const set = (...args: string[]) => runCommand(['order', 'set', NUMBER, ...args, ...fixture.database]);
  const done = await set(
    'dcvStatus=completed',
    'caaStatus=completed',
    'certificateStatus=Issued',
    'serialNumber=0a1b',
    'orderStatus=Completed',
    'suggestedOrgDetails={"status":"NotFound"}',
  );
  assert.deepEqual(done, { code: 0, stdout: `order ${NUMBER} was changed (version 2)\n`, stderr: '' });
  assert.equal((await set('orderStatus=Completed')).stdout, `order ${NUMBER} is as it was (version 2)\n`);
  const { stdout } = await set('suggestedOrgDetails=', 'FQDN=');
  assert.equal(stdout, `order ${NUMBER} was changed (version 3)\n`);
  const { FQDN: _, ...certificate } = acmeCertificate({
    dcvStatus: 'completed',
    caaStatus: 'completed',
    certificateStatus: 'Issued',
    serialNumber: '0A1B',
  });
  assert.deepEqual(await show(fixture), acmeOrder({ orderStatus: 'Completed', certificates: [certificate] }));
});

test('order set asks which certificate is meant when there are several', async (t) => {
  const fixture = await commandFixture(t);
  const certificates = [acmeCertificate(), acmeCertificate({ certificateID: '7' })];
  await runCommand([
    'order',
    'put',
    fixture.file('o.json', [acmeOrder({ certificates })]),
    ...fixture.database,
  ]);
  const set = (...args: string[]) => runCommand(['order', 'set', NUMBER, ...args, ...fixture.database]);
  assert.deepEqual(await set('dcvStatus=completed'), {
    code: 2,
    stdout: '',
    stderr: 'cert-order-status: the order has 2 certificates; name one with --certificate: 5550001, 7\n',
  });
  assert.equal((await set('dcvStatus=completed', '--certificate', '7')).code, 0);
  assert.equal((await set('orderDateTime=2026-01-01T00:00:00Z')).code, 0);
  const { certificates: now } = await show(fixture);
  assert.deepEqual(now, [certificates[0], { ...certificates[1], dcvStatus: 'completed' }]);
  const missing = await set('dcvStatus=completed', '--certificate', '8');
  assert.equal(missing.stderr, `cert-order-status: there is no certificate 8 in order ${NUMBER}\n`);
});

test('a certificate without an ID is set by its number, shown, exported and told in the history', async (t) => {
  const fixture = await commandFixture(t);
  const { certificateID: _, ...unnamed } = acmeCertificate({ FQDN: 'two.example' });
  const record = acmeOrder({ certificates: [acmeCertificate(), unnamed] });
  await runCommand(['order', 'put', fixture.file('o.json', [record]), ...fixture.database]);
  const run = (...args: string[]) => runCommand([...args, ...fixture.database]);
  const set = (...args: string[]) => run('order', 'set', NUMBER, ...args);
  assert.match(
    (await set('dcvStatus=completed')).stderr,
    /name one with --certificate or --certificate-number: 5550001, number 2\n$/,
  );
  assert.equal((await set('--certificate-number', '2', 'dcvStatus=completed')).code, 0);
  assert.match(
    (await set('--certificate-number', '3', 'dcvStatus=completed')).stderr,
    /no certificate number 3 in/,
  );
  assert.deepEqual((await show(fixture)).certificates[1], { ...unnamed, dcvStatus: 'completed' });
  assert.match((await run('order', 'show', NUMBER)).stdout, /Certificate 2 of 2\n +certificateID +—/);
  assert.match(
    (await run('order', 'history', NUMBER)).stdout,
    /certificate number 2 +dcvStatus +in-progress → completed/,
  );
  // What is exported is what import takes, and finds unchanged.
  const { stdout } = await run('export');
  assert.match(
    (await run('import', fixture.file('export.ndjson', [JSON.parse(stdout)]))).stdout,
    /1 unchanged/,
  );
  // It gains its ID, and is the same certificate.
  assert.equal((await set('--certificate-number', '2', 'certificateID=9')).code, 0);
  assert.deepEqual((await show(fixture)).certificates[1], {
    certificateID: '9',
    ...unnamed,
    dcvStatus: 'completed',
  });
});

test('order set is refused by the rules, unless forced with a reason that the history keeps', async (t) => {
  const fixture = await commandFixture(t);
  await runCommand(['order', 'put', fixture.file('o.json', [acmeOrder()]), ...fixture.database]);
  const set = (...args: string[]) => runCommand(['order', 'set', NUMBER, ...args, ...fixture.database]);
  await set('orderStatus=Cancelled');
  const back = ['orderStatus=Pending', 'certificateStatus=Awaiting Validation', 'certificateStatusReason='];
  const refused = await set(...back);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /^cert-order-status: .*\(order-transition\); .*\(certificate-transition\)\n$/);
  assert.equal(
    (await set(...back, '--force', '')).stderr,
    'cert-order-status: the reason of --force must not be empty\n',
  );
  assert.equal((await set(...back, '--force', 'cancelled by mistake')).code, 0);
  assert.deepEqual(await show(fixture), acmeOrder());

  const { stdout } = await runCommand(['order', 'history', NUMBER, ...fixture.database]);
  const user = userInfo().username;
  assert.equal(
    stdout.replace(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/gm, 'TIME'),
    `TIME  version 1, created by ${user}
  order                orderStatus        Pending
  certificate 5550001  certificateStatus  Awaiting Validation
TIME  version 2, changed by ${user}
  order                orderStatus              Pending → Cancelled
  certificate 5550001  certificateStatus        Awaiting Validation → Rejected
  certificate 5550001  certificateStatusReason  — → Order cancelled
TIME  version 3, changed by ${user}
  forced: cancelled by mistake (breaks order-transition, certificate-transition)
  order                orderStatus              Cancelled → Pending
  certificate 5550001  certificateStatus        Rejected → Awaiting Validation
  certificate 5550001  certificateStatusReason  Order cancelled → —
`,
  );
  const json = await runCommand(['order', 'history', NUMBER, '--json', ...fixture.database]);
  const changes = json.stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.deepEqual(
    changes.map(({ version, reason }) => ({ version, reason })),
    [
      { version: 1, reason: undefined },
      { version: 2, reason: undefined },
      { version: 3, reason: 'cancelled by mistake' },
    ],
  );
});

test('order set tells everything that is wrong with what it was given', async (t) => {
  const fixture = await commandFixture(t);
  const args = ['x=1', 'y', 'dcvStatus=a', 'dcvStatus=b', 'account=other', 'suggestedOrgDetails={'];
  const { code, stderr } = await runCommand(['order', 'set', '1', ...args, ...fixture.database]);
  assert.equal(code, 2);
  assert.deepEqual(stderr.trimEnd().split('\n'), [
    "cert-order-status: 'x' is no field that can be set; see order set --help",
    "cert-order-status: 'y' is not FIELD=VALUE",
    'cert-order-status: dcvStatus is set more than once',
    "cert-order-status: 'account' is no field that can be set; see order set --help",
    'cert-order-status: the value of suggestedOrgDetails is wrong: is not valid JSON (at position 1)',
  ]);
});

test('what is not there is said to be not there', async (t) => {
  const fixture = await commandFixture(t);
  for (const args of [
    ['order', 'set', '1', 'dcvStatus=completed'],
    ['order', 'history', '1'],
    ['order', 'show', '1'],
  ]) {
    const { code, stderr } = await runCommand([...args, ...fixture.database]);
    assert.deepEqual({ code, stderr }, { code: 1, stderr: 'cert-order-status: there is no order 1\n' });
  }
});
