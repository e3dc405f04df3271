import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ACME, runService } from '../running-service.ts';
import { fuzz } from './fuzzing.ts';

const ARGUMENT = '%27(loginName|loginPassword|orderNumber|certificateID|queryType)%27';
const ERRORS = [
  '-2&errorMessage=%27[^&]*%27\\+is\\+an\\+unrecognised\\+argument%21',
  `-3&errorMessage=The\\+${ARGUMENT}\\+argument\\+is\\+missing`,
  `-4&errorMessage=The\\+value\\+of\\+the\\+${ARGUMENT}\\+argument\\+is\\+invalid%21`,
  '-14&errorMessage=An\\+unknown\\+error\\+occurred%21',
  '-16&errorMessage=Permission\\+denied%21',
];
/** Everything that the specification knows for a POST over https. */
const DOCUMENTED = new RegExp(`^errorCode=(0&1_orderNumber=7250060&[^]*|${ERRORS.join('|')})$`);

const argument = fc.oneof(
  fc.constantFrom('loginName', 'LOGINNAME', 'loginPassword', 'orderNumber', 'certificateID', 'queryType', ''),
  fc.string({ unit: 'binary', maxLength: 80 }),
);
const value = fc.oneof(
  fc.constantFrom(
    ACME.loginName,
    ACME.loginPassword,
    '7250060',
    '5550001',
    '0',
    '1',
    '2',
    '',
    '%',
    '%ff',
    '%00',
  ),
  fc.string({ unit: 'binary', maxLength: 200 }),
);
const pairs = fc
  .array(fc.tuple(argument, value, fc.boolean()), { maxLength: 8 })
  .map((list) =>
    list
      .map(([name, text, raw]) => (raw ? `${name}=${text}` : new URLSearchParams([[name, text]]).toString()))
      .join('&'),
  )
  .map((text) => Buffer.from(text));
/** A good question, with one thing about it that may not be. */
const question = fc.tuple(argument, value).map(([name, text]) => {
  const form = new URLSearchParams({ ...ACME, orderNumber: '7250060', queryType: '1' });
  form.set(name, text);
  return Buffer.from(form.toString());
});
const body = fc.oneof(
  { weight: 3, arbitrary: pairs },
  { weight: 2, arbitrary: question },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
  { weight: 1, arbitrary: fc.nat(40_000).map((length) => Buffer.alloc(length, 'a=b&')) },
);

test('whatever form is sent, the answer is one that the specification has', async (t) => {
  const service = await runService(t);
  // An hour passes between two forms: nobody is slowed down for guessing.
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const seen = await fuzz(t, {
    name: 'forms',
    generated: body,
    async send(input) {
      t.mock.timers.tick(3_600_000);
      const headers = { 'Content-Length': input.length };
      const answer = await service.ask('', { headers, body: input });
      assert.match(answer.body, DOCUMENTED);
      assert.equal(answer.status, answer.body.startsWith('errorCode=-14&') ? 413 : 200);
      return answer.body.replace(/^errorCode=0&.*/s, '0').replace(/%27[^&]*%27\+is/, '');
    },
  });
  for (const code of [
    '0',
    'errorCode=-2',
    'errorCode=-3',
    'errorCode=-4',
    'errorCode=-14',
    'errorCode=-16',
  ]) {
    assert.ok(
      [...seen].some((kind) => kind.startsWith(code)),
      `no form came to ${code}`,
    );
  }
  assert.ok(!service.logText().includes(ACME.loginPassword));
});
