import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMetrics } from '../metrics/read-metrics.ts';
import { runService } from '../running-service.ts';
import { certificateFiles, fingerprint, shownFingerprint, write } from './certificate-files.ts';
import { type CertificateOptions, makeCertificate } from './certificates.ts';

/** Only a reload that is asked for counts. */
const NEVER = 2 ** 31 - 1;

const root = await makeCertificate('root');
const intermediate = await makeCertificate('intermediate', { issuer: root });

const issued = (options: CertificateOptions = {}) =>
  makeCertificate('localhost', { issuer: intermediate, ...options });

/** What the log warns of when the service starts with the pair, and its metric. */
async function startWith(t: Parameters<typeof runService>[0], pair: { cert: string; key: string }) {
  const { files } = await certificateFiles(t);
  write(files, pair);
  const settings = { tls: files, tlsCheckInterval: NEVER, managementPort: 0, probePort: 0 };
  const service = await runService(t, { settings });
  const warnings = () => service.log.filter(({ level }) => level === 40).map(({ msg }) => String(msg));
  const body = await readMetrics(service.probePort);
  const [, expiry] = /^cert_order_status_certificate_expiry_timestamp_seconds (\d+)$/m.exec(body) ?? [];
  return { service, files, warnings, expiry: Number(expiry) };
}

test('a certificate with its intermediate, and a self-signed one, give no warning', async (t) => {
  const leaf = await issued();
  const chained = await startWith(t, { cert: leaf.cert + intermediate.cert, key: leaf.key });
  assert.deepEqual(chained.warnings(), []);
  assert.deepEqual((await startWith(t, await makeCertificate('alone'))).warnings(), []);
});

test('a certificate without its intermediate is warned of, once', async (t) => {
  const leaf = await issued();
  for (const cert of [leaf.cert, leaf.cert + root.cert]) {
    const { warnings } = await startWith(t, { cert, key: leaf.key });
    assert.equal(warnings().length, 1);
    assert.match(
      warnings()[0] ?? '',
      /^the certificate file lacks the certificate of the issuer, CN=intermediate: /,
    );
  }
});

test('another certificate of the issuer’s name is not the issuer', async (t) => {
  const leaf = await issued();
  const namesake = await makeCertificate('intermediate', { issuer: root });
  const { warnings } = await startWith(t, { cert: leaf.cert + namesake.cert, key: leaf.key });
  assert.match(warnings().join('\n'), /^the certificate file lacks the certificate of the issuer/);
});

for (const [what, days, expected] of [
  [
    'has expired',
    { fromDays: -9, toDays: -1 },
    /^the certificate has expired at \d{4}-\d\d-\d\dT\S+, and clients refuse it: replace it$/,
  ],
  ['expires within 14 days', { toDays: 13.5 }, /^the certificate expires at \S+, in 13 days: replace it$/],
  ['expires tomorrow', { toDays: 1.5 }, /^the certificate expires at \S+, in 1 day: replace it$/],
  [
    'is not valid yet',
    { fromDays: 1 },
    /^the certificate is not valid before \S+, and clients refuse it until then$/,
  ],
] as const) {
  test(`a certificate that ${what} is warned of, and its end is a metric`, async (t) => {
    const leaf = await issued(days);
    const { warnings, expiry } = await startWith(t, { cert: leaf.cert + intermediate.cert, key: leaf.key });
    assert.equal(warnings().length, 1);
    assert.match(warnings()[0] ?? '', expected);
    const { toDays } = { toDays: 90, ...days };
    assert.ok(Math.abs(expiry - (Date.now() / 1000 + toDays * 86400)) < 60, String(expiry));
  });
}

test('a certificate that ends in 15 days gives no warning', async (t) => {
  const leaf = await issued({ toDays: 15 });
  const { warnings } = await startWith(t, { cert: leaf.cert + intermediate.cert, key: leaf.key });
  assert.deepEqual(warnings(), []);
});

test('without a certificate there is no metric of its end', async (t) => {
  const service = await runService(t, {
    withoutTls: true,
    settings: { probePort: 0, trustProxy: ['127.0.0.1'] },
  });
  assert.ok(!(await readMetrics(service.probePort)).includes('certificate_expiry'));
});

test('a reload with an expired certificate is warned of, too', async (t) => {
  const { service, files, warnings } = await startWith(t, await makeCertificate('good'));
  const expired = await makeCertificate('expired', { fromDays: -9, toDays: -1 });
  write(files, expired);
  await service.reload();
  assert.equal(await shownFingerprint(service.port), fingerprint(expired));
  assert.match(warnings().join('\n'), /^the certificate has expired at /);
});

test('a certificate and a key of different types are refused at the start and at a reload', async (t) => {
  const rsa = await makeCertificate('rsa', { type: 'RSA' });
  const ec = await makeCertificate('ec');
  const { service, files, warnings } = await startWith(t, ec);
  for (const mixed of [
    { cert: rsa.cert, key: ec.key },
    { cert: ec.cert, key: rsa.key },
    // The key is that of a certificate of the file, but not of the first.
    { cert: intermediate.cert + ec.cert, key: ec.key },
  ]) {
    write(files, mixed);
    const expected = `certificate ${files.cert} and key ${files.key} do not work together: `;
    await assert.rejects(
      runService(t, { settings: { tls: files } }),
      (error: Error) => error.message.startsWith(expected) && !error.message.includes('PRIVATE KEY'),
    );
    await service.reload();
    for (const port of [service.port, service.managementPort ?? 0])
      assert.equal(await shownFingerprint(port), fingerprint(ec));
  }
  const kept = 'the changed certificate cannot be used (yet); the old one stays';
  assert.ok(warnings().length >= 3);
  assert.deepEqual([...new Set(warnings())], [kept]);
  assert.ok(!service.logText().includes('was reloaded'));
});
