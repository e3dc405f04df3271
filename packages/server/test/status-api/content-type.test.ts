import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH, sendRequest } from '../running-service.ts';
import { LOGIN_NAME_MISSING, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

test('Content-Type is a form’s, whatever its case and its parameters', async (t) => {
  const service = await runService(t);
  const types = [
    'application/x-www-form-urlencoded',
    'Application/X-WWW-Form-URLEncoded',
    'application/x-www-form-urlencoded; charset=UTF-8',
    'application/x-www-form-urlencoded;charset=iso-8859-1',
    'application/x-www-form-urlencoded ; charset="utf-8"; x=y',
  ];
  for (const type of types) {
    const answer = await service.ask(QUESTION, { headers: { 'Content-Type': type } });
    assert.equal(answer.body, STATUS_ANSWER, type);
  }
});

test('Content-Type may be absent or empty', async (t) => {
  const { port } = await runService(t);
  const request = { scheme: 'https', port, method: 'POST', path: STATUS_PATH, body: QUESTION } as const;
  const length = { 'Content-Length': QUESTION.length };
  assert.equal((await sendRequest({ ...request, headers: length })).body, STATUS_ANSWER);
  assert.equal(
    (await sendRequest({ ...request, headers: { ...length, 'Content-Type': '' } })).body,
    STATUS_ANSWER,
  );
});

test('a body of any other type holds no arguments, so it gets -3', async (t) => {
  const service = await runService(t);
  const types = [
    'text/plain',
    'application/json',
    'multipart/form-data; boundary=x',
    'application/x-www-form-urlencoded-2',
    'application/octet-stream',
  ];
  for (const type of types) {
    const answer = await service.ask(QUESTION, { headers: { 'Content-Type': type } });
    assert.equal(answer.status, 200, type);
    assert.equal(answer.body, LOGIN_NAME_MISSING, type);
  }
});

test('a body that is not read is warned of, at most once a minute, with its type and no value', async (t) => {
  const service = await runService(t);
  const warned = () =>
    service.log.filter(({ level }) => level === 40).map(({ type, msg }) => ({ type, msg }));
  await service.ask('', { headers: { 'Content-Type': 'text/plain' } });
  assert.deepEqual(warned(), []);
  const types = ['Multipart/Form-Data; boundary=correct-horse', 'text/plain'];
  for (const type of types) await service.ask(QUESTION, { headers: { 'Content-Type': type } });
  assert.deepEqual(warned(), [
    {
      type: 'multipart/form-data',
      msg: 'a body was not read: it must be application/x-www-form-urlencoded, and not compressed',
    },
  ]);
  assert.ok(!service.logText().includes('correct'));
});

test('a type that is none is not repeated in the warning', async (t) => {
  const service = await runService(t);
  for (const type of [
    'correct horse',
    'correct-horse',
    'correct/horse',
    'a'.repeat(65),
    '{"loginPassword":"correct-horse"}',
  ]) {
    const answer = await service.ask(QUESTION, { headers: { 'Content-Type': type } });
    assert.equal(answer.body, LOGIN_NAME_MISSING, type);
  }
  assert.deepEqual(
    service.log.filter(({ level }) => level === 40).map(({ type }) => type),
    ['malformed'],
  );
  assert.ok(!service.logText().includes('horse'));
});

test('a compressed body holds no arguments, so it gets -3, and is warned of', async (t) => {
  for (const coding of ['gzip', 'GZIP', 'br', 'identity, gzip']) {
    const service = await runService(t);
    const answer = await service.ask(gzipSync(QUESTION), { headers: { 'Content-Encoding': coding } });
    assert.equal(answer.body, LOGIN_NAME_MISSING, coding);
    const [warning] = service.log.filter(({ level }) => level === 40);
    assert.equal(warning?.['type'], coding.includes(',') ? 'malformed' : coding.toLowerCase());
    for (const none of ['identity', 'Identity', '']) {
      const read = await service.ask(QUESTION, { headers: { 'Content-Encoding': none } });
      assert.equal(read.body, STATUS_ANSWER, none);
    }
  }
});

test('a multipart form by curl gets -3', async (t) => {
  const { port } = await runService(t);
  const printed = await curl(
    '--form',
    'loginName=acme-hosting',
    '--form',
    'loginPassword=correct horse',
    `https://127.0.0.1:${port}${STATUS_PATH}`,
  );
  assert.equal(printed, LOGIN_NAME_MISSING);
});
