import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { curl } from '../curl.ts';
import { runService, STATUS_PATH } from '../running-service.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { NOT_HTTPS, NOT_POST, QUESTION, STATUS_ANSWER, UNKNOWN_ERROR } from '../wire-texts.ts';

const LIMIT = 16_384;
/** A good request of that many bytes: empty pieces of a form are ignored. */
const ofLength = (length: number) => QUESTION.padEnd(length, '&');
const CHUNKED = { 'Transfer-Encoding': 'chunked' };

test('a body of exactly 16 KiB is read', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(ofLength(LIMIT));
  assert.equal(answer.status, 200);
  assert.equal(answer.body, STATUS_ANSWER);
});

test('a body of exactly 16 KiB in chunks is read', async (t) => {
  const service = await runService(t);
  const answer = await service.ask(ofLength(LIMIT), { headers: CHUNKED });
  assert.equal(answer.status, 200);
  assert.equal(answer.body, STATUS_ANSWER);
});

test('a body over 16 KiB is answered with 413 and -14', async (t) => {
  const service = await runService(t);
  for (const headers of [{ 'Content-Length': LIMIT + 1 }, CHUNKED]) {
    const answer = await service.ask(ofLength(LIMIT + 1), { headers });
    assert.equal(answer.status, 413);
    assert.equal(answer.headers['content-type'], 'application/x-www-form-urlencoded');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers['connection'], 'close');
    assert.equal(answer.body, UNKNOWN_ERROR);
  }
});

test('a Content-Length over 16 KiB is answered before the body has come', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port);
  connection.write(`POST ${STATUS_PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${LIMIT + 1}\r\n\r\n`);
  const { statusLine, body } = await connection.answer();
  assert.equal(statusLine, 'HTTP/1.1 413 Payload Too Large');
  assert.equal(body, UNKNOWN_ERROR);
  connection.write(ofLength(LIMIT + 1));
  assert.equal(await connection.untilClosed(), '');
});

test('an upload of 10 MB by curl still sees the answer', async (t) => {
  const { port } = await runService(t);
  const file = join(temporaryFolder(t), 'upload');
  writeFileSync(file, Buffer.alloc(10_000_000, 'a'));
  const upload = ['--data-binary', `@${file}`, '--write-out', ' %{http_code}'];
  const url = `https://127.0.0.1:${port}${STATUS_PATH}`;
  const expected = `${UNKNOWN_ERROR} 413`;
  assert.equal(await curl(...upload, url), expected);
  assert.equal(await curl(...upload, '--header', 'Expect:', url), expected);
  assert.equal(
    await curl(...upload, '--header', 'Transfer-Encoding: chunked', '--header', 'Expect:', url),
    expected,
  );
});

test('the size of a body is nobody’s business before -1 and -17', async (t) => {
  const service = await runService(t);
  const form = ofLength(3 * LIMIT);
  const plain = await service.ask(form, { scheme: 'http' });
  assert.equal(plain.status, 200);
  assert.equal(plain.body, NOT_HTTPS);
  const headers = { 'Content-Length': form.length };
  const got = await service.ask(form, { method: 'GET', headers });
  assert.equal(got.status, 200);
  assert.equal(got.body, NOT_POST);
});

test('a refused request’s body is discarded before the connection is closed', async (t) => {
  const { port } = await runService(t);
  const connection = await openConnection(t, port, 'http');
  const [head, rest] = [
    statusRequest(ofLength(LIMIT)).slice(0, 300),
    statusRequest(ofLength(LIMIT)).slice(300),
  ];
  connection.write(head);
  const answer = await connection.answer();
  assert.equal(answer.headers['connection'], 'close');
  assert.equal(answer.body, NOT_HTTPS);
  connection.write(rest);
  assert.equal(await connection.untilClosed(), '');
});
