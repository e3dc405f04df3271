import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { curl } from '../curl.ts';
import { type RunningService, runService, sendRequest } from '../running-service.ts';
import { execute } from '../store/databases.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

const PROBING = { settings: { probePort: 0, stopTimeout: 60_000 } };

function probe({ probePort = 0 }: RunningService, path: string, method = 'GET') {
  return sendRequest({ scheme: 'http', port: probePort, method, path, headers: {}, body: '' });
}

test('GET /healthz: 200, the process is alive', async (t) => {
  const answer = await probe(await runService(t, PROBING), '/healthz');
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(answer.headers['cache-control'], 'no-store');
  assert.equal(answer.body, 'ok\n');
});

test('GET /readyz: 200, the database answers', async (t) => {
  const service = await runService(t, PROBING);
  const answer = await probe(service, '/readyz?verbose');
  assert.equal(answer.status, 200);
  assert.equal(answer.body, 'ready\n');
  assert.equal(await curl(`http://127.0.0.1:${service.probePort}/readyz`), 'ready\n');
});

test('GET /readyz: 503 as long as the database does not answer; /healthz is still 200', async (t) => {
  const service = await runService(t, PROBING);
  await execute(service.database, 'ALTER TABLE account RENAME TO lost');
  const answer = await probe(service, '/readyz');
  assert.equal(answer.status, 503);
  assert.equal(answer.headers['content-type'], 'text/plain; charset=utf-8');
  assert.equal(answer.body, 'not ready\n');
  assert.equal((await probe(service, '/healthz')).status, 200);
  assert.equal(service.log.at(-1)?.['msg'], 'the database does not answer');

  await execute(service.database, 'ALTER TABLE lost RENAME TO account');
  assert.equal((await probe(service, '/readyz')).status, 200);
});

test('anything else on the probe port is a 404', async (t) => {
  const service = await runService(t, PROBING);
  for (const path of ['/', '/HEALTHZ', '/products/!GetDetailedOrderStatus']) {
    const answer = await probe(service, path);
    assert.equal(answer.status, 404, path);
    assert.equal(answer.body, 'not found\n', path);
  }
});

test('the probes are nowhere else: /readyz on the public port is a 404', async (t) => {
  const service = await runService(t);
  assert.equal(service.probePort, undefined);
  const answer = await service.ask('', { method: 'GET', path: '/readyz' });
  assert.equal(answer.status, 404);
});

test('probes are not logged', async (t) => {
  const service = await runService(t, PROBING);
  const before = service.logText();
  await probe(service, '/healthz');
  await probe(service, '/readyz', 'HEAD');
  assert.equal(service.logText(), before);
});

test('GET /readyz: 503 while the service is stopping; /healthz is still 200', async (t) => {
  const service = await runService(t, PROBING);
  const busy = await openConnection(t, service.port);
  const [head] = statusRequest(QUESTION, 'Expect: 100-continue').split(QUESTION);
  busy.write(head ?? '');
  await busy.answer();

  const stopped = service.stop();
  const answer = await probe(service, '/readyz');
  assert.equal(answer.status, 503);
  assert.equal(answer.body, 'not ready\n');
  assert.equal((await probe(service, '/healthz')).status, 200);
  busy.write(QUESTION);
  assert.equal((await busy.answer()).body, STATUS_ANSWER);
  await stopped;
});

test('the probe port is closed with the others', async (t) => {
  const service = await runService(t, PROBING);
  const idle = await openConnection(t, service.probePort ?? 0, 'http');
  await service.stop();
  assert.equal(await idle.untilClosed(), '');
  await assert.rejects(probe(service, '/healthz'), { code: 'ECONNREFUSED' });
});
