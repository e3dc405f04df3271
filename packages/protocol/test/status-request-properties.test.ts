/** Bodies of every kind, mostly good ones with something wrong, come to what the rules over a list of arguments say. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { API_REVISIONS, encodeFormText, readStatusRequest } from '../src/index.ts';
import { formBytes, wellFormedText } from './arbitraries.ts';
import { judgeByList } from './judge-by-list.ts';
import { runs } from './runs.ts';

const CORPUS = new URL('../../server/test/fuzz/corpus/forms/', import.meta.url);

const GOOD = ['loginName=acme', 'loginPassword=s3cret', 'orderNumber=7250060', 'queryType=1'];
const names = fc.constantFrom(
  'loginName',
  'loginPassword',
  'orderNumber',
  'certificateID',
  'queryType',
  'showValidityPeriod',
  'responseFormat',
);
const values = fc.oneof(
  fc.constantFrom('', '0', '1', '2', '3', 'Y', 'n', 'yes', '007', '0000', '9'.repeat(16), '9'.repeat(18)),
  fc.constantFrom(
    '1'.repeat(17),
    '1'.repeat(19),
    '+1',
    '1+',
    '%31',
    '%',
    '%4',
    '%00',
    '\0',
    '%FF',
    '%EF%BF%BD',
  ),
  fc.constantFrom(
    'x'.repeat(64),
    'x'.repeat(65),
    'x'.repeat(128),
    'x'.repeat(129),
    '%F0%9F%98%80'.repeat(64),
  ),
  fc.constantFrom(
    'correct+horse%21',
    'caf%C3%A9',
    'é',
    '2%32',
    '%32',
    '=',
    'a=b',
    '\uFEFF',
    '%EF%BB%BFx',
    'ÿ',
  ),
  wellFormedText.map(encodeFormText),
);
/** A name in other letters, with escapes, or with a letter too few or too many. */
const spelling = fc.tuple(names, fc.nat(7), fc.nat(20)).map(([name, way, at]) => {
  const [before, letter = '', after] = [name.slice(0, at), name.slice(at, at + 1), name.slice(at + 1)];
  const escaped = letter && `%${letter.charCodeAt(0).toString(16)}`;
  const others = [name.toUpperCase(), name.toLowerCase(), before + escaped + after, before + after];
  return [...others, `${before}+${after}`, `${before}${letter}%00${after}`][way] ?? name;
});
const pair = fc
  .tuple(fc.oneof({ weight: 6, arbitrary: spelling }, values), values)
  .map((both) => both.join('='));
/** A good request with arguments more, fewer, doubled or changed, in another order. */
const nearlyGood = fc
  .tuple(fc.shuffledSubarray(GOOD, { minLength: 2 }), fc.array(pair, { maxLength: 3 }), fc.boolean())
  .map(([good, more, isFirst]) => (isFirst ? [...more, ...good] : [...good, ...more]).join('&'))
  .map((text) => new TextEncoder().encode(text));
const replaced = fc
  .tuple(fc.nat(3), values, names, values, fc.boolean())
  .map(([at, value, name, other, isAdded]) => {
    const pairs = GOOD.with(at, `${GOOD[at]?.split('=')[0]}=${value}`);
    return new TextEncoder().encode([...pairs, ...(isAdded ? [`${name}=${other}`] : [])].join('&'));
  });
const withRawBytes = fc
  .tuple(replaced, fc.nat(60), fc.uint8Array({ minLength: 1, maxLength: 3 }))
  .map(([body, at, bytes]) => Uint8Array.from([...body.slice(0, at), ...bytes, ...body.slice(at)]));
const body = fc.oneof(nearlyGood, replaced, replaced, withRawBytes, formBytes(...GOOD));

function assertJudged(bytes: Uint8Array): boolean {
  let isGood = false;
  for (const revision of API_REVISIONS) {
    const expected = judgeByList(bytes, revision);
    isGood ||= expected.ok;
    assert.deepEqual(readStatusRequest(bytes, revision), expected);
    assert.deepEqual(readStatusRequest(Buffer.from(bytes), revision), expected);
  }
  return isGood;
}

test('any body comes to what the rules say', () => {
  const numRuns = runs(5000);
  let good = 0;
  fc.assert(
    fc.property(body, (bytes) => {
      if (assertJudged(bytes)) good++;
    }),
    { numRuns },
  );
  // About every tenth is good.
  assert.ok(good > numRuns / 20 && good < (numRuns * 9) / 10, `${good} good bodies show too little`);
});

test('any part of a good request, and one with any byte in the place of another, comes to what the rules say', () => {
  const request = new TextEncoder().encode(`${GOOD.join('&')}&certificateID=5550001&responseFormat=2`);
  for (let at = 0; at < request.length; at++) {
    assertJudged(request.subarray(0, at));
    assertJudged(request.subarray(at));
    for (const byte of [
      0,
      0x20,
      0x25,
      0x26,
      0x2b,
      0x3d,
      0x40,
      0x5b,
      0x80,
      0xc3,
      0xff,
      (request[at] ?? 0) ^ 0x20,
    ])
      assertJudged(request.with(at, byte));
  }
});

test('bodies that clients and fuzzing have sent come to what the rules say', () => {
  const files = readdirSync(CORPUS);
  assert.ok(files.length > 5);
  for (const file of files) assertJudged(readFileSync(new URL(file, CORPUS)));
});
