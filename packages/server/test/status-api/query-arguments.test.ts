import assert from 'node:assert/strict';
import { test } from 'node:test';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { LOGIN, LOGIN_NAME_MISSING, NOT_POST, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const IN_URL = `${STATUS_PATH}?${QUESTION}`;
const ACCEPTING = { settings: { acceptQueryArguments: true } };

test('arguments in the URL are not read', async (t) => {
  const service = await runService(t);
  assert.equal((await service.ask('', { path: IN_URL })).body, LOGIN_NAME_MISSING);
  assert.equal(
    (await service.ask(QUESTION, { path: `${STATUS_PATH}?queryType=7&colour=mauve` })).body,
    STATUS_ANSWER,
  );
});

test('arguments in the URL that are not read are worth one warning that names the setting, never a value', async (t) => {
  const service = await runService(t);
  await service.ask('', { path: IN_URL });
  await service.ask('', { path: IN_URL });
  await service.ask(QUESTION, { path: `${STATUS_PATH}?colour=mauve` });
  const warnings = service.log.filter(({ level }) => level === 40);
  assert.deepEqual(
    warnings.map(({ msg }) => msg),
    ['arguments in the URL were ignored; --accept-query-arguments would accept them'],
  );
  assert.doesNotMatch(service.logText(), /correct|horse|colour|mauve|[?]/);
});

test('a bare question mark is no argument and no reason to warn', async (t) => {
  const service = await runService(t);
  await service.ask(QUESTION, { path: `${STATUS_PATH}?` });
  await service.ask(QUESTION, { path: `${STATUS_PATH}?&&` });
  assert.deepEqual(
    service.log.filter(({ level }) => level === 40),
    [],
  );
});

test('with --accept-query-arguments the arguments may be in the URL', async (t) => {
  const service = await runService(t, ACCEPTING);
  assert.equal((await service.ask('', { path: IN_URL })).body, STATUS_ANSWER);
  const printed = await curl('--request', 'POST', `https://127.0.0.1:${service.port}${IN_URL}`);
  assert.equal(printed, STATUS_ANSWER);
  assert.doesNotMatch(service.logText(), /correct|horse|[?]|"level":40/);
});

test('with --accept-query-arguments the arguments of URL and body are one list', async (t) => {
  const service = await runService(t, ACCEPTING);
  const answer = await service.ask('orderNumber=7250060&queryType=0', { path: `${STATUS_PATH}?${LOGIN}` });
  assert.equal(answer.body, STATUS_ANSWER);
});

test('with --accept-query-arguments the URL goes first', async (t) => {
  const service = await runService(t, ACCEPTING);
  const answer = await service.ask('fromBody=1', { path: `${STATUS_PATH}?fromUrl=1` });
  assert.equal(answer.body, 'errorCode=-2&errorMessage=%27fromUrl%27+is+an+unrecognised+argument%21');
});

test('with --accept-query-arguments an argument in both URL and body is given more than once: -4', async (t) => {
  const service = await runService(t, ACCEPTING);
  const answer = await service.ask(QUESTION, { path: `${STATUS_PATH}?QUERYTYPE=0` });
  assert.equal(
    answer.body,
    'errorCode=-4&errorMessage=The+value+of+the+%27queryType%27+argument+is+invalid%21',
  );
});

test('with --accept-query-arguments the URL is read even when the body is no form', async (t) => {
  const service = await runService(t, ACCEPTING);
  const answer = await service.ask('orderNumber=1', {
    path: IN_URL,
    headers: { 'Content-Type': 'text/plain' },
  });
  assert.equal(answer.body, STATUS_ANSWER);
});

test('with --accept-query-arguments GET is still -17', async (t) => {
  const service = await runService(t, ACCEPTING);
  const answer = await service.ask('', { method: 'GET', path: IN_URL });
  assert.equal(answer.body, NOT_POST);
});
