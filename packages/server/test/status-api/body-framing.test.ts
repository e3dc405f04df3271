import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { LOGIN_NAME_MISSING, QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const MARK = '\uFEFF';
const PLAIN = QUESTION;
const INVALID_QUERY_TYPE =
  'errorCode=-4&errorMessage=The+value+of+the+%27queryType%27+argument+is+invalid%21';

test('one byte-order mark in front of a body and one line end behind it are not part of it', async (t) => {
  const service = await runService(t);
  for (const body of [`${MARK}${PLAIN}`, `${PLAIN}\n`, `${PLAIN}\r\n`, `${MARK}${PLAIN}\r\n`, `${PLAIN}&\n`])
    assert.equal((await service.ask(body)).body, STATUS_ANSWER, JSON.stringify(body));
  for (const body of [MARK, '\n', '\r\n', `${MARK}\r\n`])
    assert.equal((await service.ask(body)).body, LOGIN_NAME_MISSING, JSON.stringify(body));
});

test('more than one of each, or one in another place, is part of the body', async (t) => {
  const service = await runService(t);
  for (const body of [`${PLAIN}\n\n`, `${PLAIN}\r`, `${PLAIN}\n\r\n`, `${PLAIN}%0D%0A`, `${PLAIN}${MARK}`])
    assert.equal((await service.ask(body)).body, INVALID_QUERY_TYPE, JSON.stringify(body));
  const unrecognised = await service.ask(`${MARK}${MARK}${PLAIN}`);
  assert.equal(
    unrecognised.body,
    'errorCode=-2&errorMessage=%27%EF%BB%BFloginName%27+is+an+unrecognised+argument%21',
  );
});

test('the limit of a body counts its mark and its line end', async (t) => {
  const service = await runService(t);
  const padding = '&'.repeat(16 * 1024 - PLAIN.length - 2);
  assert.equal((await service.ask(`${PLAIN}${padding}\r\n`)).body, STATUS_ANSWER);
  assert.equal((await service.ask(`${PLAIN}${padding}&\r\n`)).status, 413);
});

test('curl sends a file with a mark and a line end', async (t) => {
  const { port } = await runService(t);
  const file = join(temporaryFolder(t), 'form');
  writeFileSync(file, `${MARK}${PLAIN}\r\n`);
  const printed = await curl('--data-binary', `@${file}`, `https://127.0.0.1:${port}${STATUS_PATH}`);
  assert.equal(printed, STATUS_ANSWER);
});
