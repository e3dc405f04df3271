/**
 * The name by which clients reach the service: one of its own where the script may add it to the hosts file, else
 * `localhost`.
 */

import { readFileSync, writeFileSync } from 'node:fs';

const HOSTS_FILE = '/etc/hosts';
/** Another one for each run, as several may run at a time. */
const NAME = `orders-${process.pid}.interop.test`;
const LINE = `127.0.0.1 ${NAME} # npm run interop\n`;

/** A name that leads to 127.0.0.1. */
export interface HostName {
  readonly name: string;
  /** Takes the name out of the hosts file again. */
  remove(): void;
}

/** Adds the name to the hosts file, until {@link HostName.remove}. */
export function addHostName(): HostName {
  try {
    const before = readFileSync(HOSTS_FILE, 'utf8');
    const lineEnd = before === '' || before.endsWith('\n') ? '' : '\n';
    writeFileSync(HOSTS_FILE, lineEnd + LINE, { flag: 'a' });
  } catch {
    return { name: 'localhost', remove() {} };
  }
  return {
    name: NAME,
    remove: () => writeFileSync(HOSTS_FILE, readFileSync(HOSTS_FILE, 'utf8').replaceAll(LINE, '')),
  };
}
