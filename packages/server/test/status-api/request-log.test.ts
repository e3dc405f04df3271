import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openConnection, statusRequest } from '../connection.ts';
import { type HttpRequest, type RunningService, runService, STATUS_PATH } from '../running-service.ts';
import { LOGIN, QUESTION } from '../wire-texts.ts';

/** The lines that one request adds to the log, without what differs each time. */
async function linesOf(service: RunningService, form: string, how: Partial<HttpRequest> = {}) {
  const before = service.log.length;
  await service.ask(form, how);
  return service.log.slice(before).map(({ time, durationMs, ...line }) => {
    assert.equal(typeof time, 'number');
    assert.equal(typeof durationMs, 'number');
    return line;
  });
}

const LINE = { level: 30, address: '127.0.0.1', msg: 'request' };

test('an answered request is one line: account, number, queryType, errorCode, durationMs', async (t) => {
  const service = await runService(t);
  const account = 'acme-hosting';
  assert.deepEqual(await linesOf(service, QUESTION), [
    { ...LINE, account, orderNumber: '7250060', queryType: 0, errorCode: 0 },
  ]);
  assert.deepEqual(await linesOf(service, `${LOGIN}&certificateID=0005550001&queryType=1`), [
    { ...LINE, account, certificateID: '5550001', queryType: 1, errorCode: 0 },
  ]);
  assert.deepEqual(await linesOf(service, `${LOGIN}&orderNumber=7250060&certificateID=5550001&queryType=2`), [
    { ...LINE, account, orderNumber: '7250060', certificateID: '5550001', queryType: 2, errorCode: 0 },
  ]);
});

test('a refused request is one line', async (t) => {
  const service = await runService(t);
  assert.deepEqual(await linesOf(service, QUESTION, { scheme: 'http' }), [{ ...LINE, errorCode: -1 }]);
  assert.deepEqual(await linesOf(service, '', { method: 'GET' }), [{ ...LINE, errorCode: -17 }]);
  assert.deepEqual(await linesOf(service, '', { method: 'PUT' }), [{ ...LINE, errorCode: -17 }]);
  assert.deepEqual(await linesOf(service, 'colour=red'), [{ ...LINE, errorCode: -2 }]);
  assert.deepEqual(await linesOf(service, ''), [{ ...LINE, errorCode: -3 }]);
  assert.deepEqual(await linesOf(service, `${LOGIN}&orderNumber=x&queryType=0`), [
    { ...LINE, errorCode: -4 },
  ]);
  assert.deepEqual(await linesOf(service, 'x'.repeat(20_000)), [{ ...LINE, errorCode: -14 }]);
});

test('a number that is not of the account is logged with the account', async (t) => {
  const service = await runService(t);
  assert.deepEqual(await linesOf(service, `${LOGIN}&orderNumber=1&queryType=0`), [
    { ...LINE, account: 'acme-hosting', orderNumber: '1', queryType: 0, errorCode: -4 },
  ]);
});

test('a loginName is logged only if an account bears it', async (t) => {
  const service = await runService(t);
  const numbers = { orderNumber: '7250060', queryType: 0 };
  assert.deepEqual(await linesOf(service, QUESTION.replace('acme-hosting', 'pa55word')), [
    { ...LINE, ...numbers, errorCode: -16 },
  ]);
  assert.deepEqual(await linesOf(service, QUESTION.replace('correct+horse', 'wrong')), [
    { ...LINE, ...numbers, account: 'acme-hosting', errorCode: -16 },
  ]);
  assert.ok(!service.logText().includes('pa55word'));
});

test('no password, body, argument, header or query string reaches the log', async (t) => {
  const service = await runService(t);
  const secret = 's3cr3t';
  const path = `${STATUS_PATH}?loginPassword=${secret}`;
  const headers = { Cookie: secret, Authorization: `Basic ${secret}`, 'User-Agent': secret };
  const forms = [
    `loginName=acme-hosting&loginPassword=${secret}&orderNumber=7250060&queryType=0`,
    `loginName=${secret}&loginPassword=${secret}&orderNumber=7250060&queryType=0`,
    `loginName=acme-hosting&loginPassword=${secret}&orderNumber=${secret}&queryType=0`,
    `loginName=acme-hosting&loginPassword=${secret}&orderNumber=7250060&queryType=${secret}`,
    `loginName=acme-hosting&${secret}=1`,
    `loginName=acme-hosting&loginPassword=${secret}`,
    `${QUESTION}&loginPassword=${secret}`,
    secret.repeat(4000),
  ];
  for (const form of forms) {
    await service.ask(form, { path, headers });
    await service.ask(form, { path, headers: { ...headers, 'Content-Type': secret } });
    await service.ask(form, { path, headers, scheme: 'http' });
    await service.ask('', { path, headers, method: 'GET' });
    await service.ask(form, { path: `/${secret}`, headers });
  }
  await service.ask(QUESTION, { path, headers });
  const requests = service.log.filter(({ msg }) => msg === 'request');
  assert.equal(requests.length, 5 * forms.length + 1);
  assert.doesNotMatch(service.logText(), /s3cr3t|correct|horse|argon2|[?%]/);
});

test('a request whose caller leaves before its end is logged as aborted', async (t) => {
  const service = await runService(t);
  const connection = await openConnection(t, service.port);
  connection.write(statusRequest(QUESTION).slice(0, -1));
  // The answer to another request shows that the first one has been begun.
  await service.ask(QUESTION);
  connection.close();
  while (!service.log.some(({ aborted }) => aborted)) await new Promise((resolve) => setTimeout(resolve, 5));
  const [line] = service.log.filter(({ aborted }) => aborted);
  assert.deepEqual(Object.keys(line ?? {}).sort(), [
    'aborted',
    'address',
    'durationMs',
    'level',
    'msg',
    'time',
  ]);
});

test('health checks are not logged', async (t) => {
  const service = await runService(t);
  await service.ask('', { method: 'GET', path: '/healthz' });
  assert.deepEqual(
    service.log.filter(({ msg }) => msg === 'request'),
    [],
  );
});
