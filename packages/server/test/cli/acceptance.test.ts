import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { commandFixture, printed, runCommand, startCommand } from '../command.ts';
import { STATUS_PATH } from '../running-service.ts';
import { ACME_ANSWER } from '../sample-orders.ts';

const run = promisify(execFile);

/** As the API's documentation gives it. */
const EXAMPLE = `{
  "account": "acme-hosting",
  "orderNumber": "7250060",
  "orderDateTime": "2025-06-11T11:57:00Z",
  "orderStatus": "Pending",
  "certificates": [
    {
      "certificateID": "5550001",
      "objectType": "SSL",
      "FQDN": "www.example.com",
      "certificateStatus": "Awaiting Validation",
      "csrStatus": "completed", "dcvStatus": "in-progress", "ovCallBackStatus": "not-required",
      "organizationValidationStatus": "not-required", "freeDVUPStatus": "not-required",
      "evClickThroughStatus": "not-required", "caaStatus": "not-completed"
    }
  ]
}`.replaceAll('\n', ' ');

test('account add, import, serve and curl: the documented answer, byte for byte, and a graceful end', async (t) => {
  const fixture = await commandFixture(t, []);
  const added = await runCommand(
    ['account', 'add', 'acme-hosting', '--password-stdin', ...fixture.database],
    {
      input: 'correct horse\n',
    },
  );
  assert.equal(added.stdout, "account 'acme-hosting' was added\n");
  const imported = await runCommand(['import', '-', ...fixture.database], { input: EXAMPLE });
  assert.deepEqual(imported, { code: 0, stdout: '1 order created, 0 changed, 0 unchanged\n', stderr: '' });

  const serve = startCommand([
    'serve',
    '--self-signed',
    '--host',
    '127.0.0.1',
    '--port',
    '0',
    ...fixture.database,
  ]);
  t.after(() => serve.process.kill('SIGKILL'));
  const { port } = JSON.parse(await printed(serve, '"listening"'));
  const { stdout } = await run('curl', [
    '--silent',
    '--insecure',
    '--data',
    'loginName=acme-hosting&loginPassword=correct+horse&orderNumber=7250060&queryType=1',
    `https://127.0.0.1:${port}${STATUS_PATH}`,
  ]);
  assert.equal(stdout, ACME_ANSWER);

  serve.process.kill('SIGHUP');
  serve.process.kill('SIGTERM');
  const { code, stdout: log, stderr } = await serve.ended;
  assert.equal(code, 0);
  assert.equal(stderr, '');
  assert.ok(!log.includes('correct'));
  assert.match(
    log,
    /"account":"acme-hosting","orderNumber":"7250060","queryType":1,"errorCode":0,"durationMs":/,
  );
  assert.match(log, /"msg":"stopped"/);
  assert.doesNotMatch(log, /"level":50/);
});
