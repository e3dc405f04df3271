/** A certificate authority of the script's own: a root, an intermediate, and a certificate for the service. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './processes.ts';

/** Files in PEM. */
export interface IssuedCertificate {
  /** The root, which clients are told to trust. */
  readonly root: string;
  /** What is in that file. */
  readonly rootText: string;
  /** The certificate and its intermediate, in this order. */
  readonly chain: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '60'];
const CA_EXTENSIONS = [
  '-addext',
  'basicConstraints=critical,CA:TRUE',
  '-addext',
  'keyUsage=critical,keyCertSign',
];

/** Makes all of it in the folder, with the openssl command. */
export async function issueCertificate(folder: string, hosts: readonly string[]): Promise<IssuedCertificate> {
  const file = (name: string) => join(folder, name);
  const issue = async (name: string, subject: string, issuer: string | undefined, extensions: string[]) => {
    const by = issuer === undefined ? [] : ['-CA', file(`${issuer}.pem`), '-CAkey', file(`${issuer}.key`)];
    const output = ['-keyout', file(`${name}.key`), '-out', file(`${name}.pem`)];
    const args = ['req', '-x509', ...NEW_KEY, '-subj', `/CN=${subject}`, ...by, ...extensions, ...output];
    // Without the system's own configuration, whose extensions would be added.
    await run({ file: 'openssl', args: [...args, '-config', file('openssl.cnf')] });
  };
  writeFileSync(file('openssl.cnf'), '[req]\ndistinguished_name = subject\n[subject]\n');
  await issue('root', 'interop root', undefined, CA_EXTENSIONS);
  await issue('intermediate', 'interop intermediate', 'root', CA_EXTENSIONS);
  const names = hosts.map((host) => (/^[0-9.]+$/.test(host) ? `IP:${host}` : `DNS:${host}`)).join(',');
  await issue('leaf', hosts[0] ?? '', 'intermediate', [
    '-addext',
    'basicConstraints=critical,CA:FALSE',
    '-addext',
    'keyUsage=critical,digitalSignature',
    '-addext',
    'extendedKeyUsage=serverAuth',
    '-addext',
    `subjectAltName=${names}`,
  ]);
  const chain = file('chain.pem');
  writeFileSync(
    chain,
    readFileSync(file('leaf.pem'), 'utf8') + readFileSync(file('intermediate.pem'), 'utf8'),
  );
  const root = file('root.pem');
  return { root, rootText: readFileSync(root, 'utf8'), chain, key: file('leaf.key') };
}
