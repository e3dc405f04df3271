/** Where a new password comes from: a prompt that does not echo, standard input, or chance. */

import { randomInt } from 'node:crypto';
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { codePointLength, LOGIN_PASSWORD_LIMIT } from '@cert-order-status/protocol';
import { OperatorError } from '../operator-error.ts';

/** Letters and digits that nobody mistakes for one another. */
const ALPHABET = 'abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789';
const GENERATED_LENGTH = 24;

/** A password of chance, about 139 bits. */
export function generatePassword(): string {
  return Array.from({ length: GENERATED_LENGTH }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

/** All of standard input; one trailing newline is not part of the password. */
export async function passwordFromStdin(): Promise<string> {
  return checked((await text(process.stdin)).replace(/\r?\n$/, ''));
}

/** Asks twice, without an echo. */
export async function passwordFromPrompt(loginName: string): Promise<string> {
  if (!process.stdin.isTTY) {
    throw new OperatorError(
      'there is no terminal to ask for the password on; pipe it in with --password-stdin, or use --generate',
    );
  }
  const password = checked(await askSilently(`Password for ${loginName}: `));
  if ((await askSilently('The same again: ')) !== password) {
    throw new OperatorError('the two passwords differ; nothing was changed');
  }
  return password;
}

function checked(password: string): string {
  const problem = passwordProblem(password);
  if (problem !== undefined) throw new OperatorError(`the password ${problem}; nothing was changed`);
  return password;
}

function passwordProblem(password: string): string | undefined {
  if (password === '') return 'is empty';
  if (password.includes('\0')) return 'holds U+0000, which the API does not allow';
  if (password.includes('\uFFFD')) return 'is not valid UTF-8';
  if (codePointLength(password) > LOGIN_PASSWORD_LIMIT) {
    return `is longer than the ${LOGIN_PASSWORD_LIMIT} characters that the API allows`;
  }
  return undefined;
}

async function askSilently(question: string): Promise<string> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const terminal = createInterface({ input: process.stdin, output: silence, terminal: true });
  const abort = new AbortController();
  terminal.once('SIGINT', () => abort.abort());
  process.stderr.write(question);
  try {
    return await terminal.question('', { signal: abort.signal });
  } catch (error) {
    if (!abort.signal.aborted) throw error;
    throw new OperatorError('cancelled; nothing was changed');
  } finally {
    terminal.close();
    process.stderr.write('\n');
  }
}
