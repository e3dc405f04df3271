/** A certificate for trying the service out: its own issuer, made anew at each start. */

import 'reflect-metadata';
import { KeyObject, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { TlsPair } from './tls-pair.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME = 90 * DAY_MS;

/** Makes a key and a certificate for `localhost`, the loopback addresses and the given hosts. */
export async function selfSignedPair(...hosts: readonly string[]): Promise<TlsPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
  const names = new Set(['localhost', '127.0.0.1', '::1', ...hosts.filter((host) => host !== '')]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    // A positive number, as RFC 5280 asks.
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    name: 'CN=cert-order-status (self-signed)',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + LIFETIME),
    keys,
    signingAlgorithm: ALGORITHM,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      // All have one name: by these, a client that trusts several of them tells them apart.
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
      await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        [...names].map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const),
      ),
    ],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { cert: certificate.toString('pem'), key: key.toString() };
}
