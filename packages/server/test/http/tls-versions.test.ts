import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { connect, type SecureVersion } from 'node:tls';
import { Connection, statusRequest } from '../connection.ts';
import { runService } from '../running-service.ts';
import { QUESTION, STATUS_ANSWER } from '../wire-texts.ts';

/** Speaks one version of TLS only, the old ones as well as OpenSSL still can. */
function connectWith(t: TestContext, port: number, version: SecureVersion) {
  const socket = connect({
    host: '127.0.0.1',
    port,
    rejectUnauthorized: false,
    minVersion: version,
    maxVersion: version,
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  t.after(() => socket.destroy());
  return socket;
}

for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
  test(`${version} is accepted`, async (t) => {
    const { port } = await runService(t);
    const socket = connectWith(t, port, version);
    const connection = new Connection(t, socket);
    await once(socket, 'secureConnect');
    assert.equal(socket.getProtocol(), version);
    connection.write(statusRequest(QUESTION));
    assert.equal((await connection.answer()).body, STATUS_ANSWER);
  });
}

for (const version of ['TLSv1', 'TLSv1.1'] as const) {
  test(`${version} is refused`, async (t) => {
    const { port } = await runService(t);
    const socket = connectWith(t, port, version);
    await assert.rejects(once(socket, 'secureConnect'), { code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' });
  });
}
