/** Where a password comes from: a prompt that does not echo, or standard input. */

import { text } from 'node:stream/consumers';
import { askSilently, printError } from '@cert-order-status/client/cli';
import { BROUGHT_PASSWORD_MINIMUM, newPasswordProblem } from '../accounts/new-password.ts';
import { OperatorError } from '../operator-error.ts';

/** A new password of all of standard input; one trailing newline is not part of it. */
export async function passwordFromStdin(): Promise<string> {
  return checked(await allOfStdin());
}

/** Asks for a new password twice, without an echo. */
export async function passwordFromPrompt(loginName: string): Promise<string> {
  requireTerminal(', or use --generate');
  const password = checked(await promptFor(`Password for ${loginName}: `));
  if ((await promptFor('The same again: ')) !== password) {
    throw new OperatorError('the two passwords differ; nothing was changed');
  }
  return password;
}

/**
 * The password of an account elsewhere, as it is there: from standard input, or asked for once without an echo.
 *
 * @param whose who has it: `login 'acme' at upstream 'ca'`.
 */
export async function passwordElsewhere(whose: string, isFromStdin: boolean): Promise<string> {
  if (isFromStdin) return allOfStdin();
  requireTerminal('');
  return promptFor(`Password of ${whose}: `);
}

async function allOfStdin(): Promise<string> {
  return (await text(process.stdin)).replace(/\r?\n$/, '');
}

function requireTerminal(alternative: string): void {
  if (process.stdin.isTTY) return;
  throw new OperatorError(
    `there is no terminal to ask for the password on; pipe it in with --password-stdin${alternative}`,
  );
}

function checked(password: string): string {
  const problem = newPasswordProblem(password, BROUGHT_PASSWORD_MINIMUM);
  if (problem !== undefined) throw new OperatorError(`the password ${problem}; nothing was changed`);
  const weakness = newPasswordProblem(password);
  if (weakness !== undefined) {
    printError(
      `warning: the password ${weakness}; the pages and the management API would not accept it as a new one`,
    );
  }
  return password;
}

async function promptFor(question: string): Promise<string> {
  const answer = await askSilently(question);
  if (answer === undefined) throw new OperatorError('cancelled; nothing was changed');
  return answer;
}
