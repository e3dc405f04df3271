/**
 * What others have written (customers, systems that feed orders) is shown on a terminal as text, never obeyed by it.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openStore } from '../../src/store/open-store.ts';
import { commandFixture, runCommand } from '../command.ts';
import { acmeCertificate, acmeOrder } from '../sample-orders.ts';

/** C1 controls (CSI, OSC), overrides, isolates and marks of direction, separators of lines: all legal in an order. */
const HOSTILE = '\u009b2J\u009d0;x\u202e\u2066\u200f\u061c\u2028';
const SHOWN = '\\u009b2J\\u009d0;x\\u202e\\u2066\\u200f\\u061c\\u2028';
const NUMBER = '7250060';

function order(name: string) {
  return acmeOrder({
    account: name,
    orderStatus: 'Rejected',
    orderStatusReason: name,
    suggestedOrgDetails: { status: 'Found', organizations: [{ organizationName: name }] },
    certificates: [
      acmeCertificate({
        objectType: name,
        FQDN: name,
        certificateStatus: 'Rejected',
        certificateStatusReason: name,
      }),
    ],
  });
}

test('no command prints a character that a terminal obeys or that turns the direction of writing', async (t) => {
  const fixture = await commandFixture(t, [HOSTILE]);
  const store = await openStore(fixture.database[1], 'write');
  await store.tokens.add({ name: HOSTILE, scope: 'read', digest: 'ab' });
  await store.close();
  const run = async (...args: string[]) => {
    const { stdout, stderr } = await runCommand([...args, ...fixture.database]);
    const printed = stdout + stderr;
    assert.doesNotMatch(
      printed.replaceAll('\n', ''),
      /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/u,
    );
    return { stdout, printed };
  };
  const good = fixture.file('good.ndjson', [order(HOSTILE)]);
  const nobody = fixture.file('bad.ndjson', [order(`${HOSTILE}.`), `{"${HOSTILE}":1,"${HOSTILE}":2}`]);
  await run('import', good);
  const { printed: changed } = await run(
    'order',
    'set',
    NUMBER,
    `FQDN=${HOSTILE}.example`,
    '--force',
    HOSTILE,
  );
  assert.match(changed, /was changed/);
  const commands = [
    ['order', 'show', NUMBER],
    ['order', 'list'],
    ['order', 'history', NUMBER],
    ['account', 'list'],
    ['token', 'list'],
    ['import', nobody],
    ['account', 'passwd', `${HOSTILE}.`, '--generate'],
    ['token', 'revoke', `${HOSTILE}.`],
    ['order', 'list', `--${HOSTILE}`],
    ['import', `${HOSTILE}.ndjson`],
  ];
  await Promise.all(
    commands.map(async (args) => {
      const { printed } = await run(...args);
      assert.ok(printed.includes(SHOWN), `${args.join(' ')}: ${printed}`);
    }),
  );
  for (const args of [['order', 'show', NUMBER, '--json'], ['order', 'list', '--json'], ['export']]) {
    const { stdout } = await run(...args);
    assert.ok(stdout.includes(SHOWN));
    assert.equal(JSON.parse(stdout).certificates[0].FQDN, `${HOSTILE}.example`);
    assert.equal(JSON.parse(stdout).orderStatusReason, HOSTILE);
  }
  const history = await run('order', 'history', NUMBER, '--json');
  assert.equal(JSON.parse(history.stdout.split('\n')[1] ?? '').reason, HOSTILE);
});
