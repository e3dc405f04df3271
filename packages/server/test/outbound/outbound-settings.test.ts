import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OperatorError } from '../../src/operator-error.ts';
import { readOutboundSettings } from '../../src/outbound/outbound-settings.ts';
import { makeCertificate } from '../http/certificates.ts';
import { temporaryFolder } from '../temporary-folder.ts';

function fileWith(t: TestContext, content: string): string {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, content);
  return file;
}

function problem(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    assert.ok(error instanceof OperatorError);
    return error.message;
  }
  assert.fail('there was no error');
}

test('--outbound-ca: every certificate of the file, whatever stands between them', async (t) => {
  const pems = [(await makeCertificate('one')).cert.trim(), (await makeCertificate('two')).cert.trim()];
  const caFile = fileWith(t, `\uFEFFtheir issuers\n${pems.join('\r\n# and\r\n')}\n`);
  assert.deepEqual(readOutboundSettings({ caFile }).roots, pems);
});

test('--outbound-ca: a file that is missing, holds no certificate or a broken one is named', (t) => {
  assert.match(
    problem(() => readOutboundSettings({ caFile: '/none/roots.pem' })),
    /^cannot read the certificates of --outbound-ca: ENOENT.*\/none\/roots\.pem/,
  );
  const empty = fileWith(t, 'MIIB');
  assert.equal(
    problem(() => readOutboundSettings({ caFile: empty })),
    `${empty} holds no certificate in PEM form (--outbound-ca)`,
  );
  const broken = fileWith(t, '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n');
  assert.match(
    problem(() => readOutboundSettings({ caFile: broken })),
    /^certificate 1 in \S+ cannot be read \(--outbound-ca\): /,
  );
});

test('--outbound-proxy-credentials: one line with a login and a password that may hold colons', (t) => {
  const proxyUrl = 'http://proxy.example:3128';
  for (const line of ['user:pass:word', 'user:pass:word\n', 'user:pass:word\r\n']) {
    const proxyCredentialsFile = fileWith(t, line);
    const { proxy } = readOutboundSettings({ proxyUrl, proxyCredentialsFile });
    assert.deepEqual(proxy, { url: proxyUrl, credentials: 'user:pass:word' });
  }
  for (const content of [
    '',
    'secret',
    ':secret',
    'user:secret\nsecret',
    'user:secret\n\n',
    `u:${'secret'.repeat(200)}`,
  ]) {
    const file = fileWith(t, content);
    assert.equal(
      problem(() => readOutboundSettings({ proxyUrl, proxyCredentialsFile: file })),
      `${file} must hold one line, login:password, of at most 1024 characters (--outbound-proxy-credentials)`,
    );
  }
});
