/** How every program of this project runs its commands, and says what went wrong. */

import { inspect } from 'node:util';
import { type Command, CommanderError } from 'commander';
import { CommandFailure, FAILED, PIPE_CLOSED, WRONG_USAGE } from './command-failure.ts';
import { printableLine, printError } from './output.ts';

/** What a program says of an error, and ends with. */
export interface Failure {
  readonly exitCode: number;
  readonly lines: readonly string[];
}

/**
 * Runs the command that the arguments name. The process's exit code says how it went: 0 done, 1 failed, 2 wrong usage,
 * 141 standard output was closed before the end, or what the command has set.
 *
 * @param describe says what to make of errors of the program's own; of those it does not know, nothing.
 */
export async function runProgram(
  program: Command,
  argv: readonly string[],
  describe: (error: unknown) => Failure | undefined = () => undefined,
): Promise<void> {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader of our output has stopped, as head does. What was asked for may not be done: that must not look like
    // success.
    if (error.code === 'EPIPE') process.exit(PIPE_CLOSED);
    printError(`${program.name()}: standard output cannot be written to: ${error.message}`);
    process.exit(FAILED);
  });
  // Nothing is left to say that to.
  process.stderr.on('error', () => {});
  // With nothing left to wait for, the command could only end without a word.
  const onStuck = () => {
    printError(
      `${program.name()}: a defect of the program, please report it: it waits for something that cannot come`,
    );
    process.exit(FAILED);
  };
  process.once('beforeExit', onStuck);
  setUp(program);
  try {
    await program.parseAsync(argv, { from: 'user' });
  } catch (error) {
    const failure = describe(error) ?? ownFailure(error);
    if (failure === undefined) {
      printError(`${program.name()}: a defect of the program, please report it: ${inspect(error)}`);
      process.exitCode = FAILED;
      return;
    }
    for (const line of failure.lines) printError(`${program.name()}: ${line}`);
    process.exitCode = failure.exitCode;
  } finally {
    process.off('beforeExit', onStuck);
  }
}

function ownFailure(error: unknown): Failure | undefined {
  // Commander has already printed the message.
  if (error instanceof CommanderError) return { exitCode: error.exitCode === 0 ? 0 : WRONG_USAGE, lines: [] };
  if (error instanceof CommandFailure) return { exitCode: error.exitCode, lines: [error.message] };
  return undefined;
}

function setUp(program: Command): void {
  program
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'print the help of a command')
    .showSuggestionAfterError();
  const outputError = (text: string, write: (line: string) => void) => write(oneLine(program.name(), text));
  forEachCommand(program, (each) => {
    each.exitOverride().configureOutput({ outputError });
    if (each !== program) each.helpOption('-h, --help', 'print this help');
  });
}

function forEachCommand(command: Command, act: (each: Command) => void): void {
  act(command);
  for (const sub of command.commands) forEachCommand(sub, act);
}

/** Commander's `error: …`, with its suggestion on the same line. */
function oneLine(program: string, text: string): string {
  const line = text
    .replace(/^error: /, '')
    .trim()
    .replaceAll('\n', ' ');
  return `${program}: ${printableLine(line)}\n`;
}
