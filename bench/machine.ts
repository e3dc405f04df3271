/** The machine and the programs that a run was made with. */

import { execFile } from 'node:child_process';
import { arch, cpus, release, totalmem } from 'node:os';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How a program tells its version, and where in what it prints. */
const PROGRAMS: readonly { command: string; option: string; version: RegExp }[] = [
  { command: 'wrk', option: '-v', version: /^wrk \S+/ },
  { command: 'nginx', option: '-v', version: /nginx\/\S+/ },
  { command: 'go', option: 'version', version: /go\d\S+/ },
  { command: 'php', option: '-v', version: /^PHP \S+/ },
];

/** One line: processor, memory, system, versions, date. */
export async function describeMachine(): Promise<string> {
  const versions = await Promise.all(PROGRAMS.map(versionOf));
  const { node, openssl, sqlite } = process.versions;
  return [
    `${cpus().length} × ${cpus()[0]?.model}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB`,
    `${process.platform} ${release()} ${arch()}`,
    `Node ${node}`,
    `OpenSSL ${openssl}`,
    `SQLite ${sqlite}`,
    ...versions.filter((version) => version !== undefined),
    new Date().toISOString().slice(0, 10),
  ].join(', ');
}

async function versionOf({
  command,
  option,
  version,
}: (typeof PROGRAMS)[number]): Promise<string | undefined> {
  // Some end with 1 even when they do what they are told, and some print to their standard error.
  const { stdout = '', stderr = '' } = await run(command, [option]).catch((error) => error);
  return version.exec(`${stdout}${stderr}`)?.[0];
}
