/**
 * An error for the person at the command line: its message is one line that names the thing and says what to
 * do. Anything else that is thrown is a defect of the program.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError';
}

/** A command was used wrongly or a setting has no good value: a line for each thing that is wrong. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** What a caught error says, in one line. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
