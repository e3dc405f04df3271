/** Where a new password comes from: a prompt that does not echo, or standard input. */

import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { passwordProblem } from '../accounts/new-password.ts';
import { OperatorError } from '../operator-error.ts';

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
