/** Profile files: a service and an account, in a file that only its owner can read. */

import { closeSync, fstatSync, openSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { describeProblems, parseJson } from '@cert-order-status/protocol';
import { CommandFailure, FAILED } from './command-failure.ts';
import { readTextFile } from './text-file.ts';

/** What a profile may hold. */
export interface Profile {
  readonly file: string;
  readonly baseUrl?: string;
  readonly loginName?: string;
  readonly loginPassword?: string;
  /** An API token of the account, for the change feed. */
  readonly token?: string;
  /** A file with the certificates to trust, relative to the profile's folder. */
  readonly ca?: string;
}

const KEYS = ['baseUrl', 'loginName', 'loginPassword', 'token', 'ca'] as const;
const GROUP_AND_OTHERS = 0o077;

/** Where the profile of a name is kept. */
export function profileFile(name: string): string {
  const config = process.env['XDG_CONFIG_HOME'] || join(homedir(), '.config');
  return join(config, 'cert-order-status', `${name}.json`);
}

/**
 * Reads the profile of a name; undefined when there is none.
 *
 * @throws CommandFailure when others than its owner can read it, or it is not a profile.
 */
export function readProfile(name: string): Profile | undefined {
  if (!/^[\w.-]+$/.test(name)) {
    throw new CommandFailure(
      `'${name}' is no name of a profile: letters, digits, '.', '_' and '-' make one`,
      FAILED,
    );
  }
  const file = profileFile(name);
  const text = readPrivate(file);
  return text === undefined ? undefined : parse(file, text);
}

/** The file is checked after it is opened, so that it cannot be exchanged in between. */
function readPrivate(file: string): string | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new CommandFailure(`cannot read the profile ${file}: ${(error as Error).message}`, FAILED);
  }
  try {
    const { mode, uid } = fstatSync(descriptor);
    // Windows has no such bits; a home folder there is private by default.
    if (process.platform !== 'win32') {
      if ((mode & GROUP_AND_OTHERS) !== 0) {
        throw new CommandFailure(
          `others can read the profile ${file}: run 'chmod 600 ${file}' first`,
          FAILED,
        );
      }
      if (uid !== process.getuid?.()) {
        throw new CommandFailure(`the profile ${file} belongs to another user, who could change it`, FAILED);
      }
    }
    return readTextFile(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function parse(file: string, text: string): Profile {
  const json = parseJson(text);
  if (!json.ok) {
    throw new CommandFailure(`the profile ${file}: ${describeProblems([json.problem])}`, FAILED);
  }
  const content = json.value;
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    throw new CommandFailure(
      `the profile ${file} must be a JSON object: {"baseUrl": "https://…", …}`,
      FAILED,
    );
  }
  const profile: { -readonly [Key in keyof Profile]: Profile[Key] } = { file };
  for (const [name, value] of Object.entries(content)) {
    const key = KEYS.find((each) => each === name);
    if (key === undefined) {
      throw new CommandFailure(`the profile ${file} holds '${name}'; it may hold ${KEYS.join(', ')}`, FAILED);
    }
    if (typeof value !== 'string' || value === '') {
      throw new CommandFailure(`the profile ${file}: ${key} must be a string that is not empty`, FAILED);
    }
    profile[key] = key === 'ca' ? resolve(dirname(file), value) : value;
  }
  return profile;
}
