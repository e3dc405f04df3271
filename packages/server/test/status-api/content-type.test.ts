import assert from 'node:assert/strict';
import { test } from 'node:test';
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
