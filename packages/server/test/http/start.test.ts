import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import { selfSignedPair } from '../../src/http/self-signed.ts';
import { OperatorError } from '../../src/operator-error.ts';
import type { ServiceSettings } from '../../src/server/service.ts';
import { runService } from '../running-service.ts';
import { certificateFiles, fingerprint, shownFingerprint, write } from './certificate-files.ts';

/** The message that starting fails with. */
async function refusal(t: TestContext, settings: Partial<ServiceSettings>): Promise<string> {
  let message = '';
  await assert.rejects(runService(t, { settings }), (error) => {
    assert.ok(error instanceof OperatorError, String(error));
    ({ message } = error);
    return true;
  });
  return message;
}

/** A port that somebody else has. */
async function takenPort(t: TestContext): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen({ host: '127.0.0.1', port: 0 }, resolve));
  t.after(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

test('a certificate and a key in files are used', async (t) => {
  const { pair, files } = await certificateFiles(t);
  const { port } = await runService(t, { settings: { tls: files } });
  assert.equal(await shownFingerprint(port), fingerprint(pair));
});

test('a certificate file that is not there is named', async (t) => {
  const { files } = await certificateFiles(t);
  rmSync(files.cert);
  const message = await refusal(t, { tls: files });
  assert.ok(message.startsWith(`cannot read the certificate ${files.cert}: ENOENT`), message);
});

test('a key file that is not there is named', async (t) => {
  const { files } = await certificateFiles(t);
  rmSync(files.key);
  const message = await refusal(t, { tls: files });
  assert.ok(message.startsWith(`cannot read the private key ${files.key}: ENOENT`), message);
});

test('a file for outbound requests that is not there is named', async (t) => {
  const message = await refusal(t, { outbound: { caFile: 'none.pem' } });
  assert.match(message, /^cannot read the certificates of --outbound-ca: ENOENT.*none\.pem/);
});

test('files that are not PEM are named', async (t) => {
  const { pair, files } = await certificateFiles(t);
  writeFileSync(files.cert, 'nonsense');
  assert.equal(await refusal(t, { tls: files }), `${files.cert} is not a certificate in PEM form`);
  write(files, pair);
  writeFileSync(files.key, '');
  assert.equal(await refusal(t, { tls: files }), `${files.key} is not a private key in PEM form`);
});

test('a certificate and another one’s key are refused', async (t) => {
  const { files } = await certificateFiles(t);
  const { key } = await selfSignedPair();
  write(files, { key });
  const message = await refusal(t, { tls: files });
  assert.ok(
    message.startsWith(`certificate ${files.cert} and key ${files.key} do not work together: `),
    message,
  );
  assert.ok(!message.includes('PRIVATE KEY'));
});

test('a port that is taken is named, whichever it is', async (t) => {
  const taken = await takenPort(t);
  const expected = `cannot listen on 127.0.0.1, port ${taken}: the port is in use; choose another`;
  assert.equal(await refusal(t, { port: taken }), expected);
  assert.equal(await refusal(t, { httpPort: taken }), expected);
  assert.equal(await refusal(t, { probePort: taken }), expected);
});

test('a host that this machine does not have is named', async (t) => {
  assert.equal(
    await refusal(t, { host: '192.0.2.1' }),
    'cannot listen on 192.0.2.1, port 0: this machine has no such address; choose another host',
  );
});
