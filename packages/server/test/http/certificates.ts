/** Certificates made to order. */

import 'reflect-metadata';
import { KeyObject, randomBytes, type webcrypto } from 'node:crypto';
import { isIP } from 'node:net';
import {
  BasicConstraintsExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import type { TlsPair } from '../../src/http/tls-pair.ts';

const DAY_MS = 24 * 60 * 60 * 1000;

const ALGORITHMS = {
  EC: { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' },
  RSA: {
    name: 'RSASSA-PKCS1-v1_5',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: 'SHA-256',
  },
} as const;

/** A pair with what it takes to issue further ones. */
export interface IssuingPair extends TlsPair {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
}

export interface CertificateOptions {
  /** Signed by itself when left out. */
  readonly issuer?: IssuingPair;
  readonly type?: keyof typeof ALGORITHMS;
  /** Names and addresses that it is for; without any, it is an authority's. */
  readonly hosts?: readonly string[];
  /** Days from now. */
  readonly fromDays?: number;
  readonly toDays?: number;
}

/** Makes a certificate and its key. */
export async function makeCertificate(
  name: string,
  { issuer, type = 'EC', hosts = [], fromDays = -1, toDays = 90 }: CertificateOptions = {},
): Promise<IssuingPair> {
  const keys = await crypto.subtle.generateKey(ALGORITHMS[type], true, ['sign', 'verify']);
  const signer = issuer?.keys ?? keys;
  const certificate = await X509CertificateGenerator.create({
    serialNumber: `01${randomBytes(15).toString('hex')}`,
    subject: `CN=${name}`,
    issuer: `CN=${issuer?.name ?? name}`,
    notBefore: new Date(Date.now() + fromDays * DAY_MS),
    notAfter: new Date(Date.now() + toDays * DAY_MS),
    publicKey: keys.publicKey,
    signingKey: signer.privateKey,
    signingAlgorithm: signer.privateKey.algorithm.name === 'ECDSA' ? ALGORITHMS.EC : ALGORITHMS.RSA,
    extensions: [new BasicConstraintsExtension(hosts.length === 0), ...hostNames(hosts)],
  });
  const key = KeyObject.from(keys.privateKey).export({ type: 'pkcs8', format: 'pem' });
  return { name, keys, cert: `${certificate.toString('pem')}\n`, key: key.toString() };
}

function hostNames(hosts: readonly string[]): SubjectAlternativeNameExtension[] {
  if (hosts.length === 0) return [];
  const names = hosts.map((value) => ({ type: isIP(value) === 0 ? 'dns' : 'ip', value }) as const);
  return [new SubjectAlternativeNameExtension(names)];
}
